package org.cranelet.job;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.cranelet.os.Guard;
import org.jboss.logging.Logger;

/**
 * One job: its record's only writer. It numbers the steps, owns the pod, the time limit and the
 * wish to stop, and ends the job when the primary step has ended and nothing is left.
 *
 * <p>All methods may be called from any thread. What others need to wait for, they wait for here.
 */
public final class JobRunner {
  private static final Logger LOG = Logger.getLogger(JobRunner.class);

  /** Why a step cannot be added. */
  public static final class NotRunning extends Exception {
    private static final long serialVersionUID = 1L;

    NotRunning(String message) {
      super(message);
    }
  }

  private final Guard guard = new Guard();
  private final Engine engine;
  private final Reporter reporter;
  private final PodKeeper pod;
  private final List<Thread> threads = new ArrayList<>(); // guarded by guard
  private final Set<Integer> done = new HashSet<>(); // steps that left nothing; guarded by guard
  private JobRecord record; // guarded by guard
  private long revision; // guarded by guard
  private boolean closed; // no more steps; guarded by guard

  JobRunner(Engine engine, Reporter reporter, JobRecord record) {
    this.engine = engine;
    this.reporter = reporter;
    this.record = record;
    this.pod = new PodKeeper(engine, this);
  }

  public long jobId() {
    return view().jobId();
  }

  public JobRecord view() {
    try (var _ = guard.hold()) {
      return record;
    }
  }

  Path logFile(int stepId) {
    return engine.logs().file(jobId(), stepId);
  }

  // ---- what others ask of a job ----

  /** Runs the job, or goes on with it after a restart. Its resources are its own from now on. */
  public void start() {
    try (var _ = guard.hold()) {
      if (record.admittedAt().isEmpty()) {
        update(r -> r.withAdmittedAt(Instant.now()), true);
      }
      fork("job-" + record.jobId(), this::run);
      for (StepRecord step : record.steps()) {
        if (step.spec().stepId() != StepSpec.PRIMARY) {
          forkStep(step.spec().stepId());
        }
      }
    }
  }

  /**
   * Adds a step to the running job; its id.
   *
   * @throws NotRunning if the job waits still, or is about to end
   * @throws IOException if the step cannot be recorded; it is not added then
   */
  public int append(StepSpec draft) throws NotRunning, IOException {
    try (var _ = guard.hold()) {
      if (record.admittedAt().isEmpty()) {
        throw new NotRunning("job " + record.jobId() + " does not run yet");
      }
      if (closed || record.steps().getFirst().outcome().isPresent()) {
        throw new NotRunning("job " + record.jobId() + " has ended");
      }
      int stepId = record.steps().getLast().spec().stepId() + 1;
      JobRecord grown = record.withStep(StepRecord.of(draft.withStepId(stepId)));
      engine.journal().write(grown, true);
      record = grown;
      changed();
      forkStep(stepId);
      return stepId;
    }
  }

  /** Wants the job to end; what waits ends at once. */
  public void cancel(StopIntent intent) {
    try (var _ = guard.hold()) {
      if (record.ended()) {
        return;
      }
      if (record.admittedAt().isPresent()) {
        stop(StepSpec.PRIMARY, intent);
        return;
      }
      Outcome end = Outcome.neverStarted(intent.state(), intent.reason());
      StepRecord primary = record.steps().getFirst();
      update(r -> r.withStep(primary.withOutcome(end)).withOutcome(end), true);
    }
    reporter.jobEnded(view()); // not under our lock: it lets other jobs start
  }

  /**
   * Wants a step to end.
   *
   * @return whether it had not ended yet
   */
  public boolean stop(int stepId, StopIntent intent) {
    try (var _ = guard.hold()) {
      StepRecord step = record.step(stepId).orElseThrow();
      if (step.outcome().isPresent()) {
        return false;
      }
      update(r -> r.withStep(step.withStop(intent)), true);
      return true;
    }
  }

  /** A record together with its revision, to wait for the next one. */
  public record Seen(JobRecord record, long revision) {}

  public Seen seen() {
    try (var _ = guard.hold()) {
      return new Seen(record, revision);
    }
  }

  /** Waits for a record newer than the one seen, or until the time is over. */
  public Seen awaitChange(Seen last, Duration most) throws InterruptedException {
    try (var _ = guard.hold()) {
      long until = System.nanoTime() + most.toNanos();
      while (revision == last.revision()) {
        long left = until - System.nanoTime();
        if (left <= 0) {
          break;
        }
        guard.await(left);
      }
      return seen();
    }
  }

  /** Lets go of the job because the daemon stops; what runs, runs on. */
  void release() {
    try (var _ = guard.hold()) {
      threads.forEach(Thread::interrupt);
    }
  }

  // ---- the job's life ----

  private void run() throws InterruptedException {
    Thread limit = fork("limit-" + record.jobId(), this::enforceTimeLimit);
    runStep(StepSpec.PRIMARY);
    limit.interrupt();
    closeAndStopAppended();
    awaitAllSteps();
    removePod();
    Outcome end = view().steps().getFirst().outcome().orElseThrow();
    update(r -> r.withOutcome(end), true);
    reporter.jobEnded(view());
    LOG.infof(
        "job=%d user=%s ended: %s exit=%d",
        jobId(), view().spec().owner().name(), end.state(), end.exitCode());
  }

  private void runStep(int stepId) throws InterruptedException {
    new StepRunner(engine, this, pod, stepId).run();
    stepDone(stepId);
  }

  private void removePod() throws InterruptedException {
    try {
      pod.remove();
    } catch (org.cranelet.cri.CriException e) {
      LOG.warnf("job=%d left a sandbox: %s", jobId(), e.getMessage());
    }
  }

  private void closeAndStopAppended() {
    try (var _ = guard.hold()) {
      closed = true;
      StopIntent intent =
          new StopIntent(
              State.CANCELLED,
              engine.settings().stopGrace().toSeconds(),
              "its job's primary step ended");
      for (StepRecord step : record.steps()) {
        if (step.outcome().isEmpty() && step.stop().isEmpty()) {
          stop(step.spec().stepId(), intent);
        }
      }
    }
  }

  private void stepDone(int stepId) {
    try (var _ = guard.hold()) {
      done.add(stepId);
      guard.signalAll();
    }
  }

  private void awaitAllSteps() throws InterruptedException {
    try (var _ = guard.hold()) {
      while (done.size() < record.steps().size()) {
        guard.await();
      }
    }
  }

  private void enforceTimeLimit() throws InterruptedException {
    Optional<Long> limit = view().spec().timeLimitSeconds();
    if (limit.isEmpty()) {
      return;
    }
    Instant started = awaitStarted(StepSpec.PRIMARY);
    Thread.sleep(Duration.between(Instant.now(), started.plusSeconds(limit.get())));
    LOG.infof("job=%d is over its time limit of %d s", jobId(), limit.get());
    cancel(
        new StopIntent(
            State.EXCEED_TIME_LIMIT,
            engine.settings().stopGrace().toSeconds(),
            "over its time limit of " + limit.get() + " s"));
  }

  private Instant awaitStarted(int stepId) throws InterruptedException {
    try (var _ = guard.hold()) {
      while (record.step(stepId).orElseThrow().startedAt().isEmpty()) {
        guard.await();
      }
      return record.step(stepId).orElseThrow().startedAt().orElseThrow();
    }
  }

  // ---- what its steps tell ----

  void phase(int stepId, State phase) {
    try (var _ = guard.hold()) {
      update(r -> r.withStep(r.step(stepId).orElseThrow().withPhase(phase)), false);
    }
  }

  void startRequested(int stepId) {
    try (var _ = guard.hold()) {
      update(r -> r.withStep(r.step(stepId).orElseThrow().withStartRequested()), true);
    }
  }

  void started(int stepId, Instant at) {
    try (var _ = guard.hold()) {
      StepRecord step = record.step(stepId).orElseThrow();
      if (step.startedAt().isEmpty()) {
        update(r -> r.withStep(step.withStartedAt(at)), false);
        LOG.infof("job=%d step=%d user=%s started", jobId(), stepId, record.spec().owner().name());
      }
    }
  }

  void ended(int stepId, Outcome outcome) {
    try (var _ = guard.hold()) {
      update(r -> r.withStep(r.step(stepId).orElseThrow().withOutcome(outcome)), true);
    }
  }

  JobRecord newPodTry(String uid) {
    try (var _ = guard.hold()) {
      update(r -> r.withPodTry(uid, r.podUid().isEmpty() ? 0 : r.podAttempt() + 1), false);
      return record;
    }
  }

  /** Waits for a wish to stop this step that is not {@code known}. */
  StopIntent awaitStop(int stepId, Optional<StopIntent> known) throws InterruptedException {
    try (var _ = guard.hold()) {
      while (true) {
        Optional<StopIntent> intent = record.step(stepId).orElseThrow().stop();
        if (intent.isPresent() && !intent.equals(known)) {
          return intent.get();
        }
        guard.await();
      }
    }
  }

  /** Runs {@code action} once somebody wants the step to end; interrupt the thread to forget it. */
  Thread whenStopped(int stepId, Runnable action) {
    return fork(
        "stop-" + jobId() + "." + stepId,
        () -> {
          awaitStop(stepId, Optional.empty());
          action.run();
        });
  }

  // ---- the record ----

  /**
   * @param force whether it must survive a power cut
   */
  private void update(Function<JobRecord, JobRecord> change, boolean force) {
    try (var _ = guard.hold()) {
      record = change.apply(record);
      try {
        engine.journal().write(record, force);
      } catch (IOException e) {
        // The job goes on; the next change writes the whole record again.
        LOG.errorf("job=%d cannot be recorded, trying again: %s", record.jobId(), e.getMessage());
      }
      changed();
    }
  }

  private void changed() {
    try (var _ = guard.hold()) {
      revision++;
      guard.signalAll();
    }
  }

  // ---- threads ----

  private interface Body {
    void run() throws InterruptedException;
  }

  private void forkStep(int stepId) {
    fork("step-" + jobId() + "." + stepId, () -> runStep(stepId));
  }

  private Thread fork(String name, Body body) {
    try (var _ = guard.hold()) {
      Thread thread =
          Thread.ofVirtual()
              .name(name)
              .unstarted(
                  () -> {
                    try {
                      body.run();
                    } catch (InterruptedException e) {
                      LOG.debugf("%s let go", name);
                    } catch (RuntimeException e) {
                      LOG.errorf(e, "%s failed; a restart of cranelet takes it up again", name);
                    }
                  });
      threads.removeIf(t -> !t.isAlive());
      threads.add(thread);
      thread.start();
      return thread;
    }
  }
}
