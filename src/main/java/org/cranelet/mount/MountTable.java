package org.cranelet.mount;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;

/** This process's mount points, from {@code /proc/self/mountinfo} (proc_pid_mountinfo(5)). */
final class MountTable {
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

  private MountTable() {}

  /** Those below a directory, and itself. Elsewhere names may be anything, also no UTF-8. */
  static Set<Path> mountPoints(Path below) throws IOException {
    return mountPoints(new String(Files.readAllBytes(MOUNTINFO), StandardCharsets.UTF_8), below);
  }

  static Set<Path> mountPoints(String mountInfo, Path below) {
    return mountInfo
        .lines()
        .map(line -> unescape(line.split(" ", 6)[4]))
        .filter(name -> name.startsWith(below.toString()))
        .map(Path::of)
        .filter(point -> point.startsWith(below))
        .collect(Collectors.toSet());
  }

  /** The kernel writes space, tab, newline and backslash as three octal digits. */
  static String unescape(String field) {
    return field
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }
}
