package org.cranelet.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** This process's mount points, from {@code /proc/self/mountinfo} (proc_pid_mountinfo(5)). */
final class MountTable {
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

  private MountTable() {}

  static Set<Path> mountPoints() throws IOException {
    Set<Path> points = new HashSet<>();
    for (String line : Files.readAllLines(MOUNTINFO)) {
      points.add(Path.of(unescape(line.split(" ", 6)[4])));
    }
    return points;
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
