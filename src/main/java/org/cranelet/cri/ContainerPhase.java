package org.cranelet.cri;

/** CRI's container states. */
public enum ContainerPhase {
  CREATED,
  RUNNING,
  EXITED,
  UNKNOWN
}
