package org.cranelet.job;

import java.time.Instant;
import java.util.Optional;
import org.cranelet.cri.ContainerState;

/** What a container's end means for its step. */
final class Outcomes {
  static final int CANNOT_EXECUTE = 126;
  static final int NOT_FOUND = 127;

  /** 128 + SIGKILL. */
  static final int KILLED = 137;

  private Outcomes() {}

  static Outcome of(ContainerState end, Optional<StopIntent> stop) {
    Instant at = end.finishedAt().orElseGet(Instant::now);
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

  /** On cgroup v1 a sibling that was not touched is told of the same event, hence the code. */
  static boolean isOutOfMemory(ContainerState end) {
    return end.reason().equals("OOMKilled") && end.exitCode() == KILLED;
  }

  /** The runtime's own code for all of these is 128; docker's habits tell them apart. */
  private static Outcome startError(String message, Optional<StopIntent> stop, Instant at) {
    State state = stop.map(StopIntent::state).orElse(State.FAILED);
    return new Outcome(state, startErrorCode(message), "cannot start: " + message, at);
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
