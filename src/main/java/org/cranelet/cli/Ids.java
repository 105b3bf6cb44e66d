package org.cranelet.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Who runs this command, for what CraneSched's messages want to be told; the kernel is believed.
 */
record Ids(int uid, int gid) {
  static Ids own() {
    try {
      int uid = -1;
      int gid = -1;
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        String[] fields = line.split("\\s+"); // Uid: real effective saved file-system
        if (fields[0].equals("Uid:")) {
          uid = Integer.parseUnsignedInt(fields[2]);
        } else if (fields[0].equals("Gid:")) {
          gid = Integer.parseUnsignedInt(fields[2]);
        }
      }
      return new Ids(uid, gid);
    } catch (IOException e) {
      throw new CliException(
          CliException.FAILED, "cannot read /proc/self/status: " + e.getMessage());
    }
  }
}
