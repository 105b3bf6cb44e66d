package org.cranelet.job;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.Optional;

/**
 * What the journal knows of a step.
 *
 * @param phase where it is; only while it has no outcome
 * @param startRequested whether StartContainer may have been called: from then on it is never made
 *     a second time
 * @param startedAt when its container ran first
 */
@RegisterForReflection // stands in the journal
public record StepRecord(
    StepSpec spec,
    State phase,
    boolean startRequested,
    Optional<Instant> startedAt,
    Optional<StopIntent> stop,
    Optional<Outcome> outcome) {

  static StepRecord of(StepSpec spec) {
    return new StepRecord(
        spec, State.PENDING, false, Optional.empty(), Optional.empty(), Optional.empty());
  }

  public State state() {
    return outcome.map(Outcome::state).orElse(phase);
  }

  StepRecord withPhase(State newPhase) {
    return new StepRecord(spec, newPhase, startRequested, startedAt, stop, outcome);
  }

  StepRecord withStartRequested() {
    return new StepRecord(spec, State.STARTING, true, startedAt, stop, outcome);
  }

  StepRecord withStartedAt(Instant at) {
    return new StepRecord(spec, State.RUNNING, startRequested, Optional.of(at), stop, outcome);
  }

  StepRecord withStop(StopIntent intent) {
    return new StepRecord(spec, phase, startRequested, startedAt, Optional.of(intent), outcome);
  }

  StepRecord withOutcome(Outcome end) {
    return new StepRecord(spec, phase, startRequested, startedAt, stop, Optional.of(end));
  }
}
