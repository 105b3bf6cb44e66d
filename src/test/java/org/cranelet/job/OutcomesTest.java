package org.cranelet.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import org.cranelet.cri.ContainerPhase;
import org.cranelet.cri.ContainerState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutcomesTest {
  private static final Instant END = Instant.parse("2026-01-31T12:00:00Z");
  private static final StopIntent CANCEL = new StopIntent(State.CANCELLED, 10, "stopped by alice");
  private static final StopIntent TIME_UP =
      new StopIntent(State.EXCEED_TIME_LIMIT, 10, "its time limit is over");

  @Test
  void zeroIsCompleted() {
    Outcome outcome = Outcomes.of(exited(0, "Completed", ""), Optional.empty(), "lost");

    assertThat(outcome).isEqualTo(new Outcome(State.COMPLETED, 0, "", END));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 125, 128, 137, 143, 255})
  void anyOtherCodeIsFailedAndPassedOn(int code) {
    Outcome outcome = Outcomes.of(exited(code, "Error", ""), Optional.empty(), "lost");

    assertThat(outcome).isEqualTo(new Outcome(State.FAILED, code, "", END));
  }

  @Test
  void killedForItsMemoryIsOutOfMemory() {
    Outcome outcome = Outcomes.of(exited(137, "OOMKilled", ""), Optional.empty(), "lost");

    assertThat(outcome.state()).isEqualTo(State.OUT_OF_MEMORY);
    assertThat(outcome.exitCode()).isEqualTo(137);
    assertThat(outcome.reason()).isEqualTo("killed: it used more memory than it may");
  }

  @ParameterizedTest
  @CsvSource({"0, COMPLETED", "1, FAILED"})
  void aSiblingOfOneKilledForItsMemoryWasNotKilled(int code, State state) {
    Outcome outcome = Outcomes.of(exited(code, "OOMKilled", ""), Optional.empty(), "lost");

    assertThat(outcome).isEqualTo(new Outcome(state, code, "", END));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 137, 143})
  void aStoppedStepIsCancelledAndKeepsItsCode(int code) {
    Outcome outcome = Outcomes.of(exited(code, "Error", ""), Optional.of(CANCEL), "lost");

    assertThat(outcome).isEqualTo(new Outcome(State.CANCELLED, code, "stopped by alice", END));
  }

  @Test
  void overItsTimeLimitKeepsTheContainersCode() {
    Outcome outcome = Outcomes.of(exited(143, "Error", ""), Optional.of(TIME_UP), "lost");

    assertThat(outcome)
        .isEqualTo(new Outcome(State.EXCEED_TIME_LIMIT, 143, "its time limit is over", END));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exec: \"nope\": executable file not found in $PATH: unknown  | 127",
        "exec: \"/nope\": stat /nope: no such file or directory       | 127",
        "exec: \"/etc/passwd\": permission denied: unknown            | 126",
        "exec /run.sh: exec format error                              | 126",
        "exec: \"/etc\": is a directory: unknown                      | 126",
        "runc create failed: unable to apply cgroup configuration     | 125"
      })
  void whatCannotBeStartedHasDockersCodes(String message, int code) {
    Outcome outcome = Outcomes.of(exited(128, "StartError", message), Optional.empty(), "lost");

    assertThat(outcome).isEqualTo(new Outcome(State.FAILED, code, "cannot start: " + message, END));
  }

  @Test
  void whatWasStoppedBeforeItFailedToStartIsCancelled() {
    Outcome outcome = Outcomes.of(exited(128, "StartError", "gone"), Optional.of(CANCEL), "lost");

    assertThat(outcome.state()).isEqualTo(State.CANCELLED);
    assertThat(outcome.exitCode()).isEqualTo(125);
  }

  @Test
  void anEndWithoutATimeIsNow() {
    Instant before = Instant.now();
    ContainerState end =
        new ContainerState(
            "c", ContainerPhase.EXITED, 0, "Completed", "", Optional.empty(), Optional.empty());

    Outcome outcome = Outcomes.of(end, Optional.empty(), "lost");

    assertThat(outcome.at()).isBetween(before, Instant.now());
  }

  @ParameterizedTest
  @CsvSource({"EXITED, 255, Unknown", "UNKNOWN, 0, ''"})
  void whatTheRuntimeDoesNotKnowIsFailedWithTheReason(
      ContainerPhase phase, int code, String reason) {
    ContainerState end =
        new ContainerState("c", phase, code, reason, "", Optional.empty(), Optional.of(END));

    Outcome outcome = Outcomes.of(end, Optional.empty(), "the machine rebooted while it ran");

    assertThat(outcome)
        .isEqualTo(new Outcome(State.FAILED, 125, "the machine rebooted while it ran", END));
  }

  @Test
  void aContainersOwn255IsItsOwn() {
    Outcome outcome = Outcomes.of(exited(255, "Error", ""), Optional.empty(), "lost");

    assertThat(outcome).isEqualTo(new Outcome(State.FAILED, 255, "", END));
  }

  @Test
  void aStartThatWasInterruptedSaysSo() {
    Outcome outcome =
        Outcomes.of(
            exited(128, "StartError", "failed to start task: context canceled: unknown"),
            Optional.empty(),
            "lost");

    assertThat(outcome.reason()).contains("interrupted", "submit it again");
    assertThat(outcome.exitCode()).isEqualTo(125);
  }

  private static ContainerState exited(int code, String reason, String message) {
    return new ContainerState(
        "c",
        ContainerPhase.EXITED,
        code,
        reason,
        message,
        Optional.of(END.minusSeconds(5)),
        Optional.of(END));
  }
}
