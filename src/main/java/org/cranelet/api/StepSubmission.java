package org.cranelet.api;

import java.util.Optional;
import org.cranelet.job.JobRecord;
import org.cranelet.job.JobRunner;
import org.cranelet.job.StepSpec;
import org.cranelet.job.StopIntent;
import org.cranelet.proto.crane.StepToCtld;
import org.cranelet.proto.node.AppendStepReply;
import org.cranelet.standalone.Refusal;
import org.cranelet.standalone.Standalone;

/** Adds steps to jobs and stops them; both services do. */
final class StepSubmission {
  private final Standalone cluster;
  private final Access access;
  private final SubmissionMapping submissions;

  StepSubmission(Standalone cluster, Access access, SubmissionMapping submissions) {
    this.access = access;
    this.cluster = cluster;
    this.submissions = submissions;
  }

  AppendStepReply append(Caller caller, StepToCtld step) {
    try {
      JobRunner job = live(caller, step);
      StepSpec primary = job.view().steps().getFirst().spec();
      int stepId = cluster.append(job, submissions.step(step, primary.identity()));
      Audit.log(caller, "append", "step=" + job.jobId() + "." + stepId, "ok");
      return AppendStepReply.newBuilder().setOk(true).setStepId(stepId).build();
    } catch (Refusal e) {
      Audit.log(caller, "append", "job=" + step.getJobId(), "refused: " + e.getMessage());
      return AppendStepReply.newBuilder()
          .setCode(ErrCodes.of(e))
          .setReason(String.valueOf(e.getMessage()))
          .build();
    }
  }

  private JobRunner live(Caller caller, StepToCtld step) throws Refusal {
    if (step.getUid() != caller.user().uid() && !caller.isRoot()) {
      throw new Refusal(
          Refusal.Kind.PERMISSION,
          "user " + caller.user().name() + " cannot submit as uid " + step.getUid());
    }
    Optional<JobRunner> job = access.find(caller, step.getJobId());
    JobRecord record =
        job.map(JobRunner::view)
            .orElseThrow(() -> new Refusal(Refusal.Kind.NOT_FOUND, "no job " + step.getJobId()));
    if (record.ended()) {
      throw new Refusal(Refusal.Kind.NOT_RUNNING, "job " + step.getJobId() + " has ended");
    }
    return job.get();
  }

  /** Stopping the primary step is stopping the job, also while it waits. */
  static boolean stop(JobRunner job, int stepId, StopIntent intent) {
    JobRecord record = job.view();
    if (stepId == StepSpec.PRIMARY && record.waits()) {
      job.cancel(intent);
      return true;
    }
    return job.stop(stepId, intent);
  }
}
