package org.cranelet.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** One more runtime of the same version, whose images have a small file system to themselves. */
final class SmallTestbed implements AutoCloseable {
  /** None that another testbed has. */
  private static final String SUBNET = "10.213.96.0/22";

  private final Path mountPoint;
  private final Path home;
  final Testbed testbed;

  /**
   * @param mib its size; busybox and the runtime's own files take about ten
   */
  SmallTestbed(int mib) {
    try {
      mountPoint = Files.createTempDirectory(Path.of("/var/tmp"), "cranelet-small-");
      home = mountPoint.resolve("t");
      run(
          Map.of(),
          "mount",
          "-t",
          "tmpfs",
          "-o",
          "size=" + mib + "m,mode=0755",
          "tmpfs",
          "" + mountPoint);
      script("testbed/up.sh");
      testbed = Testbed.at(home);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void script(String... argv) {
    Path programs = Path.of(Testbed.current().get("TESTBED_CTR")).getParent();
    run(
        Map.of(
            "TESTBED_HOME",
            home.toString(),
            "TESTBED_SUBNET",
            SUBNET,
            "TESTBED_REGISTRIES",
            "no",
            "TESTBED_BIN",
            programs.toString()),
        argv);
  }

  private static void run(Map<String, String> env, String... argv) {
    Programs.run(env, Path.of("").toAbsolutePath(), argv).mustSucceed();
  }

  /** How full its file system is, as df counts; from 0 to 1. */
  double used() {
    try {
      FileStore store = Files.getFileStore(home);
      return 1 - (double) store.getUsableSpace() / store.getTotalSpace();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    script("testbed/down.sh", "--purge");
    run(Map.of(), "umount", mountPoint.toString());
    try {
      Files.delete(mountPoint);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
