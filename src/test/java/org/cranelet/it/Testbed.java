package org.cranelet.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
    return at(Path.of(home));
  }

  /** The one that was started in this directory. */
  static Testbed at(Path home) {
    try {
      return new Testbed(
          Files.readAllLines(home.resolve("env")).stream()
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

  /**
   * Host and port of one of the registries.
   *
   * @throws IllegalStateException if the testbed was started without them
   */
  String registry(String key) {
    String host = get(key);
    if (host.isEmpty()) {
      throw new IllegalStateException(
          "the testbed runs without registries: start it without TESTBED_REGISTRIES=no");
    }
    return host;
  }

  /** Where the runtime finds, by host and port, how to reach a registry. */
  Path registryHosts() {
    return Path.of(get("TESTBED_HOME"), "etc/certs.d");
  }

  String version() {
    return get("TESTBED_CONTAINERD_VERSION");
  }

  boolean cgroupV2() {
    return get("TESTBED_CGROUP").equals("v2");
  }

  /** SIGKILL to containerd; containers run on. */
  void killRuntime() {
    runtime("kill");
  }

  /** SIGTERM to containerd, and waits for its end; containers run on. */
  void stopRuntime() {
    runtime("stop");
  }

  /** Starts containerd as it was started before, and waits until it answers. */
  void startRuntime() {
    runtime("start");
  }

  private void runtime(String what) {
    Programs.run(
            Map.of("TESTBED_HOME", get("TESTBED_HOME")),
            Path.of("").toAbsolutePath(),
            "testbed/runtime.sh",
            what)
        .mustSucceed();
  }

  /** The addresses that pods hold: host-local keeps a file for each. */
  Set<String> leases() {
    Path files =
        Path.of(
            get("TESTBED_HOME"),
            "run/ipam",
            Path.of(get("TESTBED_CGROUP_PARENT")).getFileName().toString());
    if (!Files.isDirectory(files)) {
      return Set.of();
    }
    try (Stream<Path> list = Files.list(files)) {
      return list.map(f -> f.getFileName().toString())
          .filter(name -> name.matches("[0-9.]+"))
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The process id of a container's or sandbox's own process; 0 if it has ended. */
  long pid(String container) {
    return ctr("tasks", "ls")
        .lines()
        .map(line -> line.split("\\s+"))
        .filter(words -> words[0].equals(container) && words[2].equals("RUNNING"))
        .map(words -> Long.parseLong(words[1]))
        .findFirst()
        .orElse(0L);
  }

  /** containerd's own client, in CRI's namespace. */
  String ctr(String... args) {
    String[] all = {get("TESTBED_CTR"), "-a", socket().toString(), "-n", "k8s.io"};
    String[] argv = Arrays.copyOf(all, all.length + args.length);
    System.arraycopy(args, 0, argv, all.length, args.length);
    return Programs.run(Map.of(), Path.of("/"), argv).mustSucceed().out();
  }
}
