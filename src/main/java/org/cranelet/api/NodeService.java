package org.cranelet.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.cranelet.job.JobRecord;
import org.cranelet.job.JobRunner;
import org.cranelet.job.State;
import org.cranelet.job.StepOutput;
import org.cranelet.job.StepRecord;
import org.cranelet.job.StopIntent;
import org.cranelet.proto.crane.ErrCode;
import org.cranelet.proto.node.AppendStepReply;
import org.cranelet.proto.node.InspectJobRequest;
import org.cranelet.proto.node.JobDetail;
import org.cranelet.proto.node.LogChunk;
import org.cranelet.proto.node.LogChunks;
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

/** cranelet's own service, {@code cranelet.v1.Node}. */
public final class NodeService {
  private static final Duration WATCH = Duration.ofSeconds(30);

  /** As ccon has it: a week. */
  private static final long MAX_GRACE_SECONDS = 604_800;

  private final Standalone cluster;
  private final Access access;
  private final StepSubmission steps;
  private final StreamLimit streams;

  NodeService(Standalone cluster, Access access, StepSubmission steps, StreamLimit streams) {
    this.cluster = cluster;
    this.access = access;
    this.steps = steps;
    this.streams = streams;
  }

  void register(RpcServer server) {
    server
        .unary(
            NodeGrpc.getAppendStepMethod(),
            (peer, request) -> steps.append(access.caller(peer), request.getStep()))
        .unary(NodeGrpc.getInspectJobMethod(), this::inspectJob)
        .unary(NodeGrpc.getStopStepMethod(), this::stopStep)
        .streaming(NodeGrpc.getWatchStepMethod(), streams.limited(access, this::watchStep))
        .streaming(NodeGrpc.getLogsMethod(), streams.limited(access, this::logs));
  }

  /** What all of these answer where the container feature is off. */
  static void registerDisabled(RpcServer server) {
    server
        .unary(
            NodeGrpc.getAppendStepMethod(),
            (peer, request) ->
                AppendStepReply.newBuilder()
                    .setCode(ErrCode.ERR_CRI_DISABLED)
                    .setReason(Api.DISABLED)
                    .build())
        .unary(NodeGrpc.getInspectJobMethod(), (peer, request) -> refuse())
        .unary(NodeGrpc.getStopStepMethod(), (peer, request) -> refuse())
        .unary(NodeGrpc.getDrainMethod(), (peer, request) -> refuse())
        .unary(NodeGrpc.getResumeMethod(), (peer, request) -> refuse())
        .unary(NodeGrpc.getCollectGarbageMethod(), (peer, request) -> refuse())
        .unary(NodeGrpc.getListPullsMethod(), (peer, request) -> refuse())
        .unary(NodeGrpc.getListImagesMethod(), (peer, request) -> refuse())
        .unary(NodeGrpc.getCollectImagesMethod(), (peer, request) -> refuse())
        .unary(NodeGrpc.getPrePullMethod(), (peer, request) -> refuse())
        .unary(NodeGrpc.getPrePullStatusMethod(), (peer, request) -> refuse())
        .streaming(NodeGrpc.getWatchPullMethod(), (peer, request, sink) -> refuse())
        .streaming(NodeGrpc.getWatchStepMethod(), (peer, request, sink) -> refuse())
        .streaming(NodeGrpc.getLogsMethod(), (peer, request, sink) -> refuse());
  }

  @SuppressWarnings("TypeParameterUnusedInFormals") // it never returns
  private static <R> R refuse() {
    throw new RpcException(Code.FAILED_PRECONDITION, Api.DISABLED);
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
            Math.min(Integer.toUnsignedLong(request.getGraceSeconds()), MAX_GRACE_SECONDS),
            "stopped by " + caller.user().name());
    boolean wasRunning = StepSubmission.stop(job, request.getId().getStepId(), intent);
    String id = request.getId().getJobId() + "." + request.getId().getStepId();
    Audit.log(caller, "stop", "step=" + id, wasRunning ? "ok" : "it has ended");
    return StopStepReply.newBuilder().setWasRunning(wasRunning).build();
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

  static StepRecord requireStep(JobRecord job, StepId id) {
    return job.step(id.getStepId())
        .orElseThrow(
            () ->
                new RpcException(
                    Code.NOT_FOUND, "no step " + id.getJobId() + "." + id.getStepId()));
  }

  void logs(Peer peer, LogsRequest request, RpcSink<LogChunks> sink) throws InterruptedException {
    JobRunner job = access.job(access.caller(peer), request.getId().getJobId());
    requireStep(job.view(), request.getId());
    StepOutput.Query query =
        new StepOutput.Query(
            request.getFollow(),
            request.hasTail()
                ? Optional.of(Integer.toUnsignedLong(request.getTail()))
                : Optional.empty(),
            instant(request.hasSince(), request.getSince()),
            instant(request.hasUntil(), request.getUntil()));
    try {
      new StepOutput(job, request.getId().getStepId())
          .read(query, pieces -> sink.send(chunks(pieces)));
    } catch (ClosedByInterruptException e) {
      throw new InterruptedException(); // the client went away, or the daemon stops
    } catch (IOException e) {
      throw new RpcException(Code.INTERNAL, "cannot read the log: " + e.getMessage());
    }
  }

  private static LogChunks chunks(List<StepOutput.Piece> pieces) {
    LogChunks.Builder chunks = LogChunks.newBuilder();
    pieces.forEach(piece -> chunks.addChunks(chunk(piece)));
    return chunks.build();
  }

  private static LogChunk chunk(StepOutput.Piece piece) {
    return LogChunk.newBuilder()
        .setStream(piece.stderr() ? LogChunk.Stream.STDERR : LogChunk.Stream.STDOUT)
        .setData(ByteString.copyFrom(piece.data()))
        .setTimestamp(piece.timestamp())
        .build();
  }

  private static Optional<Instant> instant(boolean given, Timestamp t) {
    return given
        ? Optional.of(Instant.ofEpochSecond(t.getSeconds(), t.getNanos()))
        : Optional.empty();
  }
}
