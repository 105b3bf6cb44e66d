package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.grpc.Status.Code;
import java.time.Duration;
import org.cranelet.cri.v1.RemoveContainerRequest;
import org.cranelet.cri.v1.RemovePodSandboxRequest;
import org.cranelet.cri.v1.RuntimeServiceGrpc;
import org.cranelet.cri.v1.StopContainerRequest;
import org.cranelet.cri.v1.StopPodSandboxRequest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Calls that take effect too late, twice, or on what is not there any more. */
@Tag("faults")
class LateCallsIT {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  @RegisterExtension final FaultyNode faulty = new FaultyNode();

  private void assertEndsTruly(String id) {
    faulty.awaitRuns("job");
    faulty.letEnd("job");
    faulty.assertEndedTruly("job", id);
    faulty.assertNothingLeft();
  }

  // ---- deadlines ----

  @Test
  void aCreateThatPassesItsDeadlineAndThenSucceedsIsAdoptedNotRepeated() {
    assertAdopted("CreateContainer", "Deadlines: {CreateContainer: 1}");
  }

  @Test
  void aRunPodSandboxThatPassesItsDeadlineAndThenSucceedsIsAdoptedNotRepeated() {
    assertAdopted("RunPodSandbox", "Deadlines: {RunPodSandbox: 1}");
  }

  @Test
  void aStartThatPassesItsDeadlineAndThenSucceedsIsAdoptedNotRepeated() {
    assertAdopted("StartContainer", "Deadlines: {StartContainer: 1}");
  }

  private void assertAdopted(String method, String deadline) {
    faulty.start(deadline, "RelistInterval: 2");
    Hold late = faulty.runtime.holdAfter(method);
    String id = faulty.submit("job");
    late.await();

    faulty.node.awaitState(id, "Running");
    late.release();

    assertEndsTruly(id);
    assertThat(faulty.runtime.calls(method)).isEqualTo(1);
  }

  @Test
  void aCreateThatReachesTheRuntimeAfterItsDeadlineMakesNoSecondContainer() {
    assertRunsOnceThoughAnEarlierTryComesLate("CreateContainer", "Deadlines: {CreateContainer: 1}");
  }

  @Test
  void aRunPodSandboxThatReachesTheRuntimeAfterItsDeadlineMakesNoSecondPod() {
    assertRunsOnceThoughAnEarlierTryComesLate("RunPodSandbox", "Deadlines: {RunPodSandbox: 1}");
  }

  @Test
  void aStartThatReachesTheRuntimeAfterItsDeadlineStartsNothingTwice() {
    assertRunsOnceThoughAnEarlierTryComesLate("StartContainer", "Deadlines: {StartContainer: 1}");
  }

  private void assertRunsOnceThoughAnEarlierTryComesLate(String method, String deadline) {
    // An answer to a call that was given up may cost the connection, and with it an event.
    faulty.start(deadline, "RelistInterval: 2");
    Hold late = faulty.runtime.holdBefore(method);
    String id = faulty.submit("job");
    late.await();
    faulty.node.awaitState(id, "Running");
    faulty.awaitRuns("job");

    late.release();
    late.awaitAnswer();

    assertThat(faulty.atRuntime("sandbox")).hasSize(1);
    assertThat(faulty.atRuntime("container")).hasSize(1);
    assertEndsTruly(id);
  }

  @Test
  void aSandboxThatAppearsAfterItsJobEndedIsRemoved() {
    faulty.start("Deadlines: {RunPodSandbox: 1}", "RelistInterval: 2", "LeftOverGrace: 1");
    Hold late = faulty.runtime.holdBefore("RunPodSandbox");
    String id = faulty.submit("job");
    late.await();
    faulty.awaitRuns("job");
    faulty.letEnd("job");
    faulty.assertEndedTruly("job", id);
    faulty.assertNothingLeft();

    late.release();
    late.awaitAnswer();

    Until.holds("the sandbox is gone", () -> faulty.node.atRuntime().isEmpty());
    faulty.assertNothingLeft();
  }

  // ---- errors ----

  @Test
  void aStartWhoseReplyIsLostIsNotRepeated() {
    faulty.start();
    faulty.runtime.failAfter("StartContainer", Code.UNAVAILABLE);

    assertEndsTruly(faulty.submit("job"));

    assertThat(faulty.runtime.calls("StartContainer")).isEqualTo(1);
  }

  @Test
  void everyCallThatFailsOnceBecauseTheRuntimeIsAwayIsMadeAgain() {
    faulty.start();
    for (String method :
        new String[] {
          "ImageStatus",
          "ListPodSandbox",
          "RunPodSandbox",
          "ListContainers",
          "CreateContainer",
          "ContainerStatus",
          "StartContainer",
          "RemoveContainer",
          "StopPodSandbox",
          "RemovePodSandbox"
        }) {
      faulty.runtime.fail(method, Code.UNAVAILABLE);
    }

    assertEndsTruly(faulty.submit("job"));

    assertThat(faulty.runtime.unusedFaults()).isEmpty();
  }

  @Test
  void aSandboxThatCannotBeRemovedAtOnceIsRemovedLater() {
    faulty.start("LeftOverGrace: 1");
    faulty.runtime.fail("StopPodSandbox", Code.UNKNOWN);
    String id = faulty.submit("job");
    faulty.awaitRuns("job");
    faulty.letEnd("job");
    faulty.assertEndedTruly("job", id);

    Until.holds("the sandbox is gone", () -> faulty.node.atRuntime().isEmpty());
    faulty.assertNothingLeft();
  }

  // ---- what is gone already ----

  @Test
  void stopAndRemoveOfWhatIsGoneSucceed() {
    faulty.start();
    for (String method :
        new String[] {"StopContainer", "RemoveContainer", "StopPodSandbox", "RemovePodSandbox"}) {
      faulty.runtime.failAfter(method, Code.NOT_FOUND);
    }
    String id = faulty.submit("job");
    faulty.awaitRuns("job");

    faulty.node.ccon("stop", id).mustSucceed();

    faulty.assertEnded("job", id, "Cancelled");
    faulty.assertNothingLeft();
  }

  @Test
  void aContainerRemovedBehindOurBackEndsItsJobAsLost() {
    faulty.start();
    String id = faulty.submit("job");
    faulty.node.awaitState(id, "Running");
    String container = faulty.atRuntime("container").getFirst();

    faulty
        .runtime
        .direct()
        .call(
            RuntimeServiceGrpc.getStopContainerMethod(),
            StopContainerRequest.newBuilder().setContainerId(container).build(),
            DEADLINE);
    faulty
        .runtime
        .direct()
        .call(
            RuntimeServiceGrpc.getRemoveContainerMethod(),
            RemoveContainerRequest.newBuilder().setContainerId(container).build(),
            DEADLINE);

    assertFailed(id);
  }

  @Test
  void aPodRemovedBehindOurBackEndsItsJobAsLost() {
    faulty.start();
    String id = faulty.submit("job");
    faulty.node.awaitState(id, "Running");
    String sandbox = faulty.atRuntime("sandbox").getFirst();

    faulty
        .runtime
        .direct()
        .call(
            RuntimeServiceGrpc.getStopPodSandboxMethod(),
            StopPodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build(),
            DEADLINE);
    faulty
        .runtime
        .direct()
        .call(
            RuntimeServiceGrpc.getRemovePodSandboxMethod(),
            RemovePodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build(),
            DEADLINE);

    assertFailed(id);
  }

  /** Its exit code is told if we were fast enough to ask, else that it was lost. */
  private void assertFailed(String id) {
    Until.holds("it has ended", () -> faulty.hasEnded(id));
    JsonNode end = faulty.node.inspect(id);
    assertThat(end.path("state").asText()).as(end.toPrettyString()).isEqualTo("Failed");
    faulty.assertNothingLeft();
  }

  // ---- a sandbox that died ----

  @Test
  void aLiveContainerWhoseSandboxDiedGoesOnToItsTrueExitCode() {
    faulty.start();
    String id = faulty.submit("job");
    faulty.awaitRuns("job");

    killSandbox();

    assertEndsTruly(id);
  }

  @Test
  void aLiveContainerWhoseSandboxDiedIsWatchedAgainAfterARestart() {
    faulty.start();
    String id = faulty.submit("job");
    faulty.awaitRuns("job");
    faulty.node.kill();

    killSandbox();
    faulty.node.start();

    Until.holds("it is watched again", () -> faulty.node.state(id).equals("Running"));
    assertEndsTruly(id);
  }

  @Test
  void aStepAddedToADeadSandboxIsRefusedAndTheLiveOneGoesOn() {
    faulty.start();
    String id = faulty.submit("job");
    faulty.awaitRuns("job");

    killSandbox();
    var added = faulty.node.cconIn(NodeUnderTest.job(id), "run", "busybox", "true");

    assertThat(added.exit()).isNotZero();
    assertThat(faulty.node.state(id)).isEqualTo("Running");
    assertEndsTruly(id);
  }

  private void killSandbox() {
    ProcessHandle pause = faulty.process("sandbox");
    pause.destroyForcibly();
    Until.holds("the sandbox has died", () -> !pause.isAlive());
  }
}
