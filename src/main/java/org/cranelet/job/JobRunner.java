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

  private final Engine engine;
  private final Reporter reporter;
  private final PodKeeper pod;
  private final List<Thread> threads = new ArrayList<>(); // guarded by this
  private final Set<Integer> done = new HashSet<>(); // steps that left nothing; guarded by this
  private JobRecord record; // guarded by this
  private long revision; // guarded by this
  private boolean closed; // no more steps; guarded by this

  JobRunner(Engine engine, Reporter reporter, JobRecord record) {
    this.engine = engine;
    this.reporter = reporter;
    this.record = record;
    this.pod = new PodKeeper(engine, this);
  }

  public long jobId() {
    return view().jobId();
  }

  public synchronized JobRecord view() {
    return record;
  }

  Path logFile(int stepId) {
    return engine.logs().file(jobId(), stepId);
  }

  // ---- what others ask of a job ----

  /** Runs the job, or goes on with it after a restart. Its resources are its own from now on. */
  public synchronized void start() {
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

  /**
   * Adds a step to the running job; its id.
   *
   * @throws NotRunning if the job waits still, or is about to end
   * @throws IOException if the step cannot be recorded; it is not added then
   */
  public synchronized int append(StepSpec draft) throws NotRunning, IOException {
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

  /** Wants the job to end; what waits ends at once. */
  public synchronized void cancel(StopIntent intent) {
    if (record.ended()) {
      return;
    }
    if (record.admittedAt().isEmpty()) {
      Outcome end = Outcome.neverStarted(intent.state(), intent.reason());
      StepRecord primary = record.steps().getFirst();
      update(r -> r.withStep(primary.withOutcome(end)).withOutcome(end), true);
      reporter.jobEnded(record);
      return;
    }
    stop(StepSpec.PRIMARY, intent);
  }

  /**
   * Wants a step to end.
   *
   * @return whether it had not ended yet
   */
  public synchronized boolean stop(int stepId, StopIntent intent) {
    StepRecord step = record.step(stepId).orElseThrow();
    if (step.outcome().isPresent()) {
      return false;
    }
    update(r -> r.withStep(step.withStop(intent)), true);
    return true;
  }

  /** A record together with its revision, to wait for the next one. */
  public record Seen(JobRecord record, long revision) {}

  public synchronized Seen seen() {
    return new Seen(record, revision);
  }

  /** Waits for a record newer than the one seen, or until the time is over. */
  public synchronized Seen awaitChange(Seen last, Duration most) throws InterruptedException {
    long until = System.nanoTime() + most.toNanos();
    while (revision == last.revision()) {
      long left = until - System.nanoTime();
      if (left <= 0) {
        break;
      }
      wait(Math.max(1, left / 1_000_000));
    }
    return seen();
  }

  /** Lets go of the job because the daemon stops; what runs, runs on. */
  synchronized void release() {
    threads.forEach(Thread::interrupt);
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

  private synchronized void closeAndStopAppended() {
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

  private synchronized void stepDone(int stepId) {
    done.add(stepId);
    notifyAll();
  }

  private synchronized void awaitAllSteps() throws InterruptedException {
    while (done.size() < record.steps().size()) {
      wait();
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

  private synchronized Instant awaitStarted(int stepId) throws InterruptedException {
    while (record.step(stepId).orElseThrow().startedAt().isEmpty()) {
      wait();
    }
    return record.step(stepId).orElseThrow().startedAt().orElseThrow();
  }

  // ---- what its steps tell ----

  synchronized void phase(int stepId, State phase) {
    update(r -> r.withStep(r.step(stepId).orElseThrow().withPhase(phase)), false);
  }

  synchronized void startRequested(int stepId) {
    update(r -> r.withStep(r.step(stepId).orElseThrow().withStartRequested()), true);
  }

  synchronized void started(int stepId, Instant at) {
    StepRecord step = record.step(stepId).orElseThrow();
    if (step.startedAt().isEmpty()) {
      update(r -> r.withStep(step.withStartedAt(at)), false);
      LOG.infof("job=%d step=%d user=%s started", jobId(), stepId, record.spec().owner().name());
    }
  }

  synchronized void ended(int stepId, Outcome outcome) {
    update(r -> r.withStep(r.step(stepId).orElseThrow().withOutcome(outcome)), true);
  }

  synchronized JobRecord newPodTry(String uid) {
    update(r -> r.withPodTry(uid, r.podUid().isEmpty() ? 0 : r.podAttempt() + 1), false);
    return record;
  }

  /** Waits for a wish to stop this step that is not {@code known}. */
  synchronized StopIntent awaitStop(int stepId, Optional<StopIntent> known)
      throws InterruptedException {
    while (true) {
      Optional<StopIntent> intent = record.step(stepId).orElseThrow().stop();
      if (intent.isPresent() && !intent.equals(known)) {
        return intent.get();
      }
      wait();
    }
  }

  /**
   * Runs {@code action} once somebody wants the step to end, as long as the caller's thread of the
   * job lives.
   */
  void whenStopped(int stepId, Runnable action) {
    fork(
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
  private synchronized void update(Function<JobRecord, JobRecord> change, boolean force) {
    record = change.apply(record);
    try {
      engine.journal().write(record, force);
    } catch (IOException e) {
      // The job goes on; the next change writes the whole record again.
      LOG.errorf("job=%d cannot be recorded, trying again: %s", record.jobId(), e.getMessage());
    }
    changed();
  }

  private synchronized void changed() {
    revision++;
    notifyAll();
  }

  // ---- threads ----

  private interface Body {
    void run() throws InterruptedException;
  }

  private void forkStep(int stepId) {
    fork("step-" + jobId() + "." + stepId, () -> runStep(stepId));
  }

  private synchronized Thread fork(String name, Body body) {
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
