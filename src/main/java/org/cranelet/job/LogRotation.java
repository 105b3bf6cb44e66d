package org.cranelet.job;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.cranelet.config.StepLogLimits;
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
      if (logs.mayStillWriteOldPart(step.jobId(), step.stepId())) {
        reopen();
      }
      while (true) {
        Thread.sleep(LOOK);
        rotateIfLarge();
      }
    } catch (IOException | CriException e) {
      LOG.warnf("step=%s: its log is not rotated any more: %s", step, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it has ended, or the daemon stops
    } finally {
      logs.leftOldParts(step.jobId(), step.stepId());
    }
  }

  private void rotateIfLarge() throws IOException, InterruptedException {
    StepLogs logs = engine.logs();
    StepLogLimits limits = engine.settings().logs();
    if (Files.size(logs.file(step.jobId(), step.stepId())) < limits.maxSize()) {
      return;
    }
    logs.setAside(step.jobId(), step.stepId(), job.owner(), job.gid());
    reopen();
    logs.dropOldest(step.jobId(), step.stepId(), limits.maxFiles());
  }

  /** While the runtime is away it goes on in the old file, and so do those who read it. */
  private void reopen() throws InterruptedException {
    Patiently.run(() -> engine.runtime().reopenContainerLog(container));
    engine.logs().leftOldParts(step.jobId(), step.stepId());
  }
}
