package org.cranelet.config;

import java.nio.file.Path;

/** {@code Container.BindFs}: mapping mounts for file systems that cannot id-map. */
public record BindFs(boolean enabled, String bindfs, String fusermount, Path mountBaseDir) {
  static BindFs read(Section s, Path base) throws ConfigException {
    BindFs bindFs =
        new BindFs(
            s.bool("Enabled", false),
            s.string("BindfsBinary", "bindfs"),
            s.string("FusermountBinary", "fusermount3"),
            s.path("MountBaseDir", "/mnt/crane", base));
    s.warnOfUnknownKeys();
    return bindFs;
  }
}
