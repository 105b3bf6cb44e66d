package org.cranelet.standalone;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.cranelet.config.CraneConfig;
import org.cranelet.config.Partition;
import org.cranelet.job.Engine;
import org.cranelet.job.JobRecord;
import org.cranelet.job.JobRunner;
import org.cranelet.job.JobSpec;
import org.cranelet.job.Jobs;
import org.cranelet.job.NewStep;
import org.cranelet.job.Reporter;
import org.cranelet.os.Guard;
import org.cranelet.os.User;
import org.cranelet.pod.PortMapping;
import org.cranelet.pod.Resources;
import org.jboss.logging.Logger;

/** The cluster of one node: takes submissions, lets jobs run when there is room. */
public final class Standalone implements Reporter {
  private static final Logger LOG = Logger.getLogger(Standalone.class);

  private final CraneConfig config;
  private final Engine engine;
  private final Sizing sizing;
  private final Admission admission;
  private final Jobs jobs;
  private final UserLimits limits;
  private final Drain drain;
  private final Supplier<String> runtimeProblem;

  /** Held from the look at the ports of all jobs until there is one more. */
  private final Guard ports = new Guard();

  /**
   * Reads the journal: what ran goes on at {@link #goOn}, what waited waits again, in order.
   *
   * @param drainFile where it stands that the node is drained
   * @param runtimeProblem why the runtime is not ready; empty if it is
   */
  public Standalone(
      CraneConfig config, Engine engine, Path drainFile, Supplier<String> runtimeProblem)
      throws IOException {
    this.config = config;
    this.engine = engine;
    this.runtimeProblem = runtimeProblem;
    this.sizing = new Sizing(config);
    this.drain = new Drain(drainFile);
    this.jobs = new Jobs(engine, this);
    this.limits = new UserLimits(config.container().perUser(), jobs);
    this.admission = new Admission(config.node(), this::limitsNow);
  }

  /** Whether the owner of a job may run one more; each user is looked at once. */
  private LongPredicate limitsNow() {
    Map<Integer, Boolean> byUser = new HashMap<>();
    return jobId -> {
      Optional<User> owner = jobs.find(jobId).map(j -> j.view().spec().owner());
      return owner.isEmpty()
          || byUser.computeIfAbsent(owner.get().uid(), uid -> limits.mayRunMore(owner.get()));
    };
  }

  public Jobs jobs() {
    return jobs;
  }

  /** Goes on with all jobs of the journal that have not ended. */
  public void goOn() {
    List<JobRunner> admitted = new ArrayList<>();
    for (JobRunner job : jobs.all()) {
      JobRecord record = job.view();
      if (record.ended()) {
        continue;
      }
      if (record.admittedAt().isPresent()) {
        admission.adopt(record.jobId(), record.spec().resources());
        admitted.add(job);
      } else {
        admission.enqueue(record.jobId(), record.spec().resources());
      }
    }
    // All are counted before the first can end and make room.
    for (JobRunner job : admitted) {
      LOG.infof("job=%d goes on", job.jobId());
      job.start();
    }
    admit();
  }

  /**
   * Takes a job on; it is recorded when this returns.
   *
   * @throws Refusal if it can never run, or not be recorded
   */
  public JobRunner submit(Submission s) throws Refusal {
    requireOpen();
    Partition partition = sizing.partition(s.resources().partition());
    Resources resources = sizing.resources(s.resources(), partition);
    if (admission.waiting() >= config.pendingQueueMaxSize()) {
      throw new Refusal(
          Refusal.Kind.QUEUE_FULL, config.pendingQueueMaxSize() + " jobs wait already; try later");
    }
    limits.requireRoomForJob(s.owner());
    JobRunner job;
    try (var _ = ports.hold()) {
      requireFreePorts(s.pod().ports());
      job = accept(s, partition, resources);
    }
    admission.enqueue(job.jobId(), resources);
    LOG.infof("job=%d user=%s submitted", job.jobId(), s.owner().name());
    admit();
    return job;
  }

  /** Forwarding would give all to the first, and the second would never know. */
  private void requireFreePorts(List<PortMapping> wanted) throws Refusal {
    for (PortMapping port : wanted) {
      Refusal.invalidIf(
          jobs.all().stream()
              .map(JobRunner::view)
              .filter(job -> !job.ended())
              .flatMap(job -> job.spec().pod().ports().stream())
              .anyMatch(port::clashesWith),
          "host port " + port.host() + " is another job's: choose another");
    }
  }

  private void requireOpen() throws Refusal {
    if (drain.reason().isPresent()) {
      throw new Refusal(Refusal.Kind.DRAINED, drained(drain.reason().get()));
    }
    if (config.container().refuseWhileRuntimeAway() && !runtimeProblem.get().isEmpty()) {
      throw new Refusal(Refusal.Kind.RUNTIME_AWAY, runtimeProblem.get());
    }
  }

  private static String drained(String reason) {
    return "the node is drained" + (reason.isEmpty() ? "" : ": " + reason);
  }

  private JobRunner accept(Submission s, Partition partition, Resources resources) throws Refusal {
    try {
      return jobs.accept(
          id ->
              new JobSpec(
                  id,
                  s.name(),
                  partition.name(),
                  s.owner(),
                  s.gid(),
                  resources,
                  s.timeLimitSeconds(),
                  config.node().name(),
                  s.submitHost(),
                  s.submittedAt(),
                  s.pod()),
          s.primary());
    } catch (IOException e) {
      throw new Refusal(
          Refusal.Kind.SYSTEM, "the job cannot be recorded on this node: " + e.getMessage());
    }
  }

  /**
   * Adds a step to a running job; its id.
   *
   * @throws Refusal if the job does not run
   */
  public int append(JobRunner job, NewStep step) throws Refusal {
    requireOpen();
    limits.requireRoomForStep(job.view().spec().owner());
    limits.requireRoomOnDisk(job.view().spec().owner());
    limits.requireRoomInRecord(job);
    try {
      return job.append(step);
    } catch (JobRunner.NotRunning e) {
      throw new Refusal(Refusal.Kind.NOT_RUNNING, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new Refusal(
          Refusal.Kind.SYSTEM, "the step cannot be recorded on this node: " + e.getMessage());
    }
  }

  /** Why a job waits; empty if it does not. */
  public Optional<String> pendingReason(JobRecord job) {
    return pendingReason(job, admission::reason);
  }

  /** {@link #pendingReason} for many jobs, as it is now: the line is looked at once. */
  public Function<JobRecord, Optional<String>> pendingReasons() {
    Map<Long, String> reasons = admission.reasons();
    return job -> pendingReason(job, id -> reasons.getOrDefault(id, ""));
  }

  private Optional<String> pendingReason(JobRecord job, LongFunction<String> inLine) {
    if (job.ended() || job.steps().getFirst().startRequested()) {
      return Optional.empty();
    }
    if (job.waits()) {
      return Optional.of(
          drain.reason().map(Standalone::drained).orElseGet(() -> inLine.apply(job.jobId())));
    }
    return Optional.of(runtimeProblem.get()).filter(problem -> !problem.isEmpty());
  }

  /** Takes no new work, until {@link #resume}; what waits, waits on; what runs, runs on. */
  public void drain(String reason) throws IOException {
    drain.begin(reason);
    LOG.infof("drained: %s", reason);
  }

  /** Takes new work again. */
  public void resume() throws IOException {
    drain.end();
    LOG.info("takes new work again");
    admit();
  }

  /** Why the node takes no new work; absent if it does. */
  public Optional<String> drainReason() {
    return drain.reason();
  }

  @Override
  public void jobEnded(JobRecord job) {
    engine.meters().jobEnded(job.state().toString());
    admission.release(job.jobId());
    admit();
  }

  /**
   * Does what nobody tells it to: records what the disk refused, lets in whom a limit held back.
   */
  public void lookAgain() {
    jobs.catchUp();
    admit();
  }

  private void admit() {
    while (drain.reason().isEmpty()) {
      Optional<Long> next = admission.admitNext();
      if (next.isEmpty()) {
        return;
      }
      if (!jobs.find(next.get()).map(JobRunner::start).orElse(false)) {
        admission.release(next.get()); // cancelled meanwhile
      }
    }
  }
}
