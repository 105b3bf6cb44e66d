package org.cranelet.job;

import java.time.Instant;
import java.util.Optional;
import org.cranelet.cri.ContainerPhase;
import org.cranelet.cri.ContainerState;

/** What a container's end means for its step. */
final class Outcomes {
  static final int CANNOT_EXECUTE = 126;
  static final int NOT_FOUND = 127;

  /** 128 + SIGKILL. */
  static final int KILLED = 137;

  /** What containerd says where it does not know. */
  private static final int UNKNOWN_CODE = 255;

  private Outcomes() {}

  /**
   * @param whyLost what to say if the runtime itself does not know how it ended
   */
  static Outcome of(ContainerState end, Optional<StopIntent> stop, String whyLost) {
    Instant at = end.finishedAt().orElseGet(Instant::now);
    if (isLost(end)) {
      State state = stop.map(StopIntent::state).orElse(State.FAILED);
      return new Outcome(state, Outcome.NEVER_STARTED, whyLost, at);
    }
    if (end.reason().equals("StartError")) {
      return startError(end.message(), stop, at);
    }
    if (stop.isPresent()) {
      return new Outcome(stop.get().state(), end.exitCode(), stop.get().reason(), at);
    }
    if (isOutOfMemory(end)) {
      return new Outcome(
          State.OUT_OF_MEMORY, end.exitCode(), "killed: it used more memory than it may", at);
    }
    return end.exitCode() == 0
        ? new Outcome(State.COMPLETED, 0, "", at)
        : new Outcome(State.FAILED, end.exitCode(), "", at);
  }

  /** After the machine or the runtime's helper process died under a container (containerd). */
  private static boolean isLost(ContainerState end) {
    return end.phase() == ContainerPhase.UNKNOWN
        || end.reason().equals("Unknown") && end.exitCode() == UNKNOWN_CODE;
  }

  /** On cgroup v1 a sibling that was not touched is told of the same event, hence the code. */
  static boolean isOutOfMemory(ContainerState end) {
    return end.reason().equals(ContainerState.OOM_KILLED) && end.exitCode() == KILLED;
  }

  /** The runtime's own code for all of these is 128; docker's habits tell them apart. */
  private static Outcome startError(String message, Optional<StopIntent> stop, Instant at) {
    State state = stop.map(StopIntent::state).orElse(State.FAILED);
    boolean interrupted =
        message.contains("context canceled") || message.contains("deadline exceeded");
    String reason =
        interrupted
            ? "its start was interrupted by a restart of cranelet or a slow runtime: submit it again"
            : "cannot start: " + message;
    return new Outcome(state, startErrorCode(message), reason, at);
  }

  static int startErrorCode(String message) {
    if (message.contains("executable file not found") || message.contains("no such file")) {
      return NOT_FOUND;
    }
    if (message.contains("permission denied")
        || message.contains("exec format error")
        || message.contains("is a directory")) {
      return CANNOT_EXECUTE;
    }
    return Outcome.NEVER_STARTED;
  }
}
