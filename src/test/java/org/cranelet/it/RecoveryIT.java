package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.cranelet.cri.v1.RemovePodSandboxRequest;
import org.cranelet.cri.v1.RuntimeServiceGrpc;
import org.cranelet.cri.v1.StopPodSandboxRequest;
import org.cranelet.transport.RpcClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Records that cannot be used, things that nobody knows, and a machine that was rebooted. */
class RecoveryIT {
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final String UNTIL_STOPPED = "trap 'exit 6' TERM; while :; do sleep 0.1; done";

  private NodeUnderTest node;

  @BeforeEach
  void start() {
    node = NodeUnderTest.started("LeftOverGrace: 3600");
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void recordsThatCannotBeUsedAreSetAsideAndStopNobody() throws IOException {
    // Given
    String truncated = node.runDetached("busybox", "true");
    node.awaitState(truncated, "Completed");
    String runs = node.runDetached("busybox", "sh", "-c", UNTIL_STOPPED);
    node.awaitState(runs, "Running");
    node.kill();
    try (var file = Files.newByteChannel(record(truncated), StandardOpenOption.WRITE)) {
      file.truncate(file.size() / 2);
    }
    Files.writeString(record("40"), "{\"version\": 99}");
    Files.writeString(record("41"), "no JSON at all");
    // When
    node.start();
    // Then
    assertThat(node.log()).contains("set aside").contains("version 99");
    assertThat(record("40")).doesNotExist();
    assertThat(node.tempDir().resolve("journal/set-aside/41.json")).hasContent("no JSON at all");
    assertThat(node.state(runs)).isEqualTo("Running");
    node.ccon("stop", runs).mustSucceed();
    assertThat(node.inspect(runs).path("exitCode").asInt()).isEqualTo(6);
    assertThat(NodeUnderTest.job(node.runDetached("busybox", "true"))).isEqualTo(42);
  }

  @Test
  void whatIsOursAndUnknownIsShownFirstAndRemovedOnDemand() throws IOException {
    String lost = lose();

    String shown = node.cranelet("gc", "--dry-run").mustSucceed().out();
    assertThat(shown).contains("sandbox").contains("mount").contains("cgroup");
    assertThat(node.atRuntime()).isNotEmpty();

    node.cranelet("gc").mustSucceed();

    node.assertNothingLeft();
    assertThat(node.metrics())
        .containsPattern("cranelet_leftovers_removed_total\\{kind=\"sandbox\"\\} 1")
        .containsPattern("cranelet_leftovers_removed_total\\{kind=\"mount\"\\} 1")
        .containsPattern("cranelet_leftovers_removed_total\\{kind=\"cgroup\"\\} 1");
    assertThat(node.cranelet("gc", "--dry-run").mustSucceed().out()).doesNotContain("sandbox");
    assertThat(node.ccon("inspect", lost).exit()).isNotZero();
  }

  @Test
  void whatIsOursAndUnknownIsRemovedByItselfAfterTheGracePeriod() throws IOException {
    String config = Files.readString(node.config());
    Files.writeString(node.config(), config.replace("LeftOverGrace: 3600", "LeftOverGrace: 1"));

    lose();

    Until.holds(
        "all of it is removed",
        () -> NodeUnderTest.json(node.cranelet("gc", "--dry-run", "--json").out()).isEmpty());
    node.assertNothingLeft();
  }

  @Test
  void whatBearsAnotherInstancesLabelIsNeverTouched() throws IOException {
    // Given a node that waits no time with left-overs, beside another's job on the same runtime
    node.stop();
    String config = Files.readString(node.config());
    Files.writeString(node.config(), config.replace("LeftOverGrace: 3600", "LeftOverGrace: 1"));
    node.start();
    try (NodeUnderTest other = NodeUnderTest.started()) {
      String others =
          other.runDetached("-v", other.userHome(0) + ":/d", "busybox", "sh", "-c", UNTIL_STOPPED);
      other.awaitState(others, "Running");
      List<String> before = other.atRuntime();
      assertThat(before).hasSize(2); // the sandbox and the container
      // When: one of its own, gone by itself, tells that it has looked and removed
      lose();
      Until.holds("its own is removed", () -> showsNothing(before));
      String removed = node.cranelet("--json", "gc").mustSucceed().out();
      // Then
      assertThat(NodeUnderTest.json(removed)).isEmpty();
      assertThat(node.atRuntime()).isEmpty();
      assertThat(node.wholeLog()).doesNotContain(before);
      assertThat(other.atRuntime()).isEqualTo(before);
      assertThat(other.state(others)).isEqualTo("Running");
      other.ccon("stop", others).mustSucceed();
      assertThat(other.inspect(others).path("exitCode").asInt()).isEqualTo(6);
    }
  }

  private boolean showsNothing(List<String> never) {
    String shown = node.cranelet("--json", "gc", "--dry-run").mustSucceed().out();
    assertThat(shown).doesNotContain(never);
    return NodeUnderTest.json(shown).isEmpty();
  }

  /** A job that runs, and whose record is gone. */
  private String lose() throws IOException {
    String id =
        node.runDetached("-v", node.userHome(0) + ":/d", "busybox", "sh", "-c", UNTIL_STOPPED);
    node.awaitState(id, "Running");
    node.kill();
    Files.delete(record(id));
    node.start();
    return id;
  }

  @Test
  void afterARebootWhatDiedWithTheMachineSaysSoAndWhatWaitedRuns() throws IOException {
    // Given
    String died = node.runDetached("-c", "2", "busybox", "sleep", "1000");
    String waits = node.runDetached("-c", "2", "busybox", "sh", "-c", "echo ran; exit 8");
    node.awaitState(died, "Running");
    node.kill();
    // When: no process is left, and nobody knows how it ended; another boot id, for the daemon
    // alone
    removeAtRuntime();
    Path bootId = node.home.resolve("boot_id");
    Files.writeString(bootId, UUID.randomUUID() + "\n");
    node.startBehind(
        "unshare",
        "--mount",
        "--propagation",
        "slave",
        "sh",
        "-c",
        "mount --bind \"$0\" /proc/sys/kernel/random/boot_id && exec \"$@\"",
        bootId.toString());
    // Then
    node.awaitState(died, "Failed");
    assertThat(node.inspect(died).path("reason").asText())
        .isEqualTo("the machine rebooted while it ran");
    assertThat(node.inspect(died).path("exitCode").asInt()).isEqualTo(125);
    node.awaitState(waits, "Failed");
    assertThat(node.inspect(waits).path("exitCode").asInt()).isEqualTo(8);
    assertThat(node.ccon("logs", waits).mustSucceed().out()).isEqualTo("ran\n");
    node.assertNothingLeft();
  }

  /** By CRI: the runtime would go on telling the end of a container that it lost otherwise. */
  private void removeAtRuntime() {
    List<String> sandboxes =
        node.testbed
            .ctr("containers", "ls", "-q", "labels.\"io.cri-containerd.kind\"==sandbox")
            .lines()
            .toList();
    try (RpcClient runtime = RpcClient.forCommand(node.testbed.socket())) {
      for (String id : node.atRuntime().stream().filter(sandboxes::contains).toList()) {
        runtime.call(
            RuntimeServiceGrpc.getStopPodSandboxMethod(),
            StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build(),
            DEADLINE);
        runtime.call(
            RuntimeServiceGrpc.getRemovePodSandboxMethod(),
            RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build(),
            DEADLINE);
      }
    }
    assertThat(node.atRuntime()).isEmpty();
  }

  private Path record(String id) {
    return node.tempDir().resolve("journal/" + id.split("\\.")[0] + ".json");
  }
}
