package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What one user may take of the node; the others go on as if he were not there. */
class UserLimitsIT {
  private static final String UNTIL_STOPPED = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

  /**
   * Below the quarter of his share at which a log is rotated; lingers, for containerd to read all.
   */
  private static final String WRITE_240_KB = "head -c 240000 /dev/zero | tr '\\0' 'x'; sleep 1";

  private static NodeUnderTest node;

  @BeforeAll
  static void start() {
    node =
        NodeUnderTest.started(
            "PerUser: { MaxPendingJobs: 2, MaxRunningSteps: 1, MaxTempData: 1M, MaxStreams: 1 }");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @AfterEach
  void stopAll() {
    node.ccon("pods", "-q").out().lines().forEach(job -> node.ccon("stop", "-t", "0", job));
    node.assertNothingLeft();
  }

  @Test
  void aUserWhoRunsAllHeMayWaitsAndLetsOthersPass() {
    String runs = alice(UNTIL_STOPPED);
    Until.holds("it runs", () -> node.state(runs).equals("Running"));
    String waits = alice("true");
    String passes = node.runDetachedAs(NodeUnderTest.BOB, "-c", "0.5", "busybox", "true");

    node.awaitState(passes, "Completed");

    assertThat(node.ccon("ps").out())
        .contains("Pending: its user runs as many steps as one user may");
    assertThat(node.inspect(waits).path("state").asText()).isEqualTo("Pending");
    var step =
        node.cconAsIn(NodeUnderTest.ALICE, NodeUnderTest.job(runs), "run", "-d", "busybox", "true");
    assertThat(step.err()).contains("1 of your steps run, which is the limit for one user");
    node.ccon("stop", runs).mustSucceed();
    node.awaitState(waits, "Completed");
  }

  @Test
  void aUserWhoseJobsWaitIsRefusedAtHisLimitAndAnotherIsNot() {
    String runs = alice(UNTIL_STOPPED);
    alice("true");
    alice("true");

    var refused = node.cconAs(NodeUnderTest.ALICE, "run", "-d", "-c", "0.5", "busybox", "true");
    assertThat(refused.err())
        .contains("2 of your jobs wait already, which is the limit for one user");
    node.runDetachedAs(NodeUnderTest.BOB, "-c", "0.5", "busybox", "true");
    assertThat(node.log()).contains("audit user=61001").contains("submit job: refused: 2 of");
    node.ccon("stop", runs).mustSucceed();
  }

  @Test
  void aRunningStepKeepsNoMoreOutputThanItsUserMayHave() {
    String runs =
        alice(
            "for i in $(seq 100); do head -c 25000 /dev/zero | tr '\\0' 'x'; echo; sleep 0.1; done;"
                + " echo all of it; "
                + UNTIL_STOPPED);

    Until.holds(
        "it has written all",
        () ->
            node.cconAs(NodeUnderTest.ALICE, "logs", "--tail", "1", runs).out().contains("all of"));
    Until.holds("the oldest was dropped", () -> node.tempData(runs) <= 1 << 20);
    assertThat(node.state(runs)).isEqualTo("Running");
    node.ccon("stop", runs).mustSucceed();
  }

  @Test
  void whatHasEndedIsForgottenToMakeRoom() {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      ids.add(alice(WRITE_240_KB));
      node.awaitState(ids.getLast(), "Completed");
    }

    assertThat(node.ccon("inspect", ids.getFirst()).exit()).isNotZero();
    assertThat(node.ccon("inspect", ids.getLast()).exit()).isZero();
  }

  @Test
  void aUserHasNoMoreStreamsThanHeMay() {
    String runs = alice("echo here; " + UNTIL_STOPPED);
    var follows = node.startCcon(NodeUnderTest.ALICE, "logs", "-f", runs);
    Until.holds("it follows", () -> follows.outSoFar().contains("here"));

    var second = node.cconAs(NodeUnderTest.ALICE, "logs", runs);

    assertThat(second.err()).contains("1 streams of yours are open");
    assertThat(node.ccon("logs", runs).mustSucceed().out()).isEqualTo("here\n");
    node.ccon("stop", runs).mustSucceed();
    follows.await().mustSucceed();
  }

  private static String alice(String script) {
    return node.runDetachedAs(
        NodeUnderTest.ALICE, "-c", "0.5", "--mem", "50M", "busybox", "sh", "-c", script);
  }
}
