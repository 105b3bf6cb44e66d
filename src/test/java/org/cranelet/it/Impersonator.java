package org.cranelet.it;

import java.nio.file.Path;
import java.time.Duration;
import org.cranelet.proto.crane.ContainerJobAdditionalMeta;
import org.cranelet.proto.crane.CraneCtldGrpc;
import org.cranelet.proto.crane.JobToCtld;
import org.cranelet.proto.crane.JobType;
import org.cranelet.proto.crane.SubmitBatchJobReply;
import org.cranelet.proto.crane.SubmitBatchJobRequest;
import org.cranelet.transport.RpcClient;

/** A program of a user's own that submits a job in another user's name: {@code SOCKET UID}. */
final class Impersonator {
  private Impersonator() {}

  public static void main(String[] args) {
    JobToCtld job =
        JobToCtld.newBuilder()
            .setType(JobType.Container)
            .setUid(Integer.parseInt(args[1]))
            .setGid(Integer.parseInt(args[1]))
            .setCwd("/tmp")
            .setContainerMeta(
                ContainerJobAdditionalMeta.newBuilder()
                    .setImage(
                        ContainerJobAdditionalMeta.ImageInfo.newBuilder().setImage("busybox")))
            .build();
    SubmitBatchJobReply reply =
        RpcClient.forCommand(Path.of(args[0]))
            .call(
                CraneCtldGrpc.getSubmitBatchJobMethod(),
                SubmitBatchJobRequest.newBuilder().setJob(job).build(),
                Duration.ofSeconds(30));
    System.out.println(
        reply.getOk() ? "accepted" : "refused " + reply.getCode() + " " + reply.getReason());
    System.exit(0);
  }
}
