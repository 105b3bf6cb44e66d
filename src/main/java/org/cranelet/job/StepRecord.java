package org.cranelet.job;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.Optional;
import org.cranelet.os.BootMoment;

/**
 * What the journal knows of a step.
 *
 * @param phase where it is; only while it has no outcome
 * @param startRequestedAt since when StartContainer may have been called: from then on the
 *     container is never made a second time; time limits count from here
 * @param startedAt when its container ran first
 */
@RegisterForReflection // stands in the journal
public record StepRecord(
    StepSpec spec,
    State phase,
    Optional<BootMoment> startRequestedAt,
    Optional<Instant> startedAt,
    Optional<StopIntent> stop,
    Optional<Outcome> outcome) {

  static StepRecord of(StepSpec spec) {
    return new StepRecord(
        spec,
        State.PENDING,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  public boolean startRequested() {
    return startRequestedAt.isPresent();
  }

  public State state() {
    return outcome.map(Outcome::state).orElse(phase);
  }

  StepRecord withPhase(State newPhase) {
    return new StepRecord(spec, newPhase, startRequestedAt, startedAt, stop, outcome);
  }

  StepRecord withStartRequested(BootMoment at) {
    return new StepRecord(spec, State.STARTING, Optional.of(at), startedAt, stop, outcome);
  }

  StepRecord withStartedAt(Instant at) {
    return new StepRecord(spec, State.RUNNING, startRequestedAt, Optional.of(at), stop, outcome);
  }

  StepRecord withStop(StopIntent intent) {
    return new StepRecord(spec, phase, startRequestedAt, startedAt, Optional.of(intent), outcome);
  }

  StepRecord withOutcome(Outcome end) {
    return new StepRecord(spec, phase, startRequestedAt, startedAt, stop, Optional.of(end));
  }
}
