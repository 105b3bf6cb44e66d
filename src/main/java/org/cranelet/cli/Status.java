package org.cranelet.cli;

import java.time.Duration;
import java.time.Instant;
import org.cranelet.cli.term.Words;
import org.cranelet.proto.crane.JobInfo;
import org.cranelet.proto.crane.JobStatus;
import org.cranelet.proto.crane.StepInfo;

/** The STATUS column, docker's way: {@code Running 3m}, {@code Completed (0) 5s ago}. */
final class Status {
  private Status() {}

  static boolean ended(JobStatus status) {
    return switch (status) {
      case Completed, Failed, ExceedTimeLimit, Cancelled, OutOfMemory -> true;
      default -> false;
    };
  }

  static String of(JobInfo job, StepInfo step, Instant now) {
    JobStatus status = step.getStatus();
    if (status == JobStatus.Pending) {
      return pending(job);
    }
    if (ended(status)) {
      return status.name()
          + " ("
          + step.getExitCode()
          + ") "
          + Words.ago(Duration.between(PsCommand.instant(step.getEndTime()), now));
    }
    return step.hasStartTime()
        ? status.name()
            + " "
            + Words.duration(Duration.between(PsCommand.instant(step.getStartTime()), now))
        : status.name();
  }

  static String of(JobInfo job, Instant now) {
    JobStatus status = job.getStatus();
    if (status == JobStatus.Pending) {
      return pending(job);
    }
    if (ended(status)) {
      return status.name()
          + " ("
          + job.getExitCode()
          + ") "
          + Words.ago(Duration.between(PsCommand.instant(job.getEndTime()), now));
    }
    return status.name();
  }

  private static String pending(JobInfo job) {
    return job.getPendingReason().isEmpty() ? "Pending" : "Pending: " + job.getPendingReason();
  }
}
