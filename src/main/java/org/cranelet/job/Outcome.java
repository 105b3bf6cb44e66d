package org.cranelet.job;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;

/**
 * How a step or a job ended.
 *
 * @param state one that {@linkplain State#ended() ended}
 * @param exitCode the container's own; {@value #NEVER_STARTED} if it never ran
 * @param reason for people; empty where the code says it all
 */
@RegisterForReflection // stands in the journal
public record Outcome(State state, int exitCode, String reason, Instant at) {
  /** Docker's code for "the container could not be run at all". */
  public static final int NEVER_STARTED = 125;

  static Outcome neverStarted(State state, String reason) {
    return new Outcome(state, NEVER_STARTED, reason, Instant.now());
  }
}
