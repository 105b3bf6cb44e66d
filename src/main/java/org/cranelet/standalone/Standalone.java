package org.cranelet.standalone;

import java.io.IOException;
import java.util.Optional;
import org.cranelet.config.CraneConfig;
import org.cranelet.config.Partition;
import org.cranelet.job.Engine;
import org.cranelet.job.JobRecord;
import org.cranelet.job.JobRunner;
import org.cranelet.job.JobSpec;
import org.cranelet.job.Jobs;
import org.cranelet.job.Reporter;
import org.cranelet.job.StepSpec;
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

  /** Reads the journal: what ran goes on at {@link #resume}, what waited waits again, in order. */
  public Standalone(CraneConfig config, Engine engine) throws IOException {
    this.config = config;
    this.engine = engine;
    this.sizing = new Sizing(config);
    this.admission = new Admission(config.node());
    this.jobs = new Jobs(engine, this);
  }

  public Jobs jobs() {
    return jobs;
  }

  /** Goes on with all jobs of the journal that have not ended. */
  public void resume() {
    for (JobRunner job : jobs.all()) {
      JobRecord record = job.view();
      if (record.ended()) {
        continue;
      }
      if (record.admittedAt().isPresent()) {
        admission.adopt(record.jobId(), record.spec().resources());
        LOG.infof("job=%d goes on", record.jobId());
        job.start();
      } else {
        admission.enqueue(record.jobId(), record.spec().resources());
      }
    }
    admit();
  }

  /**
   * Takes a job on; it is recorded when this returns.
   *
   * @throws Refusal if it can never run, or not be recorded
   */
  public JobRunner submit(Submission s) throws Refusal {
    Partition partition = sizing.partition(s.resources().partition());
    Resources resources = sizing.resources(s.resources(), partition);
    if (admission.waiting() >= config.pendingQueueMaxSize()) {
      throw new Refusal(
          Refusal.Kind.QUEUE_FULL, config.pendingQueueMaxSize() + " jobs wait already; try later");
    }
    JobRunner job = accept(s, partition, resources);
    admission.enqueue(job.jobId(), resources);
    LOG.infof("job=%d user=%s submitted", job.jobId(), s.owner().name());
    admit();
    return job;
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
  public int append(JobRunner job, StepSpec step) throws Refusal {
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
    return job.admittedAt().isPresent() || job.ended()
        ? Optional.empty()
        : Optional.of(admission.reason(job.jobId()));
  }

  @Override
  public void jobEnded(JobRecord job) {
    engine.meters().jobEnded(job.state().toString());
    admission.release(job.jobId());
    admit();
  }

  private void admit() {
    for (Optional<Long> next = admission.admitNext();
        next.isPresent();
        next = admission.admitNext()) {
      jobs.find(next.get()).ifPresent(JobRunner::start);
    }
  }
}
