package org.cranelet.it;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.cranelet.proto.crane.CancelJobReply;
import org.cranelet.proto.crane.CancelJobRequest;
import org.cranelet.proto.crane.ContainerJobAdditionalMeta;
import org.cranelet.proto.crane.ContainerJobAdditionalMeta.ImageInfo;
import org.cranelet.proto.crane.CraneCtldGrpc;
import org.cranelet.proto.crane.JobIdSelector;
import org.cranelet.proto.crane.JobToCtld;
import org.cranelet.proto.crane.JobType;
import org.cranelet.proto.crane.SubmitBatchJobReply;
import org.cranelet.proto.crane.SubmitBatchJobRequest;
import org.cranelet.proto.node.LogChunk;
import org.cranelet.proto.node.LogChunks;
import org.cranelet.proto.node.LogsRequest;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.StepDetail;
import org.cranelet.proto.node.StepId;
import org.cranelet.transport.RpcClient;
import org.cranelet.transport.RpcStream;

/** A program that submits over the socket itself, for what a process per call is too slow for. */
final class Submitter implements AutoCloseable {
  private final RpcClient client;
  private final String cwd;

  Submitter(NodeUnderTest node) {
    client = RpcClient.forCommand(node.socket());
    cwd = node.userHome(0).toString();
  }

  /** Submits a small job of root's of busybox; its container's id. */
  String submit(String... args) {
    return submitOf(ImageInfo.newBuilder().setImage("busybox").build(), args);
  }

  /**
   * @throws AssertionError with the reason if it is refused
   */
  String submitOf(ImageInfo image, String... args) {
    JobToCtld job =
        JobToCtld.newBuilder()
            .setType(JobType.Container)
            .setName("it")
            .setCwd(cwd)
            .setCpusPerTask(0.04)
            .setMemPerNode(32L << 20)
            .setContainerMeta(
                ContainerJobAdditionalMeta.newBuilder()
                    .setImage(image)
                    .addAllArgs(Arrays.asList(args)))
            .build();
    SubmitBatchJobReply reply =
        client.call(
            CraneCtldGrpc.getSubmitBatchJobMethod(),
            SubmitBatchJobRequest.newBuilder().setJob(job).build(),
            Duration.ofSeconds(60));
    if (!reply.getOk()) {
      throw new AssertionError(reply.getReason());
    }
    return reply.getJobId() + ".1";
  }

  /** Waits until they have all ended; the state of each. */
  Map<String, String> awaitAllEnded(Set<String> ids) {
    Map<String, String> states = new HashMap<>();
    for (String id : ids) {
      states.put(id, await(id).getStatus().name());
    }
    return states;
  }

  private StepDetail await(String id) {
    StepDetail last = null;
    try (RpcStream<StepDetail> states =
        client.stream(NodeGrpc.getWatchStepMethod(), proto(id), Map.of())) {
      for (Optional<StepDetail> s = states.next(); s.isPresent(); s = states.next()) {
        last = s.get();
      }
      return last;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  String output(String id) {
    StringBuilder all = new StringBuilder();
    try (RpcStream<LogChunks> parts =
        client.stream(
            NodeGrpc.getLogsMethod(),
            LogsRequest.newBuilder().setId(proto(id)).build(),
            Map.of())) {
      for (Optional<LogChunks> p = parts.next(); p.isPresent(); p = parts.next()) {
        for (LogChunk chunk : p.get().getChunksList()) {
          all.append(chunk.getData().toString(StandardCharsets.UTF_8));
        }
      }
      return all.toString();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Cancels a job, or some of its steps. */
  CancelJobReply cancel(int job, Integer... steps) {
    return client.call(
        CraneCtldGrpc.getCancelJobMethod(),
        CancelJobRequest.newBuilder()
            .addFilterJobIds(
                JobIdSelector.newBuilder().setJobId(job).addAllSteps(Arrays.asList(steps)))
            .build(),
        Duration.ofSeconds(60));
  }

  private static StepId proto(String id) {
    return StepId.newBuilder().setJobId(NodeUnderTest.job(id)).setStepId(1).build();
  }

  @Override
  public void close() {
    client.close();
  }
}
