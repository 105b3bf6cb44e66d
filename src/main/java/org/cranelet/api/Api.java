package org.cranelet.api;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.cranelet.config.CraneConfig;
import org.cranelet.image.ImageServices;
import org.cranelet.job.JobRunner;
import org.cranelet.job.LeftOvers;
import org.cranelet.job.State;
import org.cranelet.os.Users;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.StatusReply;
import org.cranelet.standalone.Standalone;
import org.cranelet.transport.RpcServer;

/** Puts the services on a server. */
public final class Api {
  /** What the documents promise a client to be told where the container feature is off. */
  static final String DISABLED = "container feature not enabled";

  /**
   * What clients are told of the runtime.
   *
   * @param runtime its name and version; empty until it answered once
   * @param problem why it is not ready; empty if it is
   */
  public record RuntimeState(String runtime, String problem) {}

  private Api() {}

  /**
   * All services, of a node whose container feature is enabled.
   *
   * @param nextPrePull when the schedule of pre-pulls comes next
   */
  public static void register(
      RpcServer server,
      CraneConfig config,
      String version,
      Users users,
      Standalone cluster,
      LeftOvers leftOvers,
      ImageServices images,
      Supplier<Optional<Instant>> nextPrePull,
      Supplier<RuntimeState> runtime) {
    Access access = new Access(users, cluster.jobs());
    SubmissionMapping submissions = new SubmissionMapping(config.node().name());
    StepSubmission steps = new StepSubmission(cluster, access, submissions);
    new CraneCtldService(cluster, access, submissions, steps).register(server);
    StreamLimit streams = new StreamLimit(config.container().perUser().maxStreams());
    new NodeService(cluster, access, steps, streams).register(server);
    new ImageService(images, access, nextPrePull).register(server, streams);
    Supplier<StatusReply> status =
        () -> status(config, version, Optional.of(cluster), Optional.of(runtime));
    server.unary(NodeGrpc.getStatusMethod(), (peer, request) -> status.get());
    new AdministrationService(cluster, leftOvers, access, status).register(server);
  }

  /** What answers while the feature is off. */
  public static void registerDisabled(RpcServer server, CraneConfig config, String version) {
    CraneCtldService.registerDisabled(server);
    NodeService.registerDisabled(server);
    server.unary(
        NodeGrpc.getStatusMethod(),
        (peer, request) -> status(config, version, Optional.empty(), Optional.empty()));
  }

  private static StatusReply status(
      CraneConfig config,
      String version,
      Optional<Standalone> cluster,
      Optional<Supplier<RuntimeState>> runtime) {
    StatusReply.Builder reply =
        StatusReply.newBuilder()
            .setVersion(version)
            .setNode(config.node().name())
            .setCluster(config.clusterName())
            .setEnabled(config.container().enabled());
    runtime.ifPresent(r -> reply.setRuntime(r.get().runtime()).setProblem(r.get().problem()));
    cluster.ifPresent(c -> count(c, reply));
    return reply.build();
  }

  private static void count(Standalone cluster, StatusReply.Builder reply) {
    int pending = 0;
    int finished = 0;
    int running = 0;
    for (JobRunner job : cluster.jobs().all()) {
      State state = job.view().state();
      if (state.ended()) {
        finished++;
      } else if (job.view().waits()) {
        pending++;
      } else {
        running++;
      }
    }
    cluster.drainReason().ifPresent(r -> reply.setDrained(true).setDrainReason(r));
    reply.setPending(pending).setRunning(running).setFinished(finished);
  }
}
