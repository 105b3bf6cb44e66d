package org.cranelet.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Turns the cluster's file into a {@link CraneConfig}. */
public final class ConfigLoader {
  /** Where the daemon listens if nothing else is said. */
  public static final Path DEFAULT_SOCKET = Path.of("/run/crane/cranelet.sock");

  /** The kernel's {@code sun_path} holds 108 bytes, the last one zero (unix(7)). */
  public static final int MAX_SOCKET_PATH_BYTES = 107;

  private static final String DEFAULT_HEALTH = "127.0.0.1:10919";
  private static final long MEGA = 1L << 20;

  private final Path file;
  private final Effective effective = new Effective();
  private final Section root;

  private ConfigLoader(Path file) throws ConfigException {
    this.file = file;
    this.root = new Section(file.toString(), "", ConfigFile.parse(file), effective);
  }

  /**
   * Reads and checks the whole file.
   *
   * @param machine what this machine is, for finding itself among the nodes
   * @param nodeName this node's name in the file if it is not the host name
   * @throws ConfigException at the first thing that cannot be used
   */
  public static CraneConfig load(Path file, MachineFacts machine, Optional<String> nodeName)
      throws ConfigException {
    return new ConfigLoader(file).read(machine, nodeName);
  }

  /** Where users' programs find the daemon, without looking at the rest of the file. */
  public static Path socket(Path file) throws ConfigException {
    ConfigLoader loader = new ConfigLoader(file);
    return socket(loader.root.section("Container"));
  }

  /** What the file is compared with: this machine. */
  public record MachineFacts(String hostName, int cpus, long memoryBytes) {}

  private CraneConfig read(MachineFacts machine, Optional<String> nodeName) throws ConfigException {
    Path base = root.path("CraneBaseDir", "/var/crane/");
    if (!base.isAbsolute()) {
      throw root.problem("CraneBaseDir", " must be an absolute path, not " + base);
    }
    String cluster = root.string("ClusterName", "");
    String control = root.string("ControlMachine", "");
    Node node = new NodeReader(root, machine, effective).read(nodeName);
    List<Partition> partitions = PartitionReader.read(root);
    Optional<String> defaultPartition = root.optionalString("DefaultPartition");
    if (defaultPartition.isPresent()
        && partitions.stream().noneMatch(p -> p.name().equals(defaultPartition.get()))) {
      throw root.problem(
          "DefaultPartition", ": no partition is named '" + defaultPartition.get() + "'");
    }
    TlsSettings tls = TlsSettings.read(root.section("TLS"));
    int queue = (int) root.integer("PendingQueueMaxSize", 900_000, 1, Integer.MAX_VALUE);
    Section c = root.section("Container");
    ContainerSettings container = container(c, base);
    LogSettings log = log(c, base);
    Path socket = socket(c);
    String[] health = health(c);
    if (container.enabled()) {
      c.warnOfUnknownKeys();
    }
    return new CraneConfig(
        file,
        cluster,
        control,
        base,
        node,
        partitions,
        defaultPartition,
        tls,
        log,
        socket,
        health[0],
        Integer.parseInt(health[1]),
        queue,
        container,
        effective.entries.stream()
            .map(e -> new CraneConfig.Setting(e.key(), e.value(), e.origin()))
            .toList(),
        List.copyOf(effective.warnings));
  }

  private ContainerSettings container(Section c, Path base) throws ConfigException {
    boolean enabled = c.bool("Enabled", false);
    // With the feature off nothing else of the section is looked at, so nothing in it can be wrong.
    Section s = enabled ? c : new Section(file.toString(), "Container", null, new Effective());
    ContainerSettings settings = enabledSettings(s, base, enabled);
    if (enabled && settings.runtimeEndpoint().isEmpty()) {
      throw new ConfigException(
          "RuntimeEndpoint is not configured."
              + s.misspelt("RuntimeEndpoint").map(m -> " " + m).orElse(""));
    }
    return settings;
  }

  private ContainerSettings enabledSettings(Section s, Path base, boolean enabled)
      throws ConfigException {
    Optional<Path> runtime = endpoint(s, "RuntimeEndpoint");
    Optional<Path> image = endpoint(s, "ImageEndpoint").or(() -> runtime);
    if (!s.has("ImageEndpoint")) {
      runtime.ifPresent(r -> s.byDefault("ImageEndpoint", r));
    }
    ContainerSettings settings =
        new ContainerSettings(
            enabled,
            mode(s),
            s.path("TempDir", "supervisor/containers/", base),
            s.path("RuntimeDir", "/run/cranelet"),
            runtime,
            image,
            s.string("CgroupParent", "/cranelet"),
            s.integer("PidsLimit", 4096, 0, 1L << 22),
            s.parsed(
                "DefaultPullPolicy",
                PullPolicy.IF_NOT_PRESENT,
                "Always, IfNotPresent, Never or auto",
                PullPolicy::parse),
            s.bool("UserNsEnabledByDefault", true),
            s.has("Dns") ? Optional.of(Dns.read(s.section("Dns"))) : Optional.empty(),
            SubIds.read(s.section("SubId")),
            BindFs.read(s.section("BindFs"), base),
            Deadlines.read(s.section("Deadlines")),
            s.seconds("RelistInterval", Duration.ofSeconds(30)),
            s.seconds("LeftOverGrace", Duration.ofSeconds(60)),
            s.parsed("WhileRuntimeAway", false, "queue or refuse", ConfigLoader::refuses),
            PerUser.read(s.section("PerUser")),
            StepLogLimits.read(s.section("Logs")),
            ImageSettings.read(s.section("Images")),
            PrePullSettings.read(s.section("PrePull")),
            s.seconds("StopGrace", Duration.ofSeconds(10)),
            (int) s.integer("FinishedJobsMaxCount", 10_000, 0, 1_000_000),
            s.seconds("FinishedJobsMaxAge", Duration.ofDays(7)));
    if (!settings.cgroupParent().matches("(/[A-Za-z0-9_.-]+)+")
        || Path.of(settings.cgroupParent()).normalize().getNameCount()
            != Path.of(settings.cgroupParent()).getNameCount()) {
      throw s.problem(
          "CgroupParent", " must be an absolute path below /, of letters, digits, _, . and -");
    }
    return settings;
  }

  private static boolean refuses(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "refuse" -> true;
      case "queue" -> false;
      default -> throw new IllegalArgumentException(text);
    };
  }

  private static String mode(Section s) throws ConfigException {
    String mode = s.string("Mode", "standalone");
    if (mode.equals("standalone")) {
      return mode;
    }
    throw s.problem(
        "Mode",
        ": "
            + (mode.equals("node")
                ? "node mode is not there yet, use standalone"
                : "'" + mode + "' is neither standalone nor node"));
  }

  private static Optional<Path> endpoint(Section s, String key) throws ConfigException {
    Optional<String> text = s.optionalString(key).filter(t -> !t.isBlank());
    if (text.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(socketPath(s, key, text.get()));
  }

  private static Path socketPath(Section s, String key, String text) throws ConfigException {
    String path = text.startsWith("unix://") ? text.substring("unix://".length()) : text;
    if (!path.startsWith("/")) {
      throw s.problem(
          key,
          " must be the absolute path of a Unix socket, with or without unix://, not '"
              + text
              + "'");
    }
    int bytes = path.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_SOCKET_PATH_BYTES) {
      throw s.problem(
          key,
          ": a socket path may have "
              + MAX_SOCKET_PATH_BYTES
              + " bytes at most, this one has "
              + bytes);
    }
    return Path.of(path);
  }

  private static Path socket(Section c) throws ConfigException {
    return socketPath(c, "Socket", c.string("Socket", DEFAULT_SOCKET.toString()));
  }

  private static LogSettings logSettings(
      Section root, Section c, Path base, long maxBytes, int maxFiles) throws ConfigException {
    String level = root.string("CranedDebugLevel", "info");
    if (!List.of("trace", "debug", "info", "warn", "error").contains(level)) {
      throw root.problem(
          "CranedDebugLevel", " must be trace, debug, info, warn or error, not '" + level + "'");
    }
    Path file = root.path("CranedLogFile", "craned/craned.log", base);
    Optional<Boolean> toFile = Optional.empty();
    if (c.has("LogToFile")) {
      toFile = Optional.of(c.bool("LogToFile", false));
    } else {
      c.byDefault("LogToFile", "as serve --log-to-file says");
    }
    return new LogSettings(level, file, toFile, maxBytes, maxFiles);
  }

  private LogSettings log(Section c, Path base) throws ConfigException {
    Section craned = root.section("Craned");
    long maxBytes = craned.size("MaxLogFileSize", 50 * MEGA, ' ');
    int maxFiles = (int) craned.integer("MaxLogFileNum", 3, 1, 10_000);
    return logSettings(root, c, base, maxBytes, maxFiles);
  }

  private static String[] health(Section c) throws ConfigException {
    String text = c.string("HealthListen", DEFAULT_HEALTH);
    int colon = text.lastIndexOf(':');
    String port = text.substring(colon + 1);
    if (colon < 1 || !port.matches("\\d{1,5}") || Integer.parseInt(port) > 65535) {
      throw c.problem("HealthListen", " must be ADDRESS:PORT, not '" + text + "'");
    }
    return new String[] {text.substring(0, colon), port};
  }

  /** The partitions of the file. */
  private static final class PartitionReader {
    static List<Partition> read(Section root) throws ConfigException {
      List<Partition> all = new ArrayList<>();
      for (Section p : root.sections("Partitions")) {
        all.add(
            new Partition(
                NodeReader.required(p, "name"),
                NodeReader.names(p, "nodes"),
                p.integer("DefaultMemPerCpu", 0, 0, Long.MAX_VALUE / MEGA) * MEGA,
                p.integer("DefaultMemPerNode", 0, 0, Long.MAX_VALUE / MEGA) * MEGA,
                p.integer("MaxMemPerCpu", 0, 0, Long.MAX_VALUE / MEGA) * MEGA,
                p.integer("MaxMemPerNode", 0, 0, Long.MAX_VALUE / MEGA) * MEGA));
        requireOnce(all, p);
      }
      return List.copyOf(all);
    }

    private static void requireOnce(List<Partition> all, Section p) throws ConfigException {
      String name = all.getLast().name();
      if (all.stream().filter(other -> other.name().equals(name)).count() > 1) {
        throw new ConfigException(p.where("name") + ": Partitions: '" + name + "' is there twice");
      }
    }
  }
}
