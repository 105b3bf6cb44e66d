package org.cranelet.cri;

/** Who makes cgroups: the runtime itself (a path is the parent), or systemd (a slice is). */
public enum CgroupDriver {
  CGROUPFS,
  SYSTEMD
}
