package org.cranelet.job;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.cranelet.os.BootMoment;
import org.cranelet.os.User;
import org.cranelet.pod.StepRef;
import org.cranelet.workspace.StepLogReader;
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

  private final JobLedger ledger;
  private final Engine engine;
  private final Reporter reporter;
  private final ToLongFunction<User> logShare;
  private final PodKeeper pod;
  private final List<Thread> threads = new ArrayList<>(); // guarded by the ledger
  private final Set<Integer> done = new HashSet<>(); // steps that left nothing; guarded likewise
  private boolean closed; // no more steps; guarded likewise

  /**
   * @param logShare what a running step of a user may keep of its output, in bytes
   */
  JobRunner(Engine engine, Reporter reporter, ToLongFunction<User> logShare, JobRecord record) {
    this.engine = engine;
    this.reporter = reporter;
    this.logShare = logShare;
    this.ledger = new JobLedger(engine.journal(), record);
    this.pod = new PodKeeper(engine, this);
  }

  public long jobId() {
    return view().jobId();
  }

  public JobRecord view() {
    return ledger.view();
  }

  /** What each of its running steps may keep of its output, in bytes. */
  long logShare() {
    return logShare.applyAsLong(view().spec().owner());
  }

  StepLogReader log(int stepId) {
    return new StepLogReader(engine.logs(), jobId(), stepId);
  }

  // ---- what others ask of a job ----

  /**
   * Runs the job, or goes on with it after a restart. Its resources are its own from now on.
   *
   * @return false if it has ended meanwhile
   */
  public boolean start() {
    try (var _ = ledger.hold()) {
      if (view().ended()) {
        return false;
      }
      if (view().admittedAt().isEmpty()) {
        ledger.write(r -> r.withAdmittedAt(Instant.now()));
      }
      fork("job-" + jobId(), this::run);
      for (StepRecord step : view().steps()) {
        if (step.spec().stepId() != StepSpec.PRIMARY) {
          forkStep(step.spec().stepId());
        }
      }
      return true;
    }
  }

  /**
   * Adds a step to the running job; its id.
   *
   * @throws NotRunning if the job waits still, or is about to end
   * @throws IOException if the step cannot be recorded; it is not added then
   */
  public int append(NewStep draft) throws NotRunning, IOException {
    try (var _ = ledger.hold()) {
      JobRecord record = view();
      if (record.admittedAt().isEmpty()) {
        throw new NotRunning("job " + record.jobId() + " does not run yet");
      }
      if (closed || record.steps().getFirst().outcome().isPresent()) {
        throw new NotRunning("job " + record.jobId() + " has ended");
      }
      int stepId = record.steps().getLast().spec().stepId() + 1;
      StepRecord step = StepRecord.of(draft.spec().withStepId(stepId));
      NewStep.record(
          engine.logins(),
          new StepRef(record.jobId(), stepId),
          draft,
          () -> ledger.writeOrRefuse(r -> r.withStep(step)));
      forkStep(stepId);
      return stepId;
    }
  }

  /** Wants the job to end; what waits ends at once. */
  public void cancel(StopIntent intent) {
    try (var _ = ledger.hold()) {
      if (view().ended()) {
        return;
      }
      if (view().admittedAt().isPresent()) {
        stop(StepSpec.PRIMARY, intent);
        return;
      }
      Outcome end = Outcome.neverStarted(intent.state(), intent.reason());
      ledger.write(r -> r.withStep(r.steps().getFirst().withOutcome(end)).withOutcome(end));
      engine.logins().forget(new StepRef(jobId(), StepSpec.PRIMARY));
    }
    report(); // not under our lock: it lets other jobs start
  }

  /**
   * Wants a step to end.
   *
   * @return whether it had not ended yet
   */
  public boolean stop(int stepId, StopIntent intent) {
    try (var _ = ledger.hold()) {
      StepRecord step = view().step(stepId).orElseThrow();
      if (step.outcome().isPresent()) {
        return false;
      }
      StopIntent wanted = step.stop().map(before -> before.and(intent)).orElse(intent);
      if (!step.stop().equals(Optional.of(wanted))) {
        ledger.write(r -> r.withStep(step.withStop(wanted)));
      }
      return true;
    }
  }

  /** A record together with its revision, to wait for the next one. */
  public record Seen(JobRecord record, long revision) {}

  public Seen seen() {
    return ledger.seen();
  }

  /** Waits for a record newer than the one seen, or until the time is over. */
  public Seen awaitChange(Seen last, Duration most) throws InterruptedException {
    return ledger.awaitChange(last, most);
  }

  /** Lets go of the job because the daemon stops; what runs, runs on. */
  void release() {
    try (var _ = ledger.hold()) {
      threads.forEach(Thread::interrupt);
    }
  }

  /**
   * Records what the disk refused before.
   *
   * @return false if it refuses still
   */
  boolean catchUp() {
    return ledger.catchUp();
  }

  // ---- the job's life ----

  private void run() throws InterruptedException {
    ledger.awaitWritten();
    Thread limit = fork("limit-" + jobId(), this::enforceTimeLimit);
    runStep(StepSpec.PRIMARY);
    limit.interrupt();
    closeAndStopAppended();
    awaitAllSteps();
    removePod();
    Outcome end = view().steps().getFirst().outcome().orElseThrow();
    ledger.write(r -> r.withOutcome(end));
    report();
  }

  private void report() {
    JobRecord record = view();
    Outcome end = record.outcome().orElseThrow();
    reporter.jobEnded(record);
    LOG.infof(
        "job=%d user=%s ended: %s exit=%d%s",
        record.jobId(),
        record.spec().owner().name(),
        end.state(),
        end.exitCode(),
        end.reason().isEmpty() ? "" : ": " + end.reason());
  }

  private void runStep(int stepId) throws InterruptedException {
    new StepRunner(engine, this, pod, stepId).run();
    stepDone(stepId);
  }

  private void removePod() throws InterruptedException {
    try {
      pod.remove();
    } catch (RuntimeException e) { // what is left is found by LeftOvers; the job has ended
      LOG.warnf("job=%d left a sandbox or a cgroup: %s", jobId(), e.toString());
    }
  }

  private void closeAndStopAppended() {
    try (var _ = ledger.hold()) {
      closed = true;
      StopIntent intent =
          new StopIntent(
              State.CANCELLED,
              engine.settings().stopGrace().toSeconds(),
              "its job's primary step ended");
      for (StepRecord step : view().steps()) {
        if (step.outcome().isEmpty()) {
          stop(step.spec().stepId(), intent);
        }
      }
    }
  }

  private void stepDone(int stepId) {
    try (var _ = ledger.hold()) {
      done.add(stepId);
      ledger.changed();
    }
  }

  private void awaitAllSteps() throws InterruptedException {
    try (var _ = ledger.hold()) {
      while (done.size() < view().steps().size()) {
        ledger.await();
      }
    }
  }

  private void enforceTimeLimit() throws InterruptedException {
    Optional<Long> limit = view().spec().timeLimitSeconds();
    if (limit.isEmpty()) {
      return;
    }
    BootMoment start = awaitStartRequested();
    if (!start.sameBoot(engine.now().get())) {
      return; // it died with the machine
    }
    Duration left = Duration.ofSeconds(limit.get()).minus(engine.now().get().since(start));
    Thread.sleep(left.isNegative() ? Duration.ZERO : left);
    LOG.infof("job=%d is over its time limit of %d s", jobId(), limit.get());
    cancel(
        new StopIntent(
            State.EXCEED_TIME_LIMIT,
            engine.settings().stopGrace().toSeconds(),
            "over its time limit of " + limit.get() + " s"));
  }

  private BootMoment awaitStartRequested() throws InterruptedException {
    try (var _ = ledger.hold()) {
      while (view().steps().getFirst().startRequestedAt().isEmpty()) {
        ledger.await();
      }
      return view().steps().getFirst().startRequestedAt().orElseThrow();
    }
  }

  // ---- what its steps tell ----

  void phase(int stepId, State phase) {
    ledger.note(r -> r.withStep(r.step(stepId).orElseThrow().withPhase(phase)));
  }

  /** Recorded for good when this returns: from now on the container may have been started. */
  void startRequested(int stepId) throws InterruptedException {
    BootMoment now = engine.now().get();
    ledger.write(r -> r.withStep(r.step(stepId).orElseThrow().withStartRequested(now)));
    ledger.awaitWritten();
  }

  void started(int stepId, Instant at) {
    try (var _ = ledger.hold()) {
      StepRecord step = view().step(stepId).orElseThrow();
      if (step.startedAt().isEmpty()) {
        ledger.note(r -> r.withStep(step.withStartedAt(at)));
        LOG.infof("job=%d step=%d user=%s started", jobId(), stepId, view().spec().owner().name());
      }
    }
  }

  /** Recorded for good when this returns: what told the end may be removed now. */
  void ended(int stepId, Outcome outcome) throws InterruptedException {
    ledger.write(r -> r.withStep(r.step(stepId).orElseThrow().withOutcome(outcome)));
    ledger.awaitWritten();
  }

  /** Recorded for good when this returns: a sandbox with this uid may be there now. */
  JobRecord newPodTry(String uid) throws InterruptedException {
    ledger.write(r -> r.withPodTry(uid, r.podUid().isEmpty() ? 0 : r.podAttempt() + 1));
    ledger.awaitWritten();
    return view();
  }

  /** Waits for a wish to stop this step that is not {@code known}. */
  StopIntent awaitStop(int stepId, Optional<StopIntent> known) throws InterruptedException {
    try (var _ = ledger.hold()) {
      while (true) {
        Optional<StopIntent> intent = view().step(stepId).orElseThrow().stop();
        if (intent.isPresent() && !intent.equals(known)) {
          return intent.get();
        }
        ledger.await();
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

  // ---- threads ----

  private interface Body {
    void run() throws InterruptedException;
  }

  private void forkStep(int stepId) {
    fork("step-" + jobId() + "." + stepId, () -> runStep(stepId));
  }

  private Thread fork(String name, Body body) {
    try (var _ = ledger.hold()) {
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
