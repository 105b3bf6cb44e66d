package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.grpc.Status.Code;
import java.util.concurrent.CountDownLatch;
import org.cranelet.cri.v1.ContainerState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What no real runtime does on command, done by a fake one. */
@Tag("faults")
class OddRuntimeIT {
  private final FakeRuntime runtime = new FakeRuntime().listen();
  private final NodeUnderTest node =
      new NodeUnderTest(runtime.setting(), "RelistInterval: 1", "Deadlines: {Query: 2}");

  @AfterEach
  void stop() {
    node.close();
    runtime.close();
  }

  private String runningJob() {
    node.start();
    String id = node.runDetached("busybox", "true");
    Until.holds("it runs", runtime::isRunning);
    return id;
  }

  private void assertEnded(String id, int exit) {
    node.awaitState(id, "Failed");
    JsonNode end = node.inspect(id);
    assertThat(end.path("exitCode").asInt()).as(end.toPrettyString()).isEqualTo(exit);
    node.assertNothingLeft();
    assertThat(runtime.isEmpty()).as("nothing left at the runtime").isTrue();
  }

  @Test
  void aRuntimeThatCannotTellItsVersionIsAskedUntilItCan() {
    runtime.failVersion("not yet");
    node.startUnready();
    Until.holds("it says why", () -> node.log().contains("Version: not yet"));
    assertThat(node.probe("ready")).isEqualTo(503);

    runtime.failVersion("");

    Until.holds("ready", () -> node.probe("ready") == 200);
  }

  @Test
  void aStormOfAHundredThousandEventsHidesNoEnd() {
    runtime.storm(100_000);
    String id = runningJob();

    runtime.become(ContainerState.CONTAINER_EXITED, 7);

    assertEnded(id, 7);
    assertThat(node.probe("ready")).isEqualTo(200);
  }

  @Test
  void aContainerUnknownForAMomentGoesOnToItsTrueExitCode() {
    String id = runningJob();

    runtime.become(ContainerState.CONTAINER_UNKNOWN, 0);
    int asked = runtime.timesAsked();
    Until.holds("it was asked for again", () -> runtime.timesAsked() > asked + 2);
    runtime.become(ContainerState.CONTAINER_RUNNING, 0);
    assertThat(node.state(id)).isEqualTo("Running");
    runtime.become(ContainerState.CONTAINER_EXITED, 7);

    assertEnded(id, 7);
  }

  @Test
  void aStopThatTheRuntimeAgreedToAndLostIsAskedForAgain() {
    String id = runningJob();
    runtime.forgetNextStop();

    node.ccon("stop", id).mustSucceed();

    node.awaitState(id, "Cancelled");
    assertThat(node.inspect(id).path("exitCode").asInt()).isEqualTo(255);
    node.assertNothingLeft();
  }

  @Test
  void aStepThatIsStoppedBeforeItsStartWentThroughNeverRuns() {
    FakeRuntime.Kept start = runtime.failNextOnceTold("StartContainer", Code.UNAVAILABLE);
    node.start();
    String id = node.runDetached("busybox", "true");
    Until.holds("its start is asked for", start::hasArrived);

    var stop = node.startCcon(0, "stop", id);
    Until.holds("the stop is known", () -> node.log().contains("stop step=" + id));
    start.until().countDown();

    stop.await().mustSucceed();
    assertThat(node.state(id)).isEqualTo("Cancelled");
    assertThat(runtime.timesStarted()).isZero();
    node.assertNothingLeft();
  }

  @Test
  void aContainerThatStaysUnknownIsStoppedAndItsJobFails() {
    String id = runningJob();

    runtime.become(ContainerState.CONTAINER_UNKNOWN, 0);

    assertEnded(id, 255);
  }

  @Test
  void aSandboxAndAContainerWhoseAnswersAreLostAreAdopted() {
    runtime.loseNext("RunPodSandbox");
    runtime.loseNext("CreateContainer");

    String id = runningJob();

    assertThat(runtime.sandboxes()).isEqualTo(1);
    assertThat(runtime.containers()).isEqualTo(1);
    runtime.become(ContainerState.CONTAINER_EXITED, 7);
    assertEnded(id, 7);
  }

  @Test
  void aCallThatFailsBecauseTheRuntimeIsBusyIsTriedAgain() {
    runtime.failNext("RunPodSandbox", Code.UNAVAILABLE);
    runtime.failNext("ContainerStatus", Code.UNAVAILABLE);

    String id = runningJob();

    runtime.become(ContainerState.CONTAINER_EXITED, 7);
    assertEnded(id, 7);
  }

  @Test
  void aQueryThatIsNotAnsweredInTimeIsAskedAgain() {
    CountDownLatch late = runtime.delayNext("ImageStatus");

    String id = runningJob();

    late.countDown();
    runtime.become(ContainerState.CONTAINER_EXITED, 7);
    assertEnded(id, 7);
  }
}
