package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node that is taken out of service, and a daemon that is stopped. */
class DrainIT {
  private static final String UNTIL_STOPPED = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

  private NodeUnderTest node;

  @BeforeEach
  void start() {
    node = NodeUnderTest.started();
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void aDrainedNodeRefusesWithTheReasonAlsoAfterARestartAndDisturbsNothingThatRuns() {
    String runs = node.runDetached("-c", "2", "busybox", "sh", "-c", UNTIL_STOPPED);
    String waits = node.runDetached("busybox", "true");
    node.awaitState(runs, "Running");

    node.cranelet("drain", "new", "disks").mustSucceed();
    node.kill();
    node.start();

    var refused = node.ccon("run", "busybox", "true");
    assertThat(refused.exit()).isEqualTo(125);
    assertThat(refused.err()).contains("the node is drained: new disks");
    var step = node.cconIn(NodeUnderTest.job(runs), "run", "busybox", "true");
    assertThat(step.err()).contains("the node is drained: new disks");
    assertThat(node.cranelet("status").out()).contains("ready, drained: new disks");
    assertThat(node.state(runs)).isEqualTo("Running");
    node.ccon("stop", runs).mustSucceed();
    node.awaitState(runs, "Cancelled");
    assertThat(node.ccon("ps").out()).contains("Pending: the node is drained: new disks");

    node.cranelet("resume").mustSucceed();
    node.awaitState(waits, "Completed");
  }

  @Test
  void waitingForAnEmptyNodeTellsTheProgressAndEndsWhenNothingRuns() {
    String runs = node.runDetached("busybox", "sh", "-c", UNTIL_STOPPED);
    node.awaitState(runs, "Running");

    var drain = node.startCranelet("drain", "--wait");
    Until.holds("progress", () -> drain.errSoFar().contains("drained, 1 running"));
    assertThat(drain.process().isAlive()).isTrue();
    node.ccon("stop", runs).mustSucceed();

    assertThat(drain.await().mustSucceed().out()).contains("0 running");
  }

  @Test
  void onlyRootMayDrainResumeOrCollect() {
    for (String what : new String[] {"drain", "resume", "gc"}) {
      var result = node.craneletAs(NodeUnderTest.ALICE, what);

      assertThat(result.exit()).isNotZero();
      assertThat(result.err()).contains("only root may " + what);
      node.cranelet(what).mustSucceed();
      assertThat(node.log())
          .contains("audit user=61001 uid=61001 " + what + " node: refused: he is not root")
          .contains("audit user=root uid=0 " + what + " node: ok");
    }
    node.runDetached("busybox", "true");
  }

  @Test
  void whoFollowsALogIsToldThatTheDaemonStops() {
    String runs = node.runDetached("busybox", "sh", "-c", "echo here; " + UNTIL_STOPPED);
    var logs = node.startCcon(0, "logs", "-f", runs);
    Until.holds("it follows", () -> logs.outSoFar().contains("here"));

    assertThat(node.stop()).isIn(0, 143);

    assertThat(logs.await().err()).contains("cranelet is stopping; what runs goes on");
    node.start();
    assertThat(node.state(runs)).isEqualTo("Running");
  }
}
