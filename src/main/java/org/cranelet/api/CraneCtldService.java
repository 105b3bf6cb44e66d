package org.cranelet.api;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.cranelet.job.JobRecord;
import org.cranelet.job.JobRunner;
import org.cranelet.job.State;
import org.cranelet.job.StepRecord;
import org.cranelet.job.StopIntent;
import org.cranelet.os.User;
import org.cranelet.proto.crane.CancelJobReply;
import org.cranelet.proto.crane.CancelJobRequest;
import org.cranelet.proto.crane.CancelledJobStep;
import org.cranelet.proto.crane.CraneCtldGrpc;
import org.cranelet.proto.crane.ErrCode;
import org.cranelet.proto.crane.JobIdSelector;
import org.cranelet.proto.crane.JobInfo;
import org.cranelet.proto.crane.JobStatus;
import org.cranelet.proto.crane.JobType;
import org.cranelet.proto.crane.NotCancelledJobStep;
import org.cranelet.proto.crane.QueryJobsInfoReply;
import org.cranelet.proto.crane.QueryJobsInfoRequest;
import org.cranelet.proto.crane.SubmitBatchJobReply;
import org.cranelet.proto.crane.SubmitBatchJobRequest;
import org.cranelet.proto.crane.SubmitContainerStepReply;
import org.cranelet.proto.crane.SubmitContainerStepRequest;
import org.cranelet.proto.node.AppendStepReply;
import org.cranelet.standalone.Refusal;
import org.cranelet.standalone.Standalone;
import org.cranelet.transport.Peer;
import org.cranelet.transport.RpcServer;

/** The part of CraneSched's controller service that container clients use. */
public final class CraneCtldService {
  private static final long CANCEL_GRACE_SECONDS = 10;

  /** Or it is somebody else's: the caller is not told which, and nobody is told that he asked. */
  private static final String NO_SUCH_JOB = "no such job";

  private final Standalone cluster;
  private final Access access;
  private final SubmissionMapping submissions;
  private final StepSubmission steps;

  CraneCtldService(
      Standalone cluster, Access access, SubmissionMapping submissions, StepSubmission steps) {
    this.cluster = cluster;
    this.access = access;
    this.submissions = submissions;
    this.steps = steps;
  }

  void register(RpcServer server) {
    server
        .unary(CraneCtldGrpc.getSubmitBatchJobMethod(), this::submitBatchJob)
        .unary(CraneCtldGrpc.getSubmitContainerStepMethod(), this::submitContainerStep)
        .unary(CraneCtldGrpc.getQueryJobsInfoMethod(), this::queryJobsInfo)
        .unary(CraneCtldGrpc.getCancelJobMethod(), this::cancelJob);
  }

  SubmitBatchJobReply submitBatchJob(Peer peer, SubmitBatchJobRequest request) {
    Caller caller = access.caller(peer);
    try {
      User owner = access.owner(caller, request.getJob().getUid());
      JobRunner job = cluster.submit(submissions.job(request.getJob(), caller, owner));
      Audit.log(caller, "submit", "job=" + job.jobId(), "ok");
      return SubmitBatchJobReply.newBuilder().setOk(true).setJobId((int) job.jobId()).build();
    } catch (Refusal e) {
      Audit.log(caller, "submit", "job", "refused: " + e.getMessage());
      return SubmitBatchJobReply.newBuilder()
          .setCode(ErrCodes.of(e))
          .setReason(String.valueOf(e.getMessage()))
          .build();
    }
  }

  SubmitContainerStepReply submitContainerStep(Peer peer, SubmitContainerStepRequest request) {
    AppendStepReply reply = steps.append(access.caller(peer), request.getStep());
    SubmitContainerStepReply.Builder answer =
        SubmitContainerStepReply.newBuilder()
            .setOk(reply.getOk())
            .setJobId(request.getStep().getJobId());
    return reply.getOk()
        ? answer.setStepId(reply.getStepId()).build()
        : answer.setCode(reply.getCode()).build();
  }

  QueryJobsInfoReply queryJobsInfo(Peer peer, QueryJobsInfoRequest query) {
    Caller caller = access.caller(peer);
    List<JobRecord> found =
        access.visible(caller).stream().map(JobRunner::view).filter(j -> wanted(j, query)).toList();
    Function<JobRecord, Optional<String>> reasons = cluster.pendingReasons();
    List<JobInfo> jobs = found.stream().map(j -> InfoMapping.job(j, reasons.apply(j))).toList();
    int limit = query.getNumLimit();
    int from = limit > 0 && jobs.size() > limit ? jobs.size() - limit : 0;
    return QueryJobsInfoReply.newBuilder()
        .setOk(true)
        .addAllJobInfoList(jobs.subList(from, jobs.size()))
        .build();
  }

  private static boolean wanted(JobRecord job, QueryJobsInfoRequest q) {
    JobStatus status = InfoMapping.status(job.state());
    return (q.getOptionIncludeCompletedJobs() || !job.ended())
        && (q.getFilterJobIdsCount() == 0
            || q.getFilterJobIdsList().stream().anyMatch(s -> s.getJobId() == job.jobId()))
        && in(q.getFilterPartitionsList(), job.spec().partition())
        && in(q.getFilterJobNamesList(), job.spec().name())
        && in(q.getFilterUsersList(), job.spec().owner().name())
        && in(q.getFilterNodenameListList(), job.spec().node())
        && (q.getFilterJobTypesCount() == 0
            || q.getFilterJobTypesList().contains(JobType.Container))
        && (q.getFilterStatesCount() == 0 || q.getFilterStatesList().contains(status));
  }

  private static boolean in(List<String> filter, String value) {
    return filter.isEmpty() || filter.contains(value);
  }

  CancelJobReply cancelJob(Peer peer, CancelJobRequest request) {
    Caller caller = access.caller(peer);
    CancelJobReply.Builder reply = CancelJobReply.newBuilder();
    StopIntent intent =
        new StopIntent(
            State.CANCELLED, CANCEL_GRACE_SECONDS, "cancelled by " + caller.user().name());
    Optional<String> refusal = refusal(caller, request);
    if (refusal.isPresent()) {
      Audit.log(caller, "cancel", "job", "refused: " + refusal.get());
      return refused(caller, request, refusal.get());
    }
    if (request.getFilterJobIdsCount() == 0) {
      matching(caller, request).forEach(job -> cancelWhole(job, intent, reply));
    }
    for (JobIdSelector selector : request.getFilterJobIdsList()) {
      Optional<JobRunner> job = access.find(caller, selector.getJobId());
      if (job.isEmpty()) {
        reply.addNotCancelled(not(selector.getJobId(), NO_SUCH_JOB));
      } else if (selector.getStepsCount() == 0) {
        cancelWhole(job.get(), intent, reply);
      } else {
        selector.getStepsList().forEach(s -> cancelStep(job.get(), s, intent, reply));
      }
    }
    CancelJobReply done = reply.build();
    audit(caller, done);
    return done;
  }

  private static void audit(Caller caller, CancelJobReply done) {
    for (CancelledJobStep c : done.getCancelledList()) {
      if (c.getStepsCount() == 0) {
        Audit.log(caller, "cancel", "job=" + c.getJobId(), "ok");
      }
      c.getStepsList()
          .forEach(s -> Audit.log(caller, "cancel", "step=" + c.getJobId() + "." + s, "ok"));
    }
    for (NotCancelledJobStep n : done.getNotCancelledList()) {
      String on =
          n.hasStepId() ? "step=" + n.getJobId() + "." + n.getStepId() : "job=" + n.getJobId();
      if (!n.getReason().equals(NO_SUCH_JOB)) {
        Audit.log(caller, "cancel", on, n.getReason());
      }
    }
  }

  /** Why nothing of a request is done. */
  private static Optional<String> refusal(Caller caller, CancelJobRequest r) {
    // 0: the client did not say; the kernel told us who he is.
    if (r.getOperatorUid() != 0 && r.getOperatorUid() != caller.user().uid() && !caller.isRoot()) {
      return Optional.of(
          "user "
              + caller.user().name()
              + " cannot cancel as uid "
              + Integer.toUnsignedString(r.getOperatorUid()));
    }
    if (!r.getFilterAccount().isEmpty()) {
      return Optional.of(
          "there are no accounts on this node: no job is of " + r.getFilterAccount());
    }
    return Optional.empty();
  }

  /** The reply has no word for the request as a whole, so each job that it is about is answered. */
  private CancelJobReply refused(Caller caller, CancelJobRequest r, String reason) {
    CancelJobReply.Builder reply = CancelJobReply.newBuilder();
    if (r.getFilterJobIdsCount() == 0 && r.getFilterAccount().isEmpty()) {
      matching(caller, r).forEach(j -> reply.addNotCancelled(not((int) j.jobId(), reason)));
    }
    for (JobIdSelector selector : r.getFilterJobIdsList()) {
      if (selector.getStepsCount() == 0) {
        reply.addNotCancelled(not(selector.getJobId(), reason));
      }
      selector
          .getStepsList()
          .forEach(s -> reply.addNotCancelled(not(selector.getJobId(), reason).setStepId(s)));
    }
    return reply.build();
  }

  /**
   * Without ids the other filters choose; a request that has none of them chooses nothing. No
   * filter of the state is Invalid: unset it is Pending, and taken as that.
   */
  private List<JobRunner> matching(Caller caller, CancelJobRequest r) {
    boolean saysSomething =
        !r.getFilterPartition().isEmpty()
            || !r.getFilterJobName().isEmpty()
            || !r.getFilterUsername().isEmpty()
            || r.getFilterNodesCount() > 0
            || r.getFilterState() != JobStatus.Invalid;
    return saysSomething
        ? access.visible(caller).stream().filter(job -> matches(job.view(), r)).toList()
        : List.of();
  }

  private static boolean matches(JobRecord record, CancelJobRequest r) {
    return !record.ended()
        && matches(r.getFilterPartition(), record.spec().partition())
        && matches(r.getFilterJobName(), record.spec().name())
        && matches(r.getFilterUsername(), record.spec().owner().name())
        && in(r.getFilterNodesList(), record.spec().node())
        && (r.getFilterState() == JobStatus.Invalid
            || r.getFilterState() == InfoMapping.status(record.state()));
  }

  private static boolean matches(String filter, String value) {
    return filter.isEmpty() || filter.equals(value);
  }

  private static void cancelWhole(JobRunner job, StopIntent intent, CancelJobReply.Builder reply) {
    if (job.view().ended()) {
      reply.addNotCancelled(not((int) job.jobId(), "it has ended"));
      return;
    }
    job.cancel(intent);
    reply.addCancelled(CancelledJobStep.newBuilder().setJobId((int) job.jobId()));
  }

  private static void cancelStep(
      JobRunner job, int stepId, StopIntent intent, CancelJobReply.Builder reply) {
    Optional<StepRecord> step = job.view().step(stepId);
    if (step.isEmpty() || !StepSubmission.stop(job, stepId, intent)) {
      reply.addNotCancelled(
          not((int) job.jobId(), step.isEmpty() ? "no such step" : "it has ended")
              .setStepId(stepId));
      return;
    }
    reply.addCancelled(CancelledJobStep.newBuilder().setJobId((int) job.jobId()).addSteps(stepId));
  }

  private static NotCancelledJobStep.Builder not(int jobId, String reason) {
    return NotCancelledJobStep.newBuilder().setJobId(jobId).setReason(reason);
  }

  /** What a submission answers where the container feature is off. */
  static void registerDisabled(RpcServer server) {
    server
        .unary(
            CraneCtldGrpc.getSubmitBatchJobMethod(),
            (peer, request) ->
                SubmitBatchJobReply.newBuilder()
                    .setCode(ErrCode.ERR_CRI_DISABLED)
                    .setReason(Api.DISABLED)
                    .build())
        .unary(
            CraneCtldGrpc.getSubmitContainerStepMethod(),
            (peer, request) ->
                SubmitContainerStepReply.newBuilder().setCode(ErrCode.ERR_CRI_DISABLED).build())
        .unary(
            CraneCtldGrpc.getQueryJobsInfoMethod(),
            (peer, request) -> QueryJobsInfoReply.newBuilder().setOk(true).build())
        .unary(
            CraneCtldGrpc.getCancelJobMethod(),
            (peer, request) -> CancelJobReply.getDefaultInstance());
  }
}
