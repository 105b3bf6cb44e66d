package org.cranelet.api;

import io.grpc.Status.Code;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.cranelet.job.LeftOver;
import org.cranelet.job.LeftOvers;
import org.cranelet.proto.node.CollectGarbageReply;
import org.cranelet.proto.node.CollectGarbageRequest;
import org.cranelet.proto.node.DrainRequest;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.ResumeRequest;
import org.cranelet.proto.node.StatusReply;
import org.cranelet.standalone.Standalone;
import org.cranelet.transport.Peer;
import org.cranelet.transport.RpcException;
import org.cranelet.transport.RpcServer;

/** The part of {@code cranelet.v1.Node} that is root's alone. */
final class AdministrationService {
  private final Standalone cluster;
  private final LeftOvers leftOvers;
  private final Access access;
  private final Supplier<StatusReply> status;

  AdministrationService(
      Standalone cluster, LeftOvers leftOvers, Access access, Supplier<StatusReply> status) {
    this.cluster = cluster;
    this.leftOvers = leftOvers;
    this.access = access;
    this.status = status;
  }

  void register(RpcServer server) {
    server
        .unary(NodeGrpc.getDrainMethod(), this::drain)
        .unary(NodeGrpc.getResumeMethod(), this::resume)
        .unary(NodeGrpc.getCollectGarbageMethod(), this::collectGarbage);
  }

  StatusReply drain(Peer peer, DrainRequest request) {
    return change(peer, "drain", () -> cluster.drain(request.getReason()));
  }

  StatusReply resume(Peer peer, ResumeRequest request) {
    return change(peer, "resume", cluster::resume);
  }

  private interface Change {
    void run() throws IOException;
  }

  private StatusReply change(Peer peer, String what, Change change) {
    Caller root = access.requireRoot(peer, what);
    try {
      change.run();
      Audit.log(root, what, "node", "ok");
    } catch (IOException e) {
      Audit.log(root, what, "node", "failed: " + e.getMessage());
      throw new RpcException(Code.INTERNAL, "cannot " + what + ": " + e.getMessage());
    }
    return status.get();
  }

  CollectGarbageReply collectGarbage(Peer peer, CollectGarbageRequest request) {
    Caller root = access.requireRoot(peer, "gc");
    Audit.log(root, request.getDryRun() ? "gc --dry-run" : "gc", "node", "ok");
    LeftOvers.Removal removal =
        request.getDryRun()
            ? new LeftOvers.Removal(leftOvers.find(), List.of())
            : leftOvers.removeAll();
    return CollectGarbageReply.newBuilder()
        .addAllLeftOvers(removal.removed().stream().map(AdministrationService::message).toList())
        .addAllKept(removal.kept().stream().map(AdministrationService::message).toList())
        .build();
  }

  private static org.cranelet.proto.node.LeftOver message(LeftOver l) {
    return org.cranelet.proto.node.LeftOver.newBuilder()
        .setKind(l.kind())
        .setName(l.name())
        .setJobId((int) Math.max(0, l.jobId()))
        .build();
  }
}
