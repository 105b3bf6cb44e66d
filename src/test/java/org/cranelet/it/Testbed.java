package org.cranelet.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** The private containerd the tests run against: what testbed/up.sh wrote into its env file. */
record Testbed(Map<String, String> env) {
  /**
   * @throws IllegalStateException if the tests were started without a testbed: a test that cannot
   *     run fails
   */
  static Testbed current() {
    String home = System.getProperty("cranelet.it.testbed", "");
    Path file = Path.of(home, "env");
    if (home.isEmpty() || !Files.exists(file)) {
      throw new IllegalStateException(
          "no testbed at '"
              + home
              + "': start one with testbed/up.sh and name its TESTBED_HOME by"
              + " -Dcranelet.it.testbed=DIR (./verify does)");
    }
    try {
      return new Testbed(
          Files.readAllLines(file).stream()
              .map(line -> line.split("=", 2))
              .filter(pair -> pair.length == 2)
              .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1])));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where {@code cranelet} and {@code ccon} were installed: the build under test. */
  static Path programs() {
    return Path.of(System.getProperty("cranelet.it.programs", "target/programs/jvm"))
        .toAbsolutePath();
  }

  String get(String key) {
    String value = env.get(key);
    if (value == null) {
      throw new IllegalStateException(key + " is not in the testbed's env file");
    }
    return value;
  }

  Path socket() {
    return Path.of(get("TESTBED_CONTAINERD_SOCKET"));
  }

  String version() {
    return get("TESTBED_CONTAINERD_VERSION");
  }

  boolean cgroupV2() {
    return get("TESTBED_CGROUP").equals("v2");
  }

  /** containerd's own client, in CRI's namespace. */
  String ctr(String... args) {
    String[] all = {get("TESTBED_CTR"), "-a", socket().toString(), "-n", "k8s.io"};
    String[] argv = Arrays.copyOf(all, all.length + args.length);
    System.arraycopy(args, 0, argv, all.length, args.length);
    return Programs.run(Map.of(), Path.of("/"), argv).mustSucceed().out();
  }
}
