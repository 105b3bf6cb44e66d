package org.cranelet.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.cranelet.config.PullPolicy;
import org.cranelet.image.reference.Login;
import org.cranelet.job.NewStep;
import org.cranelet.job.StepSpec;
import org.cranelet.os.User;
import org.cranelet.pod.Identity;
import org.cranelet.pod.Mount;
import org.cranelet.pod.PortMapping;
import org.cranelet.proto.crane.ArraySpec;
import org.cranelet.proto.crane.ContainerJobAdditionalMeta;
import org.cranelet.proto.crane.Dependencies;
import org.cranelet.proto.crane.GresCount;
import org.cranelet.proto.crane.GresMap;
import org.cranelet.proto.crane.JobToCtld;
import org.cranelet.proto.crane.JobType;
import org.cranelet.proto.crane.PodJobAdditionalMeta;
import org.cranelet.proto.crane.PodJobAdditionalMeta.NamespaceMode;
import org.cranelet.proto.crane.StepToCtld;
import org.cranelet.standalone.Refusal;
import org.cranelet.standalone.ResourceRequest;
import org.cranelet.standalone.Submission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubmissionMappingTest {
  private static final User ROOT = new User(0, "root", 0, List.of(0));
  private static final User ALICE = new User(1000, "alice", 100, List.of(100, 101));
  private static final Identity HERSELF = new Identity(1000, 100, List.of(100, 101));

  private final SubmissionMapping mapping = new SubmissionMapping("cn15");

  // ---- its size ----

  @Test
  void oneThatFillsTheMemoryIsRefused() {
    // Given
    JobToCtld.Builder job = job();
    job.getContainerMetaBuilder().putEnv("A", "x".repeat(256 << 10));
    // Then
    assertThatThrownBy(() -> map(job, ALICE))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("262144 at most");
  }

  // ---- a plain submission ----

  @Test
  void aSubmissionKeepsWhatItsUserSaid() throws Refusal {
    // Given
    JobToCtld.Builder job = job();
    job.setName("train").setPartitionName("CPU").setCwd("/home/alice").setCmdLine("busybox ls");
    job.setSubmitHostname("login").setCpusPerTask(0.5).setNtasksPerNode(2);
    job.setMemPerNode(64 << 20).setTimeLimit(Duration.newBuilder().setSeconds(60));
    job.getContainerMetaBuilder()
        .setName("main")
        .setCommand("/bin/sh")
        .addArgs("-c")
        .addArgs("ls")
        .setWorkdir("/work")
        .putEnv("A", "1")
        .putLabels("app", "x");
    job.getContainerMetaBuilder().getImageBuilder().setPullPolicy("Always");
    job.getPodMetaBuilder().setName("pod").putLabels("team", "y").addDnsServers("10.0.0.1");
    // When
    Submission s = map(job, ALICE);
    // Then
    assertThat(s.name()).isEqualTo("train");
    assertThat(s.owner()).isEqualTo(ALICE);
    assertThat(s.gid()).isEqualTo(100);
    assertThat(s.submitHost()).isEqualTo("login");
    assertThat(s.resources())
        .isEqualTo(
            new ResourceRequest(Optional.of("CPU"), Optional.of(0.5), 2, Optional.of(64L << 20)));
    assertThat(s.timeLimitSeconds()).contains(60L);
    assertThat(s.pod().name()).isEqualTo("pod");
    assertThat(s.pod().labels()).isEqualTo(Map.of("team", "y"));
    assertThat(s.pod().dnsServers()).containsExactly("10.0.0.1");
    StepSpec step = s.primary().spec();
    assertThat(step.name()).isEqualTo("main");
    assertThat(step.image()).isEqualTo("busybox");
    assertThat(step.pullPolicy()).contains(PullPolicy.ALWAYS);
    assertThat(step.command()).containsExactly("/bin/sh");
    assertThat(step.args()).containsExactly("-c", "ls");
    assertThat(step.workingDir()).isEqualTo("/work");
    assertThat(step.env()).isEqualTo(Map.of("A", "1"));
    assertThat(step.labels()).isEqualTo(Map.of("app", "x"));
    assertThat(step.cwd()).isEqualTo("/home/alice");
    assertThat(step.commandLine()).isEqualTo("busybox ls");
  }

  @Test
  void whatIsNotSaidIsLeftToTheDefaults() throws Refusal {
    // When
    Submission s = map(job(), ALICE);
    // Then
    assertThat(s.resources())
        .isEqualTo(new ResourceRequest(Optional.empty(), Optional.empty(), 1, Optional.empty()));
    assertThat(s.timeLimitSeconds()).isEmpty();
    assertThat(s.primary().spec().pullPolicy()).isEmpty();
    assertThat(s.primary().spec().command()).isEmpty();
    assertThat(s.primary().spec().mounts()).isEmpty();
    assertThat(s.primary().spec().readOnlyRoot()).isFalse();
    assertThat(s.pod().hostNetwork()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 315_576_000_000L})
  void clientsHaveManyWordsForNoTimeLimit(long seconds) throws Refusal {
    // Given
    JobToCtld.Builder job = job().setTimeLimit(Duration.newBuilder().setSeconds(seconds));
    // When
    Submission s = map(job, ALICE);
    // Then
    assertThat(s.timeLimitSeconds()).isEmpty();
  }

  @Test
  void aReadOnlyRootIsAnAnnotationOfOurs() throws Refusal {
    // Given
    JobToCtld.Builder job = job();
    job.getContainerMetaBuilder().putAnnotations("cranelet.org/read-only-root", "true");
    // When
    StepSpec step = map(job, ALICE).primary().spec();
    // Then
    assertThat(step.readOnlyRoot()).isTrue();
    assertThat(step.annotations()).isEmpty();
  }

  // ---- who ----

  @Test
  void aUserRunsAsHimself() throws Refusal {
    assertThat(map(job(), ALICE).primary().spec().identity()).contains(HERSELF);
  }

  @Test
  void aUserMayChooseAmongHisGroups() throws Refusal {
    // When
    Submission s = map(job().setGid(101), ALICE);
    // Then
    assertThat(s.gid()).isEqualTo(101);
    assertThat(s.primary().spec().identity()).contains(new Identity(1000, 101, List.of(100, 101)));
  }

  @Test
  void aGroupOfOthersIsRefused() {
    assertRefused(
        Refusal.Kind.PERMISSION, "user alice is not in group 27", job().setGid(27), ALICE);
  }

  @ParameterizedTest
  @CsvSource({"1000, 100", "1000:100, 100", "1000:101, 101"})
  void aUserMayNameHimself(String runAs, int gid) throws Refusal {
    // When
    Submission s = map(runAs(runAs), ALICE);
    // Then
    assertThat(s.primary().spec().identity()).contains(new Identity(1000, gid, List.of(100, 101)));
    assertThat(s.pod().annotations()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0:0", "1001", "1000:0", "1000:27", "0:100"})
  void aUserIsNobodyElse(String runAs) {
    assertRefused(
        Refusal.Kind.PERMISSION,
        "user alice may run containers as himself only (1000), not as "
            + runAs
            + ": other users need a user namespace",
        runAs(runAs),
        ALICE);
  }

  @Test
  void theWiresOwnFieldIsCheckedToo() {
    // Given
    JobToCtld.Builder job = job();
    job.getPodMetaBuilder().setRunAsUser(1001).setRunAsGroup(100);

    assertRefused(
        Refusal.Kind.PERMISSION,
        "user alice may run containers as himself only (1000), not as 1001:100: other users need"
            + " a user namespace",
        job,
        ALICE);
  }

  @Test
  void rootsContainersAreTheImagesUser() throws Refusal {
    assertThat(map(job(), ROOT).primary().spec().identity()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1000, 1000, 1000", "1000:27, 1000, 27", "0:0, 0, 0", "4294967294, -2, -2"})
  void rootMayBeAnybodyWithoutOtherGroups(String runAs, int uid, int gid) throws Refusal {
    // When
    Optional<Identity> identity = map(runAs(runAs), ROOT).primary().spec().identity();
    // Then
    assertThat(identity).contains(new Identity(uid, gid, uid == 0 ? ROOT.groups() : List.of()));
  }

  @Test
  void rootSubmitsForAnother() throws Refusal {
    // When
    Submission s = mapping.job(job().build(), new Caller(ROOT), ALICE);
    // Then
    assertThat(s.owner()).isEqualTo(ALICE);
    assertThat(s.primary().spec().identity()).contains(HERSELF);
  }

  @ParameterizedTest
  @ValueSource(strings = {"alice", "1000:", ":100", "-1", "1:2:3", "12345678901"})
  void whatIsNoUserIsRefused(String runAs) {
    assertRefused(
        Refusal.Kind.INVALID, "'" + runAs + "' is not UID or UID:GID", runAs(runAs), ALICE);
  }

  // ---- what a user may not have ----

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cranesched",
        "cranesched.internal",
        "cranelet.org/instance",
        "cranelet.org/other",
        "io.kubernetes.cri.untrusted-workload",
        "io.containerd.runc",
        "io.cri-containerd.x",
        "io.cri-o.userns-mode",
        "io.podman.x",
        "run.oci.keep_original_groups",
        "cdi.k8s.io/gpu",
        "devices.nri.io/container.c",
        "irq-load-balancing.crio.io",
        "seccomp-profile.kubernetes.cri-o.io/c",
        "container.apparmor.security.beta.kubernetes.io/c",
        "job_id",
        "step_id",
        "uid",
        "job_name",
        "step_name"
      })
  void reservedLabelsAndAnnotationsAreRefusedEverywhere(String key) {
    String message = "the label or annotation '" + key + "' is reserved";
    List<Consumer<JobToCtld.Builder>> places =
        List.of(
            job -> job.getPodMetaBuilder().putLabels(key, "1"),
            job -> job.getPodMetaBuilder().putAnnotations(key, "1"),
            job -> job.getContainerMetaBuilder().putLabels(key, "1"),
            job -> job.getContainerMetaBuilder().putAnnotations(key, "1"));
    for (Consumer<JobToCtld.Builder> place : places) {
      JobToCtld.Builder job = job();
      place.accept(job);
      assertRefused(Refusal.Kind.INVALID, message, job, ALICE);
    }
  }

  @Test
  void userNamespacesAreRefused() {
    // Given
    JobToCtld.Builder job = job();
    job.getPodMetaBuilder().setUserns(true);

    assertRefused(
        Refusal.Kind.INVALID,
        "user namespaces are not available on this node yet: leave out --userns",
        job,
        ALICE);
  }

  @Test
  void gresIsRefused() {
    // Given
    JobToCtld.Builder job =
        job()
            .setGresPerNode(
                GresMap.newBuilder()
                    .putNameGresMap("gpu", GresCount.newBuilder().setTotal(1).build()));

    assertRefused(
        Refusal.Kind.GRES, "gres cannot be given to containers yet: leave out --gres", job, ALICE);
  }

  @Test
  void moreThanOneNodeIsRefused() {
    assertRefused(
        Refusal.Kind.MULTIPLE_NODES,
        "a container job runs on one node, not on 2",
        job().setNodeNum(2),
        ALICE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "cn[01-14] |          | this node is cn15, which is not in cn[01-14]",
        "cn[       |          | unbalanced brackets in 'cn['",
        "          | cn[1-20] | this node, cn15, is the only one and is excluded",
      })
  void anotherNodeIsRefused(String nodelist, String excludes, String message) {
    // Given
    JobToCtld.Builder job = job();
    Optional.ofNullable(nodelist).ifPresent(job::setNodelist);
    Optional.ofNullable(excludes).ifPresent(job::setExcludes);

    assertRefused(Refusal.Kind.NODE_LIST, message, job, ALICE);
  }

  @Test
  void thisNodeMayBeAskedFor() throws Refusal {
    // Given
    JobToCtld.Builder job = job().setNodeNum(1).setNodelist("cn[14-16]").setExcludes("cn14");
    // When
    Submission s = map(job, ALICE);
    // Then
    assertThat(s.primary().spec().image()).isEqualTo("busybox");
  }

  @ParameterizedTest
  @EnumSource(
      value = NamespaceMode.class,
      names = {"NODE", "TARGET"})
  void theHostsProcessesAndIpcAreNotJoined(NamespaceMode mode) {
    JobToCtld.Builder pid = job();
    pid.getPodMetaBuilder().getNamespaceBuilder().setPid(mode);
    JobToCtld.Builder ipc = job();
    ipc.getPodMetaBuilder().getNamespaceBuilder().setIpc(mode);

    assertRefused(Refusal.Kind.INVALID, pid, ALICE);
    assertRefused(Refusal.Kind.INVALID, ipc, ALICE);
  }

  @Test
  void jobsOfOtherTypesAreRefused() {
    assertRefused(
        Refusal.Kind.INVALID,
        "cranelet runs container jobs only, not jobs of type Batch",
        job().setType(JobType.Batch),
        ALICE);
  }

  @Test
  void aContainerJobWithoutAContainerIsRefused() {
    assertRefused(Refusal.Kind.INVALID, job().clearContainerMeta(), ALICE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a\nb", "a\u0000", "A", "a//b"})
  void whatIsNoImageIsRefused(String image) {
    // Given
    JobToCtld.Builder job = job();
    job.getContainerMetaBuilder().getImageBuilder().setImage(image);

    assertRefused(Refusal.Kind.INVALID, job, ALICE);
  }

  @Test
  void devicesAndTerminalsAreRefused() {
    JobToCtld.Builder cdi = job();
    cdi.getContainerMetaBuilder().addCdiDevices("nvidia.com/gpu=0");
    JobToCtld.Builder tty = job();
    tty.getContainerMetaBuilder().setTty(true);
    JobToCtld.Builder stdin = job();
    stdin.getContainerMetaBuilder().setStdin(true);

    for (JobToCtld.Builder job : List.of(cdi, tty, stdin, job().setHold(true))) {
      assertRefused(Refusal.Kind.INVALID, job, ALICE);
    }
  }

  static Stream<Arguments> wishesOfALargerCluster() {
    return Stream.of(
        wish("job arrays are", job -> job.setArraySpec(ArraySpec.getDefaultInstance())),
        wish("licenses are", job -> job.addLicensesCountBuilder().setKey("matlab").setCount(1)),
        wish(
            "dependencies on other jobs are",
            job -> job.getDependenciesBuilder().addDepsBuilder().setJobId(1)),
        wish("a begin time is", job -> job.setBeginTime(Timestamp.getDefaultInstance())),
        wish("a deadline is", job -> job.setDeadlineTime(Timestamp.getDefaultInstance())));
  }

  private static Arguments wish(String what, Consumer<JobToCtld.Builder> wish) {
    return Arguments.of(what, wish);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wishesOfALargerCluster")
  void whatOneNodeCannotDoIsRefused(String what, Consumer<JobToCtld.Builder> wish) {
    // Given
    JobToCtld.Builder job = job();
    wish.accept(job);

    assertRefused(Refusal.Kind.INVALID, what + " not supported in standalone mode", job, ALICE);
  }

  @Test
  void noDependenciesAreNone() throws Refusal {
    // Given
    JobToCtld.Builder job = job().setDependencies(Dependencies.newBuilder().setIsOr(true));
    // When
    Submission s = map(job, ALICE);
    // Then
    assertThat(s.primary().spec().image()).isEqualTo("busybox");
  }

  @Test
  void aLoginIsForTheImagesRegistry() throws Exception {
    // Given
    JobToCtld.Builder job = withLogin("Hub.Example:5000/team/app", "u", "secret", "");
    // When
    NewStep step = map(job, ALICE).primary();
    // Then
    assertThat(step.login()).contains(new Login("hub.example:5000", "u", "secret"));
    assertThat(step.spec().loginAt()).contains("hub.example:5000");
    assertThat(step.spec().toString()).doesNotContain("secret");
  }

  @Test
  void aLoginForAnotherRegistryOrHalfALoginIsRefused() {
    for (JobToCtld.Builder job :
        List.of(
            withLogin("hub.example/team/app", "u", "secret", "evil.example"),
            withLogin("busybox", "u", "secret", "hub.example"),
            withLogin("busybox", "u", "", ""),
            withLogin("busybox", "", "secret", ""))) {
      assertRefused(Refusal.Kind.INVALID, job, ALICE);
    }
  }

  private static JobToCtld.Builder withLogin(
      String image, String user, String password, String server) {
    JobToCtld.Builder job = job();
    job.getContainerMetaBuilder()
        .getImageBuilder()
        .setImage(image)
        .setUsername(user)
        .setPassword(password)
        .setServerAddress(server);
    return job;
  }

  @Test
  void aPasswordIsNotRepeated() {
    // Given
    JobToCtld.Builder job = withLogin("busybox", "u", "secret", "evil.example");

    assertThatExceptionOfType(Refusal.class)
        .isThrownBy(() -> map(job, ALICE))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
  }

  @Test
  void aVariableThatCannotBeOneIsRefused() {
    for (String name : List.of("", "A=B", "A\0")) {
      JobToCtld.Builder job = job();
      job.getContainerMetaBuilder().putEnv(name, "1");
      assertRefused(Refusal.Kind.INVALID, job, ALICE);
    }
  }

  @Test
  void anUnknownPullPolicyIsRefused() {
    // Given
    JobToCtld.Builder job = job();
    job.getContainerMetaBuilder().getImageBuilder().setPullPolicy("Often");

    assertRefused(
        Refusal.Kind.INVALID,
        "'Often' is not a pull policy: Always, IfNotPresent or Never",
        job,
        ALICE);
  }

  // ---- ports and network ----

  @Test
  void portsAreMappedAsGiven() throws Refusal {
    // Given
    JobToCtld.Builder job = job();
    job.getPodMetaBuilder()
        .addPorts(port(8080, 80).setHostIp("127.0.0.1"))
        .addPorts(port(5300, 5353).setProtocol(PodJobAdditionalMeta.PortMapping.Protocol.UDP));
    // When
    Submission s = map(job, ALICE);
    // Then
    assertThat(s.pod().ports())
        .containsExactly(
            new PortMapping(PortMapping.Protocol.TCP, "127.0.0.1", 8080, 80),
            new PortMapping(PortMapping.Protocol.UDP, "", 5300, 5353));
  }

  @Test
  void hostPortsBelow1024AreRoots() throws Refusal {
    // Given
    JobToCtld.Builder job = job();
    job.getPodMetaBuilder().addPorts(port(22, 8022));
    // When
    Submission roots = map(job, ROOT);
    // Then
    assertThat(roots.pod().ports()).hasSize(1);
    assertRefused(
        Refusal.Kind.INVALID, "host port 22 is root's: take one from 1024 on", job, ALICE);
  }

  @ParameterizedTest
  @CsvSource({"0, 80", "80, 0", "65536, 80", "80, -1"})
  void portsThatDoNotExistAreRefused(int host, int container) {
    // Given
    JobToCtld.Builder job = job();
    job.getPodMetaBuilder().addPorts(port(host, container));

    assertRefused(
        Refusal.Kind.INVALID,
        "a port is a number from 1 to 65535, not " + host + ":" + container,
        job,
        ALICE);
  }

  @Test
  void aHostPortLeadsToOnePlace() {
    // Given
    JobToCtld.Builder job = job();
    job.getPodMetaBuilder()
        .addPorts(port(8080, 80).setHostIp("127.0.0.1"))
        .addPorts(port(8080, 81));

    assertRefused(Refusal.Kind.INVALID, "host port 8080/tcp is given twice", job, ALICE);
  }

  @Test
  void theContainersRootCannotBeMountedOver() {
    // Given
    JobToCtld.Builder job = job();
    job.getContainerMetaBuilder().putMounts("/tmp", "//");

    assertRefused(
        Refusal.Kind.INVALID, "cannot mount at '//': that is the container's root", job, ALICE);
  }

  @Test
  void namesAreLabelsAndColumnsAndHaveAnEnd() {
    String message = "a name may have 255 characters at most";
    String name = "x".repeat(256);
    List<Consumer<JobToCtld.Builder>> places =
        List.of(
            job -> job.setName(name),
            job -> job.getPodMetaBuilder().setName(name),
            job -> job.getContainerMetaBuilder().setName(name));

    for (Consumer<JobToCtld.Builder> place : places) {
      JobToCtld.Builder job = job();
      place.accept(job);
      assertRefused(Refusal.Kind.INVALID, message, job, ALICE);
    }
  }

  @Test
  void theHostsNetworkHasNoMappings() {
    // Given
    JobToCtld.Builder job = job();
    job.getPodMetaBuilder().addPorts(port(80, 80));
    job.getPodMetaBuilder().getNamespaceBuilder().setNetwork(NamespaceMode.NODE);

    assertRefused(Refusal.Kind.INVALID, job, ALICE);
  }

  @Test
  void theHostsNetworkMayBeUsed() throws Refusal {
    // Given
    JobToCtld.Builder job = job();
    job.getPodMetaBuilder().getNamespaceBuilder().setNetwork(NamespaceMode.NODE);
    // When
    Submission s = map(job, ALICE);
    // Then
    assertThat(s.pod().hostNetwork()).isTrue();
  }

  @Test
  void aDnsServerIsAnIpv4Address() {
    // Given
    JobToCtld.Builder job = job();
    job.getPodMetaBuilder().addDnsServers("fe80::1");

    assertRefused(Refusal.Kind.INVALID, "'fe80::1' is not an IPv4 address", job, ALICE);
  }

  // ---- mounts ----

  @Test
  void relativeMountsAreBelowTheWorkingDirectory() throws Refusal {
    // Given
    JobToCtld.Builder job = job().setCwd("/home/alice");
    mounts(
        job,
        """
        [{"host":"data","container":"/data","ro":true},
         {"host":"/scratch","container":"/scratch","ro":false}]
        """);
    // When
    List<Mount> mounts = map(job, ALICE).primary().spec().mounts();
    // Then
    assertThat(mounts)
        .containsExactly(
            new Mount("/home/alice/data", "/data", true), new Mount("/scratch", "/scratch", false));
  }

  @Test
  void aPathMayBeMountedTwice() throws Refusal {
    // Given
    JobToCtld.Builder job = job();
    mounts(
        job,
        """
        [{"host":"/a","container":"/in","ro":true},{"host":"/a","container":"/out","ro":false}]
        """);
    // When
    List<Mount> mounts = map(job, ALICE).primary().spec().mounts();
    // Then
    assertThat(mounts)
        .containsExactly(new Mount("/a", "/in", true), new Mount("/a", "/out", false));
  }

  @Test
  void theWiresOwnMountsAreReadWhereOursAreNot() throws Refusal {
    // Given
    JobToCtld.Builder job = job().setCwd("/home/alice");
    job.getContainerMetaBuilder()
        .putMounts("in", "/in")
        .putMounts("/a", "/b:ro")
        .putMounts("/c", "/d:rw")
        .putMounts("/e", "/f:x");
    // When
    List<Mount> mounts = map(job, ALICE).primary().spec().mounts();
    // Then
    assertThat(mounts)
        .containsExactlyInAnyOrder(
            new Mount("/home/alice/in", "/in", false),
            new Mount("/a", "/b", true),
            new Mount("/c", "/d", false),
            new Mount("/e", "/f:x", false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "[{\"host\":\"/a\",\"container\":\"in\"}]",
        "[{\"host\":\"\",\"container\":\"/in\"}]",
        "[{\"container\":\"/in\"}]",
        "[{\"host\":\"/a\"}]",
        "[{\"host\":\"/a\\u0000b\",\"container\":\"/in\"}]"
      })
  void mountsThatCannotBeAreRefused(String json) {
    // Given
    JobToCtld.Builder job = job();
    mounts(job, json);

    assertRefused(Refusal.Kind.INVALID, job, ALICE);
  }

  // ---- steps ----

  @Test
  void aStepIsWhoItsJobIs() throws Refusal {
    // When
    StepSpec step = mapping.step(step().build(), Optional.of(HERSELF)).spec();
    // Then
    assertThat(step.identity()).contains(HERSELF);
    assertThat(step.name()).isEqualTo("second");
  }

  @Test
  void aStepOnMoreNodesOrWithGresIsRefused() {
    StepToCtld nodes = step().setNodeNum(2).build();
    StepToCtld gres =
        step()
            .setGresPerNode(
                GresMap.newBuilder().putNameGresMap("gpu", GresCount.getDefaultInstance()))
            .build();

    for (StepToCtld step : List.of(nodes, gres)) {
      assertThatExceptionOfType(Refusal.class)
          .isThrownBy(() -> mapping.step(step, Optional.empty()));
    }
  }

  // ---- tools ----

  private Submission map(JobToCtld.Builder job, User caller) throws Refusal {
    return mapping.job(job.build(), new Caller(caller), caller);
  }

  private void assertRefused(Refusal.Kind kind, JobToCtld.Builder job, User caller) {
    Refusal refusal =
        assertThatExceptionOfType(Refusal.class).isThrownBy(() -> map(job, caller)).actual();
    assertThat(refusal.kind()).isEqualTo(kind);
    assertThat(refusal.getMessage()).isNotBlank();
  }

  private void assertRefused(
      Refusal.Kind kind, String message, JobToCtld.Builder job, User caller) {
    Refusal refusal =
        assertThatExceptionOfType(Refusal.class).isThrownBy(() -> map(job, caller)).actual();
    assertThat(refusal).hasMessage(message);
    assertThat(refusal.kind()).isEqualTo(kind);
  }

  private static JobToCtld.Builder job() {
    return JobToCtld.newBuilder()
        .setType(JobType.Container)
        .setNodeNum(1)
        .setContainerMeta(
            ContainerJobAdditionalMeta.newBuilder()
                .setImage(ContainerJobAdditionalMeta.ImageInfo.newBuilder().setImage("busybox")));
  }

  private static StepToCtld.Builder step() {
    return StepToCtld.newBuilder()
        .setType(JobType.Container)
        .setName("second")
        .setNodeNum(1)
        .setContainerMeta(
            ContainerJobAdditionalMeta.newBuilder()
                .setImage(ContainerJobAdditionalMeta.ImageInfo.newBuilder().setImage("busybox")));
  }

  private static JobToCtld.Builder runAs(String runAs) {
    JobToCtld.Builder job = job();
    job.getPodMetaBuilder().putAnnotations("cranelet.org/run-as", runAs);
    return job;
  }

  private static void mounts(JobToCtld.Builder job, String json) {
    job.getContainerMetaBuilder().putAnnotations("cranelet.org/mounts", json);
  }

  private static PodJobAdditionalMeta.PortMapping.Builder port(int host, int container) {
    return PodJobAdditionalMeta.PortMapping.newBuilder()
        .setHostPort(host)
        .setContainerPort(container);
  }
}
