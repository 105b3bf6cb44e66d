package org.cranelet.job;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.cranelet.cri.CriException;
import org.cranelet.pod.StepRef;
import org.cranelet.workspace.StepLogs;
import org.jboss.logging.Logger;

/**
 * Keeps the log of one running container within its limits: the step's own, and its share of what
 * its user may have.
 */
final class LogRotation {
  private static final Logger LOG = Logger.getLogger(LogRotation.class);
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Of a share, the part for what is being written; the rest is for what was set aside. */
  private static final double CURRENT = 0.25;

  private final Engine engine;
  private final JobRunner job;
  private final StepRef step;
  private final String container;

  /** The runtime writes to the file that has the log's name. */
  private boolean reopened;

  private boolean refused; // and said so

  LogRotation(Engine engine, JobRunner job, StepRef step, String container) {
    this.engine = engine;
    this.job = job;
    this.step = step;
    this.container = container;
  }

  /** Looks at the log again and again; ends when the thread is interrupted. */
  void run() {
    try {
      begin();
      while (true) {
        look();
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it has ended, or the daemon stops
    } finally {
      engine.logs().leftOldParts(step.jobId(), step.stepId());
    }
  }

  private void begin() {
    try {
      reopened = !engine.logs().mayStillWriteOldPart(step.jobId(), step.stepId());
    } catch (IOException e) {
      LOG.debugf("step=%s: its log cannot be looked at: %s", step, e.getMessage());
    }
  }

  /** What the disk refuses now is tried again at the next look. */
  private void look() {
    try {
      reopened = reopened || reopen();
      if (reopened && isLarge()) {
        reopened = false;
        JobSpec spec = job.view().spec();
        engine.logs().setAside(step.jobId(), step.stepId(), spec.owner(), spec.gid());
        reopened = reopen();
      }
      if (reopened) {
        dropOldest(); // the parts are their user's, who may have written to them
      }
      refused = false;
    } catch (IOException e) {
      if (!refused) {
        LOG.warnf("step=%s: its log cannot be rotated, trying again: %s", step, e.getMessage());
      }
      refused = true;
    }
  }

  private boolean isLarge() throws IOException {
    long size = Files.size(engine.logs().file(step.jobId(), step.stepId()));
    return size >= engine.settings().logs().maxSize()
        || size >= CURRENT * engine.settings().perUser().leastShare()
            && size >= CURRENT * job.logShare();
  }

  /** While the runtime will not, it goes on in the old file, and so do those who read it. */
  private boolean reopen() throws IOException {
    StepLogs logs = engine.logs();
    try {
      JobSpec spec = job.view().spec();
      logs.ensure(step.jobId(), step.stepId(), spec.owner(), spec.gid());
      engine.runtime().reopenContainerLog(container);
    } catch (CriException e) {
      LOG.debugf("step=%s: its log cannot be reopened yet: %s", step, e.getMessage());
      return false;
    }
    logs.leftOldParts(step.jobId(), step.stepId());
    return true;
  }

  private void dropOldest() throws IOException {
    StepLogs logs = engine.logs();
    long most = (long) ((1 - CURRENT) * job.logShare());
    logs.dropOldest(step.jobId(), step.stepId(), engine.settings().logs().maxFiles(), most);
  }
}
