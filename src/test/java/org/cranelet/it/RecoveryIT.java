package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Records that cannot be used, things that nobody knows, and a machine that was rebooted. */
class RecoveryIT {
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
    String waits = node.runDetached("-c", "2", "busybox", "sh", "-c", "exit 8");
    node.awaitState(died, "Running");
    node.kill();
    // When: what the kernel's end does to processes; another boot id, for the daemon alone
    node.atRuntime().forEach(this::killTask);
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
    node.awaitState(waits, "Failed");
    assertThat(node.inspect(waits).path("exitCode").asInt()).isEqualTo(8);
    node.assertNothingLeft();
  }

  private void killTask(String id) {
    node.testbed.ctr("tasks", "kill", "-s", "KILL", id);
  }

  private Path record(String id) {
    return node.tempDir().resolve("journal/" + id.split("\\.")[0] + ".json");
  }
}
