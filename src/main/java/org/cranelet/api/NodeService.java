package org.cranelet.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.cranelet.job.JobRecord;
import org.cranelet.job.JobRunner;
import org.cranelet.job.State;
import org.cranelet.job.StepRecord;
import org.cranelet.job.StopIntent;
import org.cranelet.proto.node.InspectJobRequest;
import org.cranelet.proto.node.JobDetail;
import org.cranelet.proto.node.LogChunk;
import org.cranelet.proto.node.LogsRequest;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.StepDetail;
import org.cranelet.proto.node.StepId;
import org.cranelet.proto.node.StopStepReply;
import org.cranelet.proto.node.StopStepRequest;
import org.cranelet.standalone.Standalone;
import org.cranelet.transport.Peer;
import org.cranelet.transport.RpcException;
import org.cranelet.transport.RpcServer;
import org.cranelet.transport.RpcSink;
import org.cranelet.workspace.CriLog;
import org.cranelet.workspace.StepLogs;

/** cranelet's own service, {@code cranelet.v1.Node}. */
public final class NodeService {
  /** How often a followed log is looked at; also when the step changes, so ends are prompt. */
  private static final Duration FOLLOW = Duration.ofMillis(50);

  private static final Duration WATCH = Duration.ofSeconds(30);

  private final Standalone cluster;
  private final Access access;
  private final StepSubmission steps;
  private final StepLogs logs;

  NodeService(Standalone cluster, Access access, StepSubmission steps, StepLogs logs) {
    this.cluster = cluster;
    this.access = access;
    this.steps = steps;
    this.logs = logs;
  }

  void register(RpcServer server) {
    server
        .unary(
            NodeGrpc.getAppendStepMethod(),
            (peer, request) -> steps.append(access.caller(peer), request.getStep()))
        .unary(NodeGrpc.getInspectJobMethod(), this::inspectJob)
        .unary(NodeGrpc.getStopStepMethod(), this::stopStep)
        .streaming(NodeGrpc.getWatchStepMethod(), this::watchStep)
        .streaming(NodeGrpc.getLogsMethod(), this::logs);
  }

  JobDetail inspectJob(Peer peer, InspectJobRequest request) {
    JobRecord job = access.job(access.caller(peer), request.getJobId()).view();
    return InfoMapping.detail(job, cluster.pendingReason(job));
  }

  StopStepReply stopStep(Peer peer, StopStepRequest request) {
    Caller caller = access.caller(peer);
    JobRunner job = access.job(caller, request.getId().getJobId());
    requireStep(job.view(), request.getId());
    StopIntent intent =
        new StopIntent(
            State.CANCELLED,
            Integer.toUnsignedLong(request.getGraceSeconds()),
            "stopped by " + caller.user().name());
    return StopStepReply.newBuilder()
        .setWasRunning(StepSubmission.stop(job, request.getId().getStepId(), intent))
        .build();
  }

  void watchStep(Peer peer, StepId id, RpcSink<StepDetail> sink) throws InterruptedException {
    JobRunner job = access.job(access.caller(peer), id.getJobId());
    JobRunner.Seen seen = job.seen();
    State told = null;
    while (true) {
      StepRecord step = requireStep(seen.record(), id);
      if (step.state() != told) {
        sink.send(InfoMapping.detail(seen.record(), step));
        told = step.state();
      }
      if (step.outcome().isPresent()) {
        return;
      }
      seen = job.awaitChange(seen, WATCH);
    }
  }

  private static StepRecord requireStep(JobRecord job, StepId id) {
    return job.step(id.getStepId())
        .orElseThrow(
            () ->
                new RpcException(
                    Code.NOT_FOUND, "no step " + id.getJobId() + "." + id.getStepId()));
  }

  void logs(Peer peer, LogsRequest request, RpcSink<LogChunk> sink) throws InterruptedException {
    JobRunner job = access.job(access.caller(peer), request.getId().getJobId());
    requireStep(job.view(), request.getId());
    Path file = logs.file(request.getId().getJobId(), request.getId().getStepId());
    try {
      if (request.getFollow()) {
        awaitBegin(job, request.getId());
      }
      try (CriLog log = CriLog.open(file)) {
        if (request.hasTail()) {
          log.seekTail(Integer.toUnsignedLong(request.getTail()));
        }
        send(job, request, log, sink);
      }
    } catch (NoSuchFileException e) {
      // It has not written anything, and never will if it ended before it began.
    } catch (IOException e) {
      throw new RpcException(Code.INTERNAL, "cannot read the log: " + e.getMessage());
    }
  }

  /** Waits until the step's log is there, or never will be. */
  private static void awaitBegin(JobRunner job, StepId id) throws InterruptedException {
    JobRunner.Seen seen = job.seen();
    while (requireStep(seen.record(), id).outcome().isEmpty()
        && requireStep(seen.record(), id).startedAt().isEmpty()) {
      seen = job.awaitChange(seen, WATCH);
    }
  }

  private static void send(JobRunner job, LogsRequest request, CriLog log, RpcSink<LogChunk> sink)
      throws IOException, InterruptedException {
    Optional<Instant> since = instant(request.hasSince(), request.getSince());
    Optional<Instant> until = instant(request.hasUntil(), request.getUntil());
    while (true) {
      // Looked at before the log is read: what was written before the end is in it then.
      JobRunner.Seen seen = job.seen();
      boolean ended = requireStep(seen.record(), request.getId()).outcome().isPresent();
      for (Optional<CriLog.Entry> e = log.next(); e.isPresent(); e = log.next()) {
        Instant time = e.get().time();
        if (until.isPresent() && time.isAfter(until.get())) {
          return;
        }
        if (since.isEmpty() || !time.isBefore(since.get())) {
          sink.send(chunk(e.get()));
        }
      }
      if (ended || !request.getFollow()) {
        return;
      }
      job.awaitChange(seen, FOLLOW);
    }
  }

  private static LogChunk chunk(CriLog.Entry e) {
    return LogChunk.newBuilder()
        .setStream(e.stderr() ? LogChunk.Stream.STDERR : LogChunk.Stream.STDOUT)
        .setData(ByteString.copyFrom(e.data()))
        .setTimestamp(e.timestamp())
        .build();
  }

  private static Optional<Instant> instant(boolean given, Timestamp t) {
    return given
        ? Optional.of(Instant.ofEpochSecond(t.getSeconds(), t.getNanos()))
        : Optional.empty();
  }
}
