package org.cranelet.job;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.cranelet.cri.CriException;
import org.cranelet.pod.StepRef;
import org.cranelet.workspace.StepLogs;
import org.jboss.logging.Logger;

/** Keeps the log of one running container within its limits. */
final class LogRotation {
  private static final Logger LOG = Logger.getLogger(LogRotation.class);
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Engine engine;
  private final JobSpec job;
  private final StepRef step;
  private final String container;

  LogRotation(Engine engine, JobSpec job, StepRef step, String container) {
    this.engine = engine;
    this.job = job;
    this.step = step;
    this.container = container;
  }

  /** Looks at the log again and again; ends when the thread is interrupted. */
  void run() {
    StepLogs logs = engine.logs();
    try {
      boolean reopened = !logs.mayStillWriteOldPart(step.jobId(), step.stepId());
      while (true) {
        reopened = reopened || reopen();
        Thread.sleep(LOOK);
        if (reopened && isLarge()) {
          logs.setAside(step.jobId(), step.stepId(), job.owner(), job.gid());
          reopened = false;
        }
      }
    } catch (IOException e) {
      LOG.warnf("step=%s: its log is not rotated: %s", step, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it has ended, or the daemon stops
    } finally {
      logs.leftOldParts(step.jobId(), step.stepId());
    }
  }

  private boolean isLarge() throws IOException {
    return Files.size(engine.logs().file(step.jobId(), step.stepId()))
        >= engine.settings().logs().maxSize();
  }

  /** While the runtime will not, it goes on in the old file, and so do those who read it. */
  private boolean reopen() throws IOException {
    StepLogs logs = engine.logs();
    try {
      logs.ensure(step.jobId(), step.stepId(), job.owner(), job.gid());
      engine.runtime().reopenContainerLog(container);
    } catch (CriException e) {
      LOG.debugf("step=%s: its log cannot be reopened yet: %s", step, e.getMessage());
      return false;
    }
    logs.leftOldParts(step.jobId(), step.stepId());
    logs.dropOldest(step.jobId(), step.stepId(), engine.settings().logs().maxFiles());
    return true;
  }
}
