package org.cranelet.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.assertj.core.api.AbstractStringAssert;
import org.cranelet.config.ConfigLoader.MachineFacts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {
  private static final String ENABLED =
      """
      Container:
        Enabled: true
        RuntimeEndpoint: /run/containerd/containerd.sock
      """;
  private static final MachineFacts MACHINE = new MachineFacts("cn15", 4, 8L << 30);

  private final Path dir;

  ConfigLoaderTest(@TempDir Path dir) {
    this.dir = dir;
  }

  // ---- defaults ----

  @Test
  void anEmptyFileGivesTheDefaultsOfTheCluster() throws Exception {
    CraneConfig config = load("");

    assertThat(config.baseDir()).isEqualTo(Path.of("/var/crane/"));
    assertThat(config.clusterName()).isEmpty();
    assertThat(config.controlMachine()).isEmpty();
    assertThat(config.partitions()).isEmpty();
    assertThat(config.defaultPartition()).isEmpty();
    assertThat(config.tls().enabled()).isFalse();
    assertThat(config.socket()).isEqualTo(Path.of("/run/crane/cranelet.sock"));
    assertThat(config.healthHost()).isEqualTo("127.0.0.1");
    assertThat(config.healthPort()).isEqualTo(10919);
    assertThat(config.pendingQueueMaxSize()).isEqualTo(900_000);
    assertThat(config.container().enabled()).isFalse();
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void whetherTheLogIsAFileIsLeftToTheCommandLineByDefault() throws Exception {
    LogSettings log = load("").log();

    assertThat(log)
        .isEqualTo(
            new LogSettings(
                "info", Path.of("/var/crane/craned/craned.log"), Optional.empty(), 50L << 20, 3));
  }

  @Test
  void anEnabledSectionHasADefaultForAllElse() throws Exception {
    ContainerSettings c = load(ENABLED).container();

    assertThat(c)
        .isEqualTo(
            new ContainerSettings(
                true,
                "standalone",
                Path.of("/var/crane/supervisor/containers"),
                Path.of("/run/cranelet"),
                Optional.of(Path.of("/run/containerd/containerd.sock")),
                Optional.of(Path.of("/run/containerd/containerd.sock")),
                "/cranelet",
                4096,
                PullPolicy.IF_NOT_PRESENT,
                true,
                Optional.empty(),
                new SubIds(false, List.of(), List.of()),
                new BindFs(false, "bindfs", "fusermount3", Path.of("/mnt/crane")),
                new Deadlines(
                    Duration.ofSeconds(10),
                    Duration.ofMinutes(4),
                    Duration.ofMinutes(4),
                    Duration.ofMinutes(2),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(2),
                    Duration.ofHours(6)),
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                false,
                new PerUser(10_000, 1_000, 100L << 30, 256),
                new StepLogLimits(256L << 20, 16),
                new ImageSettings(
                    3,
                    Duration.ofMinutes(5),
                    6,
                    ImageSettings.Verify.CREDENTIALS,
                    85,
                    80,
                    Duration.ofMinutes(2),
                    Duration.ZERO,
                    List.of(),
                    Duration.ofMinutes(5)),
                new PrePullSettings(
                    List.of(),
                    Optional.empty(),
                    Duration.ofHours(4),
                    Duration.ofMinutes(5),
                    true,
                    1,
                    3,
                    Duration.ofHours(6),
                    Path.of("/etc/crane/prepull.d"),
                    85),
                Duration.ofSeconds(10),
                10_000,
                Duration.ofDays(7)));
  }

  @Test
  void aMisspeltRuntimeEndpointIsNamed() {
    assertThatThrownBy(() -> load("Container:\n  Enabled: true\n  RuntimEndpoint: /r.sock\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "RuntimeEndpoint is not configured. "
                + file()
                + ":3: Container.RuntimEndpoint is not a known key.");
  }

  @Test
  void aKeyThatIsThereTwiceIsAnError() {
    assertThatThrownBy(() -> load("ClusterName: a\nClusterName: b\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessage(file() + ":2: ClusterName is there twice");
  }

  @Test
  void aPartitionThatIsThereTwiceIsAnError() {
    assertThatThrownBy(
            () ->
                load("Partitions:\n  - name: CPU\n    nodes: ALL\n  - name: CPU\n    nodes: ALL\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessage(file() + ":4: Partitions: 'CPU' is there twice");
  }

  @Test
  void anEmptyDnsSectionHasTheDefaultsOfDns() throws Exception {
    ContainerSettings c = load(ENABLED + "  Dns: {}\n").container();

    assertThat(c.dns())
        .contains(new Dns("cluster.local", List.of("127.0.0.1"), List.of(), List.of()));
  }

  // ---- paths and endpoints ----

  @Test
  void relativePathsAreBelowTheBaseDirectory() throws Exception {
    CraneConfig config =
        load(
            "CraneBaseDir: /srv/crane\nCranedLogFile: logs/agent.log\n"
                + ENABLED
                + "  LogToFile: true\n  TempDir: work/containers\n"
                + "  BindFs:\n    MountBaseDir: fuse\n");

    assertThat(config.container().tempDir()).isEqualTo(Path.of("/srv/crane/work/containers"));
    assertThat(config.container().bindFs().mountBaseDir()).isEqualTo(Path.of("/srv/crane/fuse"));
    assertThat(config.log().file()).isEqualTo(Path.of("/srv/crane/logs/agent.log"));
    assertThat(config.log().toFile()).contains(true);
  }

  @Test
  void absolutePathsStayAsTheyAre() throws Exception {
    CraneConfig config =
        load(ENABLED + "  TempDir: /data/containers\n  BindFs:\n    MountBaseDir: /fuse\n");

    assertThat(config.container().tempDir()).isEqualTo(Path.of("/data/containers"));
    assertThat(config.container().bindFs().mountBaseDir()).isEqualTo(Path.of("/fuse"));
  }

  @Test
  void theImageEndpointIsTheRuntimesUnlessGiven() throws Exception {
    CraneConfig config = load(ENABLED + "  ImageEndpoint: unix:///run/images.sock\n");

    assertThat(config.container().runtime()).isEqualTo(Path.of("/run/containerd/containerd.sock"));
    assertThat(config.container().imageService()).isEqualTo(Path.of("/run/images.sock"));
  }

  @Test
  void endpointsMayHaveAScheme() throws Exception {
    CraneConfig config =
        load("Container:\n  Enabled: true\n  RuntimeEndpoint: unix:///run/crio/crio.sock\n");

    assertThat(config.container().runtime()).isEqualTo(Path.of("/run/crio/crio.sock"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"run/containerd.sock", "tcp://127.0.0.1:1234", "unix://run/c.sock"})
  void anEndpointThatIsNoAbsolutePathIsRefused(String endpoint) throws Exception {
    failure("Container:\n  Enabled: true\n  RuntimeEndpoint: " + endpoint + "\n")
        .startsWith(file() + ":3: Container.RuntimeEndpoint must be the absolute path")
        .endsWith("not '" + endpoint + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"RuntimeEndpoint", "ImageEndpoint", "Socket"})
  void aSocketPathOf108BytesIsRefused(String key) throws Exception {
    String path = "/" + "s".repeat(107);
    String runtime = key.equals("RuntimeEndpoint") ? "" : "  RuntimeEndpoint: /run/c.sock\n";
    failure("Container:\n  " + key + ": " + path + "\n  Enabled: true\n" + runtime)
        .isEqualTo(
            file()
                + ":2: Container."
                + key
                + ": a socket path may have 107 bytes at most, this one has 108");
  }

  @Test
  void aSocketPathOf107BytesIsTaken() throws Exception {
    String path = "/" + "s".repeat(106);

    CraneConfig config = load("Container:\n  Socket: unix://" + path + "\n");

    assertThat(config.socket()).isEqualTo(Path.of(path));
  }

  @Test
  void bytesOfASocketPathAreCountedNotLetters() throws Exception {
    String path = "/" + "é".repeat(54);
    failure("Container:\n  Socket: " + path + "\n").endsWith("this one has 109");
  }

  @Test
  void usersProgramsFindTheSocketWithoutTheRestOfTheFile() throws Exception {
    Path file = write("CraneBaseDir: [wrong]\nContainer:\n  Socket: /tmp/c.sock\n");

    assertThat(ConfigLoader.socket(file)).isEqualTo(Path.of("/tmp/c.sock"));
  }

  // ---- files that cannot be used ----

  @Test
  void aMissingFileIsNamed() {
    Path missing = dir.resolve("none.yaml");

    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> ConfigLoader.load(missing, MACHINE, Optional.empty()))
        .withMessage(
            missing + ": no such file; write it, or name another by --config or CRANELET_CONFIG");
  }

  @Test
  void malformedYamlIsToldWithFileAndLine() throws Exception {
    failure("ClusterName: a\nNodes: [\nPartitions: }\n")
        .startsWith(file() + ":3: not valid YAML: ");
  }

  @Test
  void tabsAreToldWithFileAndLine() throws Exception {
    failure("Container:\n\tEnabled: true\n").startsWith(file() + ":2: not valid YAML: ");
  }

  @Test
  void aFileThatIsNoMappingIsRefused() throws Exception {
    failure("- a\n- b\n").isEqualTo(file() + ":1: the file must be a mapping (key: value)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Enabled: maybe             | Enabled must be true or false, not 'maybe'",
        "Enabled: 'true'            | Enabled must be true or false, not 'true'",
        "Enabled: [true]            | Enabled must be true or false, not a list",
        "PidsLimit: many            | PidsLimit must be a whole number from 0 to 4194304, not 'many'",
        "PidsLimit: -1              | PidsLimit must be a whole number from 0 to 4194304, not '-1'",
        "TempDir: {a: b}            | TempDir must be a path, not a mapping",
        "StopGrace: soon            | StopGrace must be a number of seconds above 0, not 'soon'",
        "StopGrace: 0               | StopGrace must be a number of seconds above 0, not '0'",
        "DefaultPullPolicy: often   | DefaultPullPolicy must be Always, IfNotPresent, Never or auto, not 'often'",
        "Dns: {Servers: {a: b}}     | Dns.Servers must be a list, not a mapping",
        "Deadlines: {Query: [1]}    | Deadlines.Query must be a number of seconds above 0, not a list",
        "SubId: {Managed: 3}        | SubId.Managed must be true or false, not '3'",
        "SubId: [1]                 | SubId must be a mapping (key: value)",
      })
  void aWrongTypeIsToldWithFileAndLine(String line, String message) throws Exception {
    String key = line.replaceFirst(":.*", "");
    String before = key.equals("Enabled") ? "# a\n# b\nContainer:\n" : ENABLED;
    failure(before + "  " + line + "\n").isEqualTo(file() + ":4: Container." + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PendingQueueMaxSize: 0   | PendingQueueMaxSize must be a whole number from 1 to 2147483647, not '0'",
        "CranedDebugLevel: loud   | CranedDebugLevel must be trace, debug, info, warn or error, not 'loud'",
        "Nodes: cn15              | Nodes must be a list, not 'cn15'",
        "DefaultPartition: GPU    | DefaultPartition: no partition is named 'GPU'",
        "Craned: {MaxLogFileSize: big} | Craned.MaxLogFileSize must be a size (a number with K, M, G or T), not 'big'",
        "TLS: {Enabled: perhaps}  | TLS.Enabled must be true or false, not 'perhaps'",
        "Container: {HealthListen: '10919'} | Container.HealthListen must be ADDRESS:PORT, not '10919'",
        "Container: {HealthListen: 'localhost:99999'} | Container.HealthListen must be ADDRESS:PORT, not 'localhost:99999'",
      })
  void aWrongValueIsToldWithFileAndLine(String line, String message) throws Exception {
    failure("# a comment\n" + line + "\n").isEqualTo(file() + ":2: " + message);
  }

  // ---- the section Container ----

  @Test
  void enabledWithoutARuntimeEndpointIsRefusedInTheDocumentsWords() throws Exception {
    failure("Container:\n  Enabled: true\n").isEqualTo("RuntimeEndpoint is not configured.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"''", "'  '", "~"})
  void anEmptyRuntimeEndpointIsNone(String endpoint) throws Exception {
    failure("Container:\n  Enabled: true\n  RuntimeEndpoint: " + endpoint + "\n")
        .isEqualTo("RuntimeEndpoint is not configured.");
  }

  @Test
  void aDisabledSectionIsNotLookedAt() throws Exception {
    CraneConfig config =
        load(
            """
            Container:
              Enabled: false
              RuntimeEndpoint: nonsense
              ImageEndpoint: [1, 2]
              TempDir: {a: b}
              Mode: node
              PidsLimit: many
              DefaultPullPolicy: often
              Dns: {Servers: [not-an-address]}
              SubId: {UidMappings: [{IdCount: -5}]}
              BindFs: 7
              Deadlines: {Query: soon}
              Unknown: key
            """);

    assertThat(config.container().enabled()).isFalse();
    assertThat(config.warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "TempDirr, TempDir",
    "Pidslimit, PidsLimit",
    "RuntimEndpoint, RuntimeEndpoint",
    "ImageEndPoint, ImageEndpoint",
    "UserNsEnabledbyDefault, UserNsEnabledByDefault",
    "HealthListn, HealthListen",
    "DNS, Dns"
  })
  void anUnknownKeyIsWarnedOfWithTheNearestOne(String key, String nearest) throws Exception {
    CraneConfig config = load(ENABLED + "  " + key + ": 1\n");

    assertThat(config.warnings())
        .containsExactly(
            file()
                + ":4: unknown key Container."
                + key
                + ", did you mean "
                + nearest
                + "? (ignored)");
  }

  @Test
  void anUnknownKeyLikeNoOtherIsWarnedOf() throws Exception {
    CraneConfig config = load(ENABLED + "  Zzzzzzzz: 1\n");

    assertThat(config.warnings())
        .containsExactly(file() + ":4: unknown key Container.Zzzzzzzz (ignored)");
  }

  @Test
  void unknownKeysFurtherInAreWarnedOfToo() throws Exception {
    CraneConfig config =
        load(ENABLED + "  Dns:\n    Server: [10.0.0.1]\n  Deadlines:\n    Pullimage: 3\n");

    assertThat(config.warnings())
        .containsExactly(
            file() + ":5: unknown key Container.Dns.Server, did you mean Servers? (ignored)",
            file()
                + ":7: unknown key Container.Deadlines.Pullimage, did you mean PullImage?"
                + " (ignored)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "node    | node mode is not there yet, use standalone",
        "cluster | \"'cluster' is neither standalone nor node\""
      })
  void onlyStandaloneModeIsThere(String mode, String message) throws Exception {
    failure(ENABLED + "  Mode: " + mode + "\n")
        .isEqualTo(file() + ":4: Container.Mode: " + message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cranelet", "/a/../b", "''", "/", "//a", "/a/", "/a b"})
  void aCgroupParentIsAnAbsolutePath(String parent) throws Exception {
    failure(ENABLED + "  CgroupParent: " + parent + "\n")
        .isEqualTo(
            file()
                + ":4: Container.CgroupParent must be an absolute path below /, of letters,"
                + " digits, _, . and -");
  }

  @ParameterizedTest
  @ValueSource(strings = {"::1", "dns.local", "10.0.0", "10.0.0.256", "10.0.0.1.", "1.2.3.4.5"})
  void aDnsServerThatIsNotIpv4IsRefused(String server) throws Exception {
    failure(ENABLED + "  Dns:\n    Servers: [10.0.0.1, '" + server + "']\n")
        .isEqualTo(file() + ":5: Container.Dns.Servers: '" + server + "' is not an IPv4 address");
  }

  @Test
  void searchDomainsBeginWithTheClusters() throws Exception {
    CraneConfig config =
        load(
            ENABLED
                + "  Dns:\n    ClusterDomain: hpc.test\n    Servers: [10.0.0.1, 10.0.0.2]\n"
                + "    Searches: [a.test, b.test]\n    Options: ['ndots:2']\n");

    assertThat(config.container().dns())
        .contains(
            new Dns(
                "hpc.test",
                List.of("10.0.0.1", "10.0.0.2"),
                List.of("a.test", "b.test"),
                List.of("ndots:2")));
    assertThat(config.container().dns().orElseThrow().searchDomains())
        .containsExactly("hpc.test", "a.test", "b.test");
  }

  // ---- sub-ids ----

  @Test
  void subIdMappingsAreRead() throws Exception {
    CraneConfig config =
        load(
            ENABLED
                + """
                  SubId:
                    Managed: true
                    UidMappings:
                      - {Id: 1000, IdCount: 100, SubIdStart: 100000, SubIdSize: 65536}
                      - {Id: 2000, IdCount: 1, SubIdStart: 10000000, SubIdSize: 1000}
                    GidMappings:
                      - {Id: 1000, IdCount: 100, SubIdStart: 100000, SubIdSize: 65536}
                """);

    assertThat(config.container().subIds())
        .isEqualTo(
            new SubIds(
                true,
                List.of(
                    new SubIds.Mapping(1000, 100, 100000, 65536),
                    new SubIds.Mapping(2000, 1, 10000000, 1000)),
                List.of(new SubIds.Mapping(1000, 100, 100000, 65536))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{Id: 1050, IdCount: 5, SubIdStart: 900000000, SubIdSize: 10}",
        "{Id: 5000, IdCount: 5, SubIdStart: 100500, SubIdSize: 10}",
        "{Id: 5000, IdCount: 2, SubIdStart: 99999, SubIdSize: 1}",
        "{Id: 999, IdCount: 2, SubIdStart: 0, SubIdSize: 1}",
      })
  void overlappingMappingsAreRefused(String second) throws Exception {
    failure(
            ENABLED
                + "  SubId:\n    UidMappings:\n"
                + "      - {Id: 1000, IdCount: 100, SubIdStart: 100000, SubIdSize: 1000}\n"
                + "      - "
                + second
                + "\n")
        .isEqualTo(file() + ":7: Container.SubId.UidMappings[1].Id: overlaps another mapping");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{Id: 0, IdCount: 1, SubIdStart: 4294967295, SubIdSize: 2}",
        "{Id: 0, IdCount: 65537, SubIdStart: 0, SubIdSize: 65536}",
        "{Id: 0, IdCount: 4294967296, SubIdStart: 0, SubIdSize: 4294967296}"
      })
  void mappingsBeyondTheIdSpaceAreRefused(String mapping) throws Exception {
    failure(ENABLED + "  SubId:\n    GidMappings:\n      - " + mapping + "\n")
        .isEqualTo(
            file() + ":6: Container.SubId.GidMappings[0].SubIdStart: the mapping goes beyond 2^32");
  }

  @ParameterizedTest
  @ValueSource(strings = {"IdCount", "SubIdSize"})
  void countsAndSizesAreAboveZero(String key) throws Exception {
    failure(
            ENABLED
                + "  SubId:\n    UidMappings:\n      - "
                + "{Id: 1, IdCount: 1, SubIdStart: 5, SubIdSize: 1}"
                    .replace(key + ": 1", key + ": 0")
                + "\n")
        .startsWith(file() + ":6: Container.SubId.UidMappings[0]." + key + " must be");
  }

  // ---- nodes and partitions ----

  private static final String NODES =
      """
      Nodes:
        - name: cn[01-14]
          cpu: 2
          memory: 1G
        - name: cn[15-16]
          cpu: 32
          memory: 64G
        - name: login.hpc.test
          cpu: 8
          memory: 8000M
      """;

  @ParameterizedTest
  @CsvSource({
    "cn15, cn15, 32",
    "cn15.hpc.test, cn15, 32",
    "cn03, cn03, 2",
    "login.hpc.test, login.hpc.test, 8"
  })
  void aNodeFindsItselfByItsHostName(String host, String name, int cpus) throws Exception {
    CraneConfig config =
        ConfigLoader.load(write(NODES), new MachineFacts(host, 4, 8L << 30), Optional.empty());

    assertThat(config.node().name()).isEqualTo(name);
    assertThat(config.node().cpus()).isEqualTo(cpus);
    assertThat(config.node().declared()).isTrue();
    assertThat(origins(config)).containsEntry("node", "host name");
  }

  @Test
  void theOptionSaysWhichNodeThisIs() throws Exception {
    CraneConfig config = ConfigLoader.load(write(NODES), MACHINE, Optional.of("cn16"));

    assertThat(config.node()).isEqualTo(new Node("cn16", 32, 64L << 30, true));
    assertThat(origins(config)).containsEntry("node", "--node");
  }

  @Test
  void aNodeGivenByTheOptionMustBeThere() throws Exception {
    Path file = write(NODES);

    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> ConfigLoader.load(file, MACHINE, Optional.of("cn99")))
        .withMessage(file + ":1: Nodes: there is no node 'cn99' (given by --node)");
  }

  @Test
  void aNodeThatIsNotInTheFileHasWhatTheMachineHas() throws Exception {
    CraneConfig config =
        ConfigLoader.load(
            write(NODES), new MachineFacts("ws.example.org", 4, 8L << 30), Optional.empty());

    assertThat(config.node()).isEqualTo(new Node("ws", 4, 8L << 30, false));
    assertThat(origins(config))
        .containsEntry("node", "host name; not in Nodes, so what the machine has");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{name: 'cn[1-', cpu: 1, memory: 1G}  | Nodes[0].name: unbalanced brackets in 'cn[1-'",
        "{name: cn1, memory: 1G}              | Nodes[0].cpu is missing",
        "{name: cn1, cpu: 1}                  | Nodes[0].memory is missing",
        "{name: cn1, cpu: 1.5, memory: 1G}    | Nodes[0].cpu must be a whole number from 1 to 1048576, not '1.5'",
        "{name: cn1, cpu: 1, memory: lots}    | Nodes[0].memory must be a size (a number with K, M, G or T), not 'lots'",
      })
  void aNodeThatCannotBeReadIsToldWithFileAndLine(String node, String message) throws Exception {
    failure("Nodes:\n  - " + node + "\n").isEqualTo(file() + ":2: " + message);
  }

  @Test
  void memoryOfPartitionsIsInMegabytes() throws Exception {
    CraneConfig config =
        load(
            """
            Partitions:
              - name: CPU
                nodes: cn[15-16]
                DefaultMemPerCpu: 1000
                MaxMemPerCpu: 2000
              - name: ALLNODES
                nodes: ALL
                DefaultMemPerNode: 3000
                MaxMemPerNode: 4000
            DefaultPartition: CPU
            """);

    assertThat(config.partitions())
        .containsExactly(
            new Partition("CPU", List.of("cn15", "cn16"), 1000L << 20, 0, 2000L << 20, 0),
            new Partition("ALLNODES", List.of("ALL"), 0, 3000L << 20, 0, 4000L << 20));
    assertThat(config.defaultPartition()).contains("CPU");
    assertThat(config.partition("ALLNODES").orElseThrow().holds("anything")).isTrue();
  }

  // ---- origins ----

  @Test
  void eachSettingTellsWhereItCameFrom() throws Exception {
    CraneConfig config = load("ClusterName: hpc\n" + ENABLED + "  PidsLimit: 100\n");

    assertThat(origins(config))
        .containsEntry("ClusterName", file() + ":1")
        .containsEntry("Container.Enabled", file() + ":3")
        .containsEntry("Container.RuntimeEndpoint", file() + ":4")
        .containsEntry("Container.PidsLimit", file() + ":5")
        .containsEntry("CraneBaseDir", "default")
        .containsEntry("Container.StopGrace", "default")
        .containsEntry("Container.Deadlines.PullImage", "default");
  }

  @Test
  void pathsAreToldAsTheyTakeEffect() throws Exception {
    CraneConfig config =
        load(
            "CraneBaseDir: /srv/crane\nCranedLogFile: logs/../agent.log\n"
                + ENABLED
                + "  TempDir: work/containers\n  BindFs:\n    MountBaseDir: fuse\n");

    assertThat(values(config))
        .containsEntry("CranedLogFile", "/srv/crane/agent.log")
        .containsEntry("Container.TempDir", "/srv/crane/work/containers")
        .containsEntry("Container.BindFs.MountBaseDir", "/srv/crane/fuse");
  }

  @Test
  void defaultPathsAreToldAsTheyTakeEffect() throws Exception {
    assertThat(values(load(ENABLED)))
        .containsEntry("CranedLogFile", "/var/crane/craned/craned.log")
        .containsEntry("Container.TempDir", "/var/crane/supervisor/containers")
        .containsEntry("Container.BindFs.MountBaseDir", "/mnt/crane");
  }

  @Test
  void anImageEndpointThatIsNotGivenIsToldAsTheRuntimes() throws Exception {
    CraneConfig config = load(ENABLED);

    assertThat(values(config))
        .containsEntry("Container.ImageEndpoint", "/run/containerd/containerd.sock");
    assertThat(origins(config)).containsEntry("Container.ImageEndpoint", "default");
  }

  @Test
  void anImageEndpointThatIsGivenIsToldOnce() throws Exception {
    CraneConfig config = load(ENABLED + "  ImageEndpoint: /run/images.sock\n");

    assertThat(config.settings())
        .filteredOn(s -> s.key().equals("Container.ImageEndpoint"))
        .containsExactly(
            new CraneConfig.Setting("Container.ImageEndpoint", "/run/images.sock", file() + ":4"));
  }

  // ---- a file that cannot be read ----

  @Test
  void aDirectoryIsToldToBeOne() {
    assertThatThrownBy(() -> ConfigLoader.load(dir, MACHINE, Optional.empty()))
        .isInstanceOf(ConfigException.class)
        .hasMessage(dir + ": cannot be read: is a directory");
  }

  @Test
  void whyAFileCannotBeReadIsTold() {
    assertThat(ConfigFile.reason(new AccessDeniedException("/c.yaml")))
        .isEqualTo("permission denied");
    assertThat(
            ConfigFile.reason(
                new FileSystemException("/c.yaml", null, "Too many levels of symbolic links")))
        .isEqualTo("Too many levels of symbolic links");
    assertThat(ConfigFile.reason(new FileSystemException("/c.yaml")))
        .isEqualTo("FileSystemException");
    assertThat(ConfigFile.reason(new IOException("Input/output error")))
        .isEqualTo("Input/output error");
  }

  @Test
  void effectiveValuesAreReadable() throws Exception {
    CraneConfig config = load(ENABLED + "  StopGrace: 1.5\n");

    assertThat(values(config))
        .containsEntry("Container.StopGrace", "1500 ms")
        .containsEntry("Container.RelistInterval", "30 s")
        .containsEntry("Container.DefaultPullPolicy", "IfNotPresent");
  }

  // ---- the file as CraneSched ships it ----

  @Test
  void theShippedFileLoadsWithoutAWord() throws Exception {
    CraneConfig config =
        load(
            """
            # the basic part
            ControlMachine: crane01
            ClusterName: crane_cluster
            DbConfigPath: /etc/crane/database.yaml
            CraneBaseDir: /var/crane/

            CraneCtldLogFile: cranectld/cranectld.log
            CraneCtldDebugLevel: trace
            CraneCtldListenAddr: 0.0.0.0
            CraneCtldListenPort: 10011
            CraneCtldForInternalListenPort: 10013
            CraneCtldForeground: true
            CompressedRpc: false

            CranedListenAddr: 0.0.0.0
            CranedListenPort: 10010
            CranedLogFile: craned/craned.log
            CranedDebugLevel: trace
            CranedForeground: true
            Craned:
              PingInterval: 15
              CraneCtldTimeout: 30
              MaxLogFileSize: 50M
              MaxLogFileNum: 3
              NodeHealthCheckInterval: 60
            CraneCtld:
              CranedTimeout: 30
              MaxLogFileSize: 50M
            Supervisor:
              Path: /usr/libexec/csupervisor
              LogDir: supervisor
              DebugLevel: trace
            TLS:
              Enabled: false
              InternalCertFilePath: /etc/crane/tls/internal.pem
              AllowedNodes: "crane[01-04]"
              DomainSuffix: crane.local

            Licenses:
              - name: matlab
                quantity: 10
            HealthCheck:
              Program: /usr/sbin/nhc
              Interval: 60
              NodeState: any
            JobSubmitLuaScript: /etc/crane/submit.lua
            Prologs: [/etc/crane/prolog.sh]
            PriorityType: priority/multifactor
            PriorityFavorSmall: true
            PriorityMaxAge: 14-0
            PriorityWeightAge: 500
            PreemptType: preempt/qos
            PreemptMode: CANCEL
            Plugin:
              Enabled: false
              PlugindSockPath: cplugind/cplugind.sock
            Vault: {Enabled: false, Nodes: {a: b}}
            IgnoreConfigInconsistency: false
            PendingQueueMaxSize: 900000
            ScheduledBatchSize: 100000
            RejectJobsBeyondCapacity: false
            JobFileOpenModeAppend: false

            Nodes:
              - name: "cn[15-18]"
                cpu: 2
                memory: 2G
              - name: "gpu[1-2]"
                cpu: 32
                memory: 64G
                gres:
                  - name: gpu
                    type: a100
                    DeviceFileRegex: /dev/nvidia[0-3]
                    EnvInjector: nvidia
            Partitions:
              - name: CPU
                nodes: "cn[15-18]"
                priority: 5
                AllowedAccounts: ROOT
              - name: GPU
                nodes: "gpu[1-2]"
                priority: 3
                DefaultMemPerCpu: 0
                MaxMemPerCpu: 0
                DeniedAccounts: ~
            DefaultPartition: CPU

            Container:
              Enabled: true
              TempDir: supervisor/containers/
              RuntimeEndpoint: /run/containerd/containerd.sock
              ImageEndpoint: /run/containerd/containerd.sock
              BindFs:
                Enabled: false
                BindfsBinary: bindfs
                FusermountBinary: fusermount3
                MountBaseDir: /mnt/crane
            """);

    assertThat(config.warnings()).isEmpty();
    assertThat(config.node()).isEqualTo(new Node("cn15", 2, 2L << 30, true));
    assertThat(config.log().level()).isEqualTo("trace");
    assertThat(config.tls().allowedNodes()).containsExactly("crane[01-04]");
  }

  // ---- tools ----

  private Path file() {
    return dir.resolve("config.yaml");
  }

  private Path write(String yaml) throws IOException {
    return Files.writeString(file(), yaml);
  }

  private CraneConfig load(String yaml) throws IOException, ConfigException {
    return ConfigLoader.load(write(yaml), MACHINE, Optional.empty());
  }

  private AbstractStringAssert<?> failure(String yaml) throws IOException {
    Path file = write(yaml);
    ConfigException e =
        assertThatExceptionOfType(ConfigException.class)
            .isThrownBy(() -> ConfigLoader.load(file, MACHINE, Optional.empty()))
            .actual();
    return assertThat(e.getMessage());
  }

  private static Map<String, String> values(CraneConfig config) {
    return config.settings().stream()
        .collect(
            Collectors.toMap(CraneConfig.Setting::key, CraneConfig.Setting::value, (a, b) -> a));
  }

  private static Map<String, String> origins(CraneConfig config) {
    return config.settings().stream()
        .collect(
            Collectors.toMap(CraneConfig.Setting::key, CraneConfig.Setting::origin, (a, b) -> a));
  }
}
