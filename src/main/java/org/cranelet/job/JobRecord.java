package org.cranelet.job;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the journal knows of a job; one file each.
 *
 * @param version of this format; a newer one is not read
 * @param admittedAt when it was given its resources
 * @param podUid of the newest try to make its sandbox, empty before the first
 * @param podAttempt counts those tries
 * @param outcome how it ended, once all its steps have and nothing of it is left
 */
@RegisterForReflection // stands in the journal
public record JobRecord(
    int version,
    JobSpec spec,
    Optional<Instant> admittedAt,
    String podUid,
    int podAttempt,
    List<StepRecord> steps,
    Optional<Outcome> outcome) {
  static final int VERSION = 1;

  static JobRecord of(JobSpec spec, StepSpec primary) {
    return new JobRecord(
        VERSION, spec, Optional.empty(), "", 0, List.of(StepRecord.of(primary)), Optional.empty());
  }

  @JsonIgnore
  public long jobId() {
    return spec.jobId();
  }

  @JsonIgnore
  public boolean ended() {
    return outcome.isPresent();
  }

  /** Whether it has been accepted and has not been let in yet. */
  public boolean waits() {
    return admittedAt.isEmpty() && outcome.isEmpty();
  }

  /** How many of its steps were let in and have not ended. */
  public long liveSteps() {
    return outcome.isPresent() || waits()
        ? 0
        : steps.stream().filter(step -> step.outcome().isEmpty()).count();
  }

  /** The job's own state: its primary step's, until that has ended. */
  public State state() {
    if (outcome.isPresent()) {
      return outcome.get().state();
    }
    StepRecord primary = steps.getFirst();
    return primary.outcome().isPresent() ? State.COMPLETING : primary.phase();
  }

  public Optional<StepRecord> step(int stepId) {
    return steps.stream().filter(s -> s.spec().stepId() == stepId).findFirst();
  }

  JobRecord withAdmittedAt(Instant at) {
    return new JobRecord(version, spec, Optional.of(at), podUid, podAttempt, steps, outcome);
  }

  JobRecord withPodTry(String uid, int attempt) {
    return new JobRecord(version, spec, admittedAt, uid, attempt, steps, outcome);
  }

  JobRecord withOutcome(Outcome end) {
    return new JobRecord(version, spec, admittedAt, podUid, podAttempt, steps, Optional.of(end));
  }

  /** With this step added, or in the place of the one with its id. */
  JobRecord withStep(StepRecord step) {
    List<StepRecord> all = new ArrayList<>();
    boolean replaced = false;
    for (StepRecord s : steps) {
      boolean same = s.spec().stepId() == step.spec().stepId();
      all.add(same ? step : s);
      replaced |= same;
    }
    if (!replaced) {
      all.add(step);
    }
    return new JobRecord(version, spec, admittedAt, podUid, podAttempt, List.copyOf(all), outcome);
  }
}
