package org.cranelet.api;

import io.grpc.Status.Code;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.cranelet.image.ImageException;
import org.cranelet.image.ImageServices;
import org.cranelet.image.ImageUse;
import org.cranelet.image.PrePullItem;
import org.cranelet.image.PullProgress;
import org.cranelet.image.reference.Reference;
import org.cranelet.job.JobRunner;
import org.cranelet.job.State;
import org.cranelet.job.StepRecord;
import org.cranelet.pod.StepRef;
import org.cranelet.proto.node.CollectImagesReply;
import org.cranelet.proto.node.CollectImagesRequest;
import org.cranelet.proto.node.ImageDetail;
import org.cranelet.proto.node.ListImagesReply;
import org.cranelet.proto.node.ListImagesRequest;
import org.cranelet.proto.node.ListPullsReply;
import org.cranelet.proto.node.ListPullsRequest;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.PrePullRequest;
import org.cranelet.proto.node.PrePullStatusReply;
import org.cranelet.proto.node.PrePullStatusRequest;
import org.cranelet.proto.node.StepId;
import org.cranelet.transport.Peer;
import org.cranelet.transport.RpcException;
import org.cranelet.transport.RpcServer;
import org.cranelet.transport.RpcSink;

/** The part of {@code cranelet.v1.Node} that is about images. All but one's own pulls is root's. */
final class ImageService {
  private static final Duration LOOK = Duration.ofMillis(250);

  /** Before it is let in, a job's own changes are all there is. */
  private static final Duration LONG_LOOK = Duration.ofSeconds(30);

  private final ImageServices images;
  private final Access access;
  private final Supplier<Optional<Instant>> nextRun;

  /**
   * @param nextRun when the schedule of pre-pulls comes next
   */
  ImageService(ImageServices images, Access access, Supplier<Optional<Instant>> nextRun) {
    this.images = images;
    this.access = access;
    this.nextRun = nextRun;
  }

  void register(RpcServer server, StreamLimit streams) {
    server
        .streaming(NodeGrpc.getWatchPullMethod(), streams.limited(access, this::watchPull))
        .unary(NodeGrpc.getListPullsMethod(), this::listPulls)
        .unary(NodeGrpc.getListImagesMethod(), this::listImages)
        .unary(NodeGrpc.getCollectImagesMethod(), this::collectImages)
        .unary(NodeGrpc.getPrePullMethod(), this::prePull)
        .unary(NodeGrpc.getPrePullStatusMethod(), this::prePullStatus);
  }

  // ---- pulls ----

  void watchPull(Peer peer, StepId id, RpcSink<org.cranelet.proto.node.PullProgress> sink)
      throws InterruptedException {
    JobRunner job = access.job(access.caller(peer), id.getJobId());
    StepRef ref = new StepRef(id.getJobId(), id.getStepId());
    JobRunner.Seen seen = job.seen();
    Optional<PullProgress> told = Optional.empty();
    while (mayWaitForImage(seen, id)) {
      Optional<PullProgress> now = images.puller().progress(ref);
      if (now.isPresent() && !now.equals(told)) {
        sink.send(message(now.get()));
        told = now;
      }
      seen = job.awaitChange(seen, seen.record().waits() ? LONG_LOOK : LOOK);
    }
  }

  private static boolean mayWaitForImage(JobRunner.Seen seen, StepId id) {
    StepRecord step = NodeService.requireStep(seen.record(), id);
    return step.state() == State.PENDING || step.state() == State.CONFIGURING;
  }

  ListPullsReply listPulls(Peer peer, ListPullsRequest request) {
    Caller caller = access.caller(peer);
    ListPullsReply.Builder reply = ListPullsReply.newBuilder();
    List<PullProgress> pulls = caller.isRoot() ? images.puller().progress() : pullsOf(caller);
    pulls.forEach(p -> reply.addPulls(message(p)));
    return reply.build();
  }

  private List<PullProgress> pullsOf(Caller caller) {
    List<PullProgress> pulls = new ArrayList<>();
    for (JobRunner job : access.visible(caller)) {
      for (StepRecord step : job.view().steps()) {
        if (step.state() == State.CONFIGURING) {
          StepRef ref = new StepRef(job.jobId(), step.spec().stepId());
          images.puller().progress(ref).filter(p -> !pulls.contains(p)).ifPresent(pulls::add);
        }
      }
    }
    return pulls;
  }

  private static org.cranelet.proto.node.PullProgress message(PullProgress p) {
    return org.cranelet.proto.node.PullProgress.newBuilder()
        .setReference(p.reference().toString())
        .setState(org.cranelet.proto.node.PullProgress.State.valueOf(p.state().name()))
        .setBytes(p.bytes())
        .setTotalBytes(p.totalBytes())
        .setShared(p.shared())
        .setSince(InfoMapping.timestamp(p.since()))
        .setWaitingSteps(p.waitingSteps())
        .setPrePull(p.waitingSteps() == 0)
        .setAttempt(p.attempt())
        .setLastError(p.lastError())
        .build();
  }

  // ---- images ----

  ListImagesReply listImages(Peer peer, ListImagesRequest request) {
    access.requireRoot(peer, "list images");
    ListImagesReply.Builder reply = ListImagesReply.newBuilder();
    asked(images::list).forEach(i -> reply.addImages(message(i)));
    return reply.build();
  }

  CollectImagesReply collectImages(Peer peer, CollectImagesRequest request) {
    String what = request.getDryRun() ? "gc --images --dry-run" : "gc --images";
    Caller root = access.requireRoot(peer, what);
    Audit.log(root, what, "node", "ok");
    List<ImageUse> gone = asked(request.getDryRun() ? images::unneeded : images::removeUnneeded);
    CollectImagesReply.Builder reply = CollectImagesReply.newBuilder();
    gone.forEach(i -> reply.addRemoved(message(i)));
    return reply.build();
  }

  private interface Question {
    List<ImageUse> ask() throws ImageException;
  }

  /** What the runtime is asked for while somebody waits. */
  private static List<ImageUse> asked(Question question) {
    try {
      return question.ask();
    } catch (ImageException e) {
      throw new RpcException(Code.UNAVAILABLE, String.valueOf(e.getMessage()));
    }
  }

  private ImageDetail message(ImageUse use) {
    ImageDetail.Builder detail =
        ImageDetail.newBuilder()
            .setId(use.id())
            .addAllReferences(use.tags())
            .addAllDigests(use.digests())
            .setSizeBytes(use.sizeBytes())
            .setLastUsed(InfoMapping.timestamp(use.lastUsed()))
            .setPinned(use.pinned())
            .setInUse(use.inUse())
            .setEverybody(use.everybody());
    use.users().forEach(uid -> detail.addUsers(access.userName(uid)));
    return detail.build();
  }

  // ---- pre-pull ----

  PrePullStatusReply prePull(Peer peer, PrePullRequest request) {
    Caller root = access.requireRoot(peer, "pre-pull images");
    List<Reference> references = new ArrayList<>();
    for (String text : request.getReferencesList()) {
      try {
        references.add(Reference.parse(text));
      } catch (IllegalArgumentException e) {
        throw new RpcException(Code.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
      }
    }
    Audit.log(root, "prepull", references.isEmpty() ? "lists" : references.toString(), "ok");
    return message(images.prePuller().now(references));
  }

  PrePullStatusReply prePullStatus(Peer peer, PrePullStatusRequest request) {
    access.requireRoot(peer, "see pre-pulls");
    return message(images.prePuller().items());
  }

  private PrePullStatusReply message(List<PrePullItem> items) {
    List<String> running =
        images.puller().progress().stream()
            .filter(p -> p.attempt() > 0)
            .map(p -> p.reference().toString())
            .toList();
    Optional<Instant> next = nextRun.get();
    PrePullStatusReply.Builder reply = PrePullStatusReply.newBuilder();
    for (PrePullItem item : items) {
      boolean pulling =
          item.state() == PrePullItem.State.QUEUED && running.contains(item.reference());
      PrePullItem.State state = pulling ? PrePullItem.State.PULLING : item.state();
      org.cranelet.proto.node.PrePullItem.Builder message =
          reply
              .addItemsBuilder()
              .setReference(item.reference())
              .setState(org.cranelet.proto.node.PrePullItem.State.valueOf(state.name()))
              .setLastError(item.lastError())
              .setDigest(item.digest())
              .setSource(item.source());
      item.lastSuccess().ifPresent(at -> message.setLastSuccess(InfoMapping.timestamp(at)));
      next.filter(at -> !item.source().isEmpty())
          .ifPresent(at -> message.setNextRun(InfoMapping.timestamp(at)));
    }
    return reply.build();
  }
}
