package org.cranelet.job;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * That a step shall end.
 *
 * @param state what it is called then: cancelled, or over its time limit
 * @param graceSeconds between SIGTERM and SIGKILL
 * @param reason for people: who or what wanted it
 */
@RegisterForReflection // stands in the journal
public record StopIntent(State state, long graceSeconds, String reason) {
  /**
   * What holds when another wish comes: it may hasten the end, and never puts it off. A job over
   * its time limit stays that.
   */
  StopIntent and(StopIntent another) {
    if (another.graceSeconds >= graceSeconds) {
      return this;
    }
    return state == State.EXCEED_TIME_LIMIT
        ? new StopIntent(state, another.graceSeconds, reason)
        : another;
  }
}
