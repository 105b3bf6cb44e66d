package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A node with the installed programs: a daemon as a process on throw-away directories, and {@code
 * ccon} as a process for whoever wants to be one. Closing it asserts that nothing was left behind.
 */
final class NodeUnderTest implements AutoCloseable {
  /** Users without an entry in passwd: the tests change nothing on the machine. */
  static final int ALICE = 61_001;

  static final int BOB = 61_002;

  final Testbed testbed;
  final Path home;
  final int healthPort;
  private final Path tempDir;
  private final String cgroupParent;
  private Programs.Running daemon;
  private String earlierLogs = "";

  /**
   * A running node whose file has these extra lines under {@code Container:}; {@code $HOME} in them
   * is {@link #home}.
   */
  static NodeUnderTest started(String... containerLines) {
    NodeUnderTest node = new NodeUnderTest(containerLines);
    node.start();
    return node;
  }

  NodeUnderTest(String... containerLines) {
    this(Testbed.current(), containerLines);
  }

  /** A node of another runtime. */
  NodeUnderTest(Testbed testbed, String... containerLines) {
    this.testbed = testbed;
    try {
      home = Files.createTempDirectory(Path.of("/var/tmp"), "cranelet-it-");
      mode(home, "rwxr-xr-x");
      for (int user : List.of(0, ALICE, BOB)) {
        addUser(user);
      }
      try (ServerSocket free = new ServerSocket(0)) {
        healthPort = free.getLocalPort();
      }
      cgroupParent = testbed.get("TESTBED_CGROUP_PARENT") + "/" + home.getFileName();
      Files.writeString(config(), configText(containerLines));
      tempDir =
          Stream.of(containerLines)
              .filter(line -> line.startsWith("TempDir: "))
              .map(line -> Path.of(line.substring("TempDir: ".length())))
              .findFirst()
              .orElse(home.resolve("crane/containers"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives a user id a home. */
  void addUser(int uid) throws IOException {
    Path directory = Files.createDirectory(userHome(uid));
    Files.setAttribute(directory, "unix:uid", uid);
    Files.setAttribute(directory, "unix:gid", uid);
    mode(directory, "rwx------");
  }

  private String configText(String... containerLines) {
    String extra = "";
    for (String line : containerLines) {
      extra += "  " + line.replace("$HOME", home.toString()) + "\n";
    }
    String overridden = extra;
    boolean hasImages = Stream.of(containerLines).anyMatch(line -> line.startsWith("Images:"));
    return """
        ClusterName: it
        CraneBaseDir: %s/crane/
        CranedDebugLevel: debug
        Nodes:
          - name: cn[01-02]
            cpu: 2
            memory: 4G
        Partitions:
          - name: CPU
            nodes: ALL
          - name: OTHER
            nodes: cn02
        DefaultPartition: CPU
        Container:
        """
            .formatted(home)
        + (overridden.contains("Enabled:") ? "" : "  Enabled: true\n")
        + (overridden.contains("RuntimeEndpoint:")
            ? ""
            : "  RuntimeEndpoint: unix://" + testbed.socket() + "\n")
        // Ends must come from the runtime's events: a relist would hide that they do not.
        + (overridden.contains("RelistInterval:") ? "" : "  RelistInterval: 3600\n")
        + (overridden.contains("TempDir:") ? "" : "  TempDir: containers/\n")
        + (overridden.contains("RuntimeDir:") ? "" : "  RuntimeDir: " + runtimeDir() + "\n")
        + (overridden.contains("PrePull:") ? "" : "  PrePull: {Directory: " + home + "/lists}\n")
        + (hasImages ? "" : "  " + images("") + "\n")
        + "  Socket: "
        + socket()
        + "\n  HealthListen: 127.0.0.1:"
        + healthPort
        + "\n  CgroupParent: "
        + cgroupParent
        + "\n"
        + overridden;
  }

  /** A line of settings; whatever is collected, the images of all other tests stay. */
  static String images(String settings) {
    return "Images: {Pinned: [\"docker.io/library/busybox:*\"]"
        + (settings.isEmpty() ? "" : ", " + settings)
        + "}";
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  Path config() {
    return home.resolve("config.yaml");
  }

  Path socket() {
    return home.resolve("s.sock");
  }

  /** On a tmpfs, as a node's is. */
  Path runtimeDir() {
    return Path.of("/dev/shm").resolve(String.valueOf(home.getFileName()));
  }

  Path tempDir() {
    return tempDir;
  }

  final Path userHome(int uid) {
    return home.resolve("home-" + uid);
  }

  String cgroupParent() {
    return cgroupParent;
  }

  // ---- the daemon ----

  /** Starts the daemon and waits until it is ready. */
  void start() {
    startBehind();
  }

  /** As {@link #start}, by way of another program. */
  void startBehind(String... prefix) {
    startUnready(prefix);
    Until.holds("the daemon is ready: " + log(), () -> probe("ready") == 200);
  }

  void startUnready(String... prefix) {
    List<String> argv = new ArrayList<>(List.of(prefix));
    argv.add(Testbed.programs().resolve("cranelet").toString());
    argv.addAll(List.of("serve", "--node", "cn01", "--config", config().toString()));
    daemon = Programs.start(Map.of(), home, argv.toArray(String[]::new));
    Until.holds(
        "the daemon has started: " + log(),
        () -> probe("started") == 200 || !daemon.process().isAlive());
    assertThat(daemon.process().isAlive()).as(log()).isTrue();
  }

  /** SIGTERM, and waits for the end; its exit code. */
  int stop() {
    daemon.signal("TERM");
    return daemon.await().exit();
  }

  /** Sends a signal that does not end it. */
  void signal(String name) {
    daemon.signal(name);
  }

  /** SIGKILL. */
  void kill() {
    daemon.signal("KILL");
    earlierLogs += daemon.await().err() + "---- killed ----\n";
  }

  int probe(String which) {
    try {
      return io.restassured.RestAssured.get(healthUrl(which)).statusCode();
    } catch (Exception e) {
      return -1; // nobody listens
    }
  }

  /** All metrics, as they are scraped. */
  String metrics() {
    return io.restassured.RestAssured.get("http://127.0.0.1:" + healthPort + "/q/metrics")
        .asString();
  }

  String healthUrl(String which) {
    return "http://127.0.0.1:" + healthPort + "/q/health/" + which;
  }

  String log() {
    try {
      return daemon == null || !Files.exists(daemon.err()) ? "" : Files.readString(daemon.err());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The logs of the daemons that were killed, too. */
  String wholeLog() {
    return earlierLogs + log();
  }

  // ---- users ----

  Programs.Result ccon(String... args) {
    return start(0, Map.of(), "ccon", args).await();
  }

  Programs.Result cconAs(int uid, String... args) {
    return start(uid, Map.of(), "ccon", args).await();
  }

  /** With these variables. */
  Programs.Result cconAs(int uid, Map<String, String> env, String... args) {
    return startCcon(uid, env, args).await();
  }

  Programs.Result cconIn(int job, String... args) {
    return start(0, Map.of("CRANE_JOB_ID", Integer.toString(job)), "ccon", args).await();
  }

  Programs.Result cconAsIn(int uid, int job, String... args) {
    return start(uid, Map.of("CRANE_JOB_ID", Integer.toString(job)), "ccon", args).await();
  }

  Programs.Running startCranelet(String... args) {
    return start(0, Map.of(), "cranelet", args);
  }

  Programs.Result craneletAs(int uid, String... args) {
    return start(uid, Map.of(), "cranelet", args).await();
  }

  Programs.Result cranelet(String... args) {
    return start(0, Map.of(), "cranelet", args).await();
  }

  Programs.Running startCcon(int uid, String... args) {
    return start(uid, Map.of(), "ccon", args);
  }

  Programs.Running startCcon(int uid, Map<String, String> env, String... args) {
    return start(uid, env, "ccon", args);
  }

  /** As root on a terminal of so many columns; standard output is what it showed. */
  Programs.Result onTerminal(int columns, String program, String... args) {
    String command =
        "stty cols %d; exec %s %s"
            .formatted(
                columns,
                Testbed.programs().resolve(program),
                Stream.of(args).map(a -> "'" + a + "'").collect(Collectors.joining(" ")));
    return Programs.run(
        Map.of("CRANELET_SOCKET", socket().toString(), "HOME", userHome(0).toString()),
        userHome(0),
        "script",
        "-qec",
        command,
        "/dev/null");
  }

  /** A file with one login, for {@code ccon} in its environment. */
  Map<String, String> login(int uid, String registry, String user, String password) {
    try {
      Path file = Files.createTempFile(userHome(uid), "login-", ".json");
      mode(file, "rw-------");
      Files.setAttribute(file, "unix:uid", uid);
      Files.setAttribute(file, "unix:gid", uid);
      String basic = RealRegistry.basic(user, password).substring("Basic ".length());
      Files.writeString(file, "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(registry, basic));
      return Map.of("CCON_AUTH_FILE", file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Programs.Running start(
      int uid, Map<String, String> extraEnv, String program, String... args) {
    // As a terminal would start it: a shell's background jobs, and all they start, ignore Ctrl-C.
    List<String> argv = new ArrayList<>(List.of("env", "--default-signal=INT"));
    if (uid != 0) {
      argv.addAll(List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups", "--"));
    }
    argv.add(Testbed.programs().resolve(program).toString());
    argv.addAll(List.of(args));
    Map<String, String> env = new HashMap<>(extraEnv);
    env.put("CRANELET_SOCKET", socket().toString());
    env.put("HOME", userHome(uid).toString());
    return Programs.start(env, userHome(uid), argv.toArray(String[]::new));
  }

  /** {@code ccon run -d …}; the container's id. */
  String runDetached(String... args) {
    return runDetachedAs(0, args);
  }

  String runDetachedAs(int uid, String... args) {
    List<String> all = new ArrayList<>(List.of("run", "-d"));
    all.addAll(List.of(args));
    return start(uid, Map.of(), "ccon", all.toArray(String[]::new))
        .await()
        .mustSucceed()
        .out()
        .strip();
  }

  JsonNode inspect(String id) {
    return json(ccon("inspect", id).mustSucceed().out());
  }

  String state(String id) {
    return inspect(id).path("state").asText();
  }

  void awaitState(String id, String state) {
    Until.holds(id + " is " + state, () -> state(id).equals(state));
  }

  static JsonNode json(String text) {
    try {
      return JsonMapper.builder().build().readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    }
  }

  static int job(String id) {
    return Integer.parseInt(id.split("\\.")[0]);
  }

  /** What a step's log takes on the disk, in bytes. */
  long tempData(String id) {
    try (Stream<Path> files = Files.list(tempDir().resolve("logs/" + job(id)))) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file of the job's own cgroup, by its name in version 1 and version 2. */
  String cgroupFile(int job, String controller, String v1, String v2) {
    try {
      Path root = Path.of("/sys/fs/cgroup");
      Path group = testbed.cgroupV2() ? root : root.resolve(controller);
      return Files.readString(
              group
                  .resolve(cgroupParent.substring(1))
                  .resolve("job_" + job)
                  .resolve(testbed.cgroupV2() ? v2 : v1))
          .strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- the end ----

  private String instance() {
    try {
      Path file = tempDir().resolve("instance");
      return Files.exists(file) ? Files.readString(file).strip() : "none";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Containers and sandboxes of ours at the runtime. */
  List<String> atRuntime() {
    return testbed
        .ctr("containers", "ls", "-q", "labels.\"cranelet.org/instance\"==" + instance())
        .lines()
        .toList();
  }

  private List<String> mounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .filter(line -> line.contains(home.toString()))
        .toList();
  }

  private List<Path> mountPoints() throws IOException {
    Path root = tempDir().resolve("mounts");
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> jobs = Files.list(root)) {
      return jobs.toList();
    }
  }

  private List<Path> cgroups() throws IOException {
    List<Path> found = new ArrayList<>();
    Path root = Path.of("/sys/fs/cgroup");
    List<Path> hierarchies = new ArrayList<>(List.of(root));
    try (Stream<Path> list = Files.list(root)) {
      list.filter(p -> Files.isDirectory(p) && !Files.isSymbolicLink(p)).forEach(hierarchies::add);
    }
    for (Path hierarchy : hierarchies) {
      Path ours = hierarchy.resolve(cgroupParent.substring(1));
      if (Files.isDirectory(ours)) {
        try (Stream<Path> jobs = Files.list(ours)) {
          jobs.filter(Files::isDirectory).forEach(found::add);
        }
      }
    }
    return found;
  }

  /** What is kept of logins, which is nothing when no job waits for its image. */
  List<Path> credentials() throws IOException {
    return Trees.files(runtimeDir().resolve("credentials"));
  }

  /** Processes that were started with our directories in their arguments. */
  private List<String> processes() {
    return Programs.run(Map.of(), Path.of("/"), "pgrep", "-af", home.toString())
        .out()
        .lines()
        .filter(line -> !line.contains("pgrep"))
        .toList();
  }

  /** Waits until all jobs have ended; nothing of them may be left at the runtime or on the node. */
  void assertNothingLeft() {
    Until.holds(
        "all jobs have ended: " + ccon("pods").out(),
        () -> ccon("pods", "-q").mustSucceed().out().isEmpty());
    try {
      assertThat(atRuntime()).as("containers and sandboxes of ours").isEmpty();
      assertThat(mounts()).as("mounts below " + home).isEmpty();
      assertThat(mountPoints()).as("directories that were mounted on").isEmpty();
      assertThat(cgroups()).as("cgroups of jobs").isEmpty();
      assertThat(credentials()).as("logins kept for jobs").isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      if (isAlive()) {
        ccon("pods", "-q").out().lines().forEach(job -> ccon("stop", "-t", "0", job));
        assertNothingLeft();
        assertThat(stop()).as("exit code of the daemon: " + log()).isIn(0, 143);
      }
      assertThat(processes()).as("processes of ours").isEmpty();
    } finally {
      if (isAlive()) {
        kill(); // what was asserted failed: the daemon at least shall not be left
      }
      for (Path directory : List.of(home, runtimeDir())) {
        Programs.run(
            Map.of(), Path.of("/"), "rm", "-rf", "--one-file-system", directory.toString());
      }
      removeCgroupParent();
    }
  }

  private boolean isAlive() {
    return daemon != null && daemon.process().isAlive();
  }

  private void removeCgroupParent() {
    Programs.run(
        Map.of(),
        Path.of("/"),
        "find",
        "/sys/fs/cgroup",
        "-depth",
        "-type",
        "d",
        "-path",
        "*" + cgroupParent,
        "-delete");
  }
}
