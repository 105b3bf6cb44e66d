package org.cranelet.image;

import io.grpc.Status.Code;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.cranelet.config.Deadlines;
import org.cranelet.cri.ImageClient;
import org.cranelet.cri.RuntimeClient;
import org.cranelet.cri.v1.AuthConfig;
import org.cranelet.cri.v1.Container;
import org.cranelet.cri.v1.FilesystemIdentifier;
import org.cranelet.cri.v1.FilesystemUsage;
import org.cranelet.cri.v1.Image;
import org.cranelet.cri.v1.ImageFsInfoResponse;
import org.cranelet.cri.v1.ImageServiceGrpc;
import org.cranelet.cri.v1.ImageStatusResponse;
import org.cranelet.cri.v1.ListContainersResponse;
import org.cranelet.cri.v1.ListImagesResponse;
import org.cranelet.cri.v1.PullImageRequest;
import org.cranelet.cri.v1.PullImageResponse;
import org.cranelet.cri.v1.RemoveImageRequest;
import org.cranelet.cri.v1.RemoveImageResponse;
import org.cranelet.cri.v1.RuntimeServiceGrpc;
import org.cranelet.cri.v1.StatusResponse;
import org.cranelet.metrics.Meters;
import org.cranelet.transport.Peer;
import org.cranelet.transport.RpcClient;
import org.cranelet.transport.RpcException;
import org.cranelet.transport.RpcServer;
import org.cranelet.transport.RpcSink;

/**
 * A CRI runtime's images and a registry behind them, in memory, on a real socket. Pulls wait, fail
 * and end as the test says; what was asked is remembered.
 */
final class FakeImageService implements AutoCloseable {
  private static final Vertx VERTX =
      Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setUseDaemonThread(true));
  private static final Path EMPTY_DISK = Path.of("/proc"); // has no size, so it is never full

  /** A request to pull. */
  record Asked(String name, AuthConfig auth) {}

  private record Failure(Code code, String said) {}

  private final Path socket;
  private final RpcClient client;
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private RpcServer server;

  private final Map<String, Image> images = new ConcurrentHashMap<>(); // on the node, by id
  private final Map<String, String> published = new ConcurrentHashMap<>(); // name to id
  private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();
  private final Map<String, Queue<Failure>> failures = new ConcurrentHashMap<>();
  private final Map<String, Failure> always = new ConcurrentHashMap<>();
  private final Map<String, Failure> removals = new ConcurrentHashMap<>();
  private final Set<String> used = ConcurrentHashMap.newKeySet();
  private volatile Runnable afterContainerList = () -> {};
  private volatile Runnable beforeDiskLook = () -> {};
  private volatile String sandboxImage = "";
  private volatile Path disk = EMPTY_DISK;
  private volatile int fullUntilRemoved;
  private volatile CountDownLatch status = new CountDownLatch(0);
  private volatile boolean vanishing;

  private final List<Asked> asked = new CopyOnWriteArrayList<>();
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final List<String> cancelled = new CopyOnWriteArrayList<>();
  private final List<String> removed = new CopyOnWriteArrayList<>();
  private final AtomicInteger going = new AtomicInteger();
  private final AtomicInteger mostAtOnce = new AtomicInteger();

  FakeImageService(Path directory) {
    this.socket = directory.resolve("r.sock");
    this.client = new RpcClient(VERTX, socket);
    this.server = serve();
  }

  private RpcServer serve() {
    RpcServer serving = new RpcServer(VERTX);
    serveImages(serving);
    serveContainers(serving);
    try {
      serving.listen(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return serving;
  }

  // ---- its clients ----

  ImageClient images() {
    return images(Duration.ofSeconds(30));
  }

  /**
   * @param query how long lists and status may take
   */
  ImageClient images(Duration query) {
    return new ImageClient(client, deadlines(query), meters());
  }

  RuntimeClient runtime() {
    return new RuntimeClient(client, deadlines(Duration.ofSeconds(30)), "test", meters());
  }

  Meters meters() {
    return new Meters(registry);
  }

  /** How many pulls ended so. */
  int counted(String outcome) {
    return (int)
        registry.find("cranelet.image.pulls").tag("outcome", outcome).counters().stream()
            .mapToDouble(c -> c.count())
            .sum();
  }

  private static Deadlines deadlines(Duration query) {
    Duration minute = Duration.ofMinutes(1);
    return new Deadlines(query, minute, minute, minute, minute, minute, minute);
  }

  // ---- what the test says ----

  /** An image that is on the node. */
  void has(String id, String... names) {
    Image.Builder image = Image.newBuilder().setId(id).setSize(1 << 20);
    for (String name : names) {
      if (name.contains("@")) {
        image.addRepoDigests(name);
      } else {
        image.addRepoTags(name);
      }
    }
    images.put(id, image.build());
  }

  /** The runtime itself says that an image stays. */
  void pins(String id) {
    images.computeIfPresent(id, (_, image) -> image.toBuilder().setPinned(true).build());
  }

  /** An image that the registry has. */
  void publishes(String name, String id) {
    published.put(name, id);
  }

  /** Pulls of it wait from now on. */
  void hold(String name) {
    gates.put(name, new CountDownLatch(1));
  }

  void release(String name) {
    gates.getOrDefault(name, new CountDownLatch(0)).countDown();
  }

  /** One pull of it fails, after those that were to fail before. */
  void fail(String name, Code code, String said) {
    failures.computeIfAbsent(name, _ -> new ConcurrentLinkedQueue<>()).add(new Failure(code, said));
  }

  void failAlways(String name, Code code, String said) {
    always.put(name, new Failure(code, said));
  }

  void failRemoval(String id, Code code, String said) {
    removals.put(id, new Failure(code, said));
  }

  /** An image is gone as soon as its pull has ended. */
  void vanishing() {
    vanishing = true;
  }

  /** ImageStatus does not answer any more. */
  void holdStatus() {
    status = new CountDownLatch(1);
  }

  /** A container is made of it. */
  void uses(String image) {
    used.add(image);
  }

  /** What happens once containers have been listed. */
  void afterContainerList(Runnable what) {
    afterContainerList = what;
  }

  /** What happens before it is told how full the disk is. */
  void beforeDiskLook(Runnable what) {
    beforeDiskLook = what;
  }

  void sandboxImage(String name) {
    sandboxImage = name;
  }

  /**
   * Images are on this directory's file system until so many were removed, and on an empty one
   * then.
   */
  void disk(Path directory, int untilRemoved) {
    disk = directory;
    fullUntilRemoved = untilRemoved;
  }

  /** Nobody listens any more. */
  void goAway() {
    server.close();
  }

  void comeBack() {
    server = serve();
  }

  // ---- what it saw ----

  List<String> asked() {
    return asked.stream().map(Asked::name).toList();
  }

  int timesAsked(String name) {
    return (int) asked.stream().filter(a -> a.name().equals(name)).count();
  }

  List<AuthConfig> auths(String name) {
    return asked.stream().filter(a -> a.name().equals(name)).map(Asked::auth).toList();
  }

  /** {@code begin NAME} and {@code end NAME}, in order. */
  List<String> events() {
    return List.copyOf(events);
  }

  List<String> cancelled() {
    return List.copyOf(cancelled);
  }

  /** Ids, in order. */
  List<String> removed() {
    return List.copyOf(removed);
  }

  /** How many pulls go on. */
  int going() {
    return going.get();
  }

  int mostAtOnce() {
    return mostAtOnce.get();
  }

  // ---- what it does ----

  private void serveImages(RpcServer serving) {
    serving
        .unary(
            ImageServiceGrpc.getImageStatusMethod(),
            (peer, q) -> {
              awaitUninterrupted(status);
              ImageStatusResponse.Builder answer = ImageStatusResponse.newBuilder();
              images.values().stream()
                  .filter(i -> isCalled(i, q.getImage().getImage()))
                  .findFirst()
                  .ifPresent(answer::setImage);
              return answer.build();
            })
        .unary(
            ImageServiceGrpc.getListImagesMethod(),
            (peer, q) -> ListImagesResponse.newBuilder().addAllImages(images.values()).build())
        .unary(ImageServiceGrpc.getRemoveImageMethod(), (peer, q) -> remove(q))
        .unary(ImageServiceGrpc.getImageFsInfoMethod(), (peer, q) -> fileSystem())
        .streaming(ImageServiceGrpc.getPullImageMethod(), this::pull); // so it is told of a cancel
  }

  private void serveContainers(RpcServer serving) {
    serving
        .unary(
            RuntimeServiceGrpc.getListContainersMethod(),
            (peer, q) -> {
              ListContainersResponse.Builder all = ListContainersResponse.newBuilder();
              used.forEach(image -> all.addContainers(Container.newBuilder().setImageRef(image)));
              afterContainerList.run();
              return all.build();
            })
        .unary(
            RuntimeServiceGrpc.getStatusMethod(),
            (peer, q) ->
                StatusResponse.newBuilder()
                    .putInfo("config", "{\"sandboxImage\":\"" + sandboxImage + "\"}")
                    .build());
  }

  private void pull(Peer peer, PullImageRequest request, RpcSink<PullImageResponse> sink)
      throws InterruptedException {
    String name = request.getImage().getImage();
    asked.add(new Asked(name, request.getAuth()));
    events.add("begin " + name);
    mostAtOnce.accumulateAndGet(going.incrementAndGet(), Math::max);
    try {
      gates.getOrDefault(name, new CountDownLatch(0)).await();
      String id = outcome(name);
      events.add("end " + name);
      sink.send(PullImageResponse.newBuilder().setImageRef(id).build());
    } catch (InterruptedException e) {
      cancelled.add(name);
      throw e;
    } finally {
      going.decrementAndGet();
    }
  }

  private String outcome(String name) {
    Failure once = failures.getOrDefault(name, new ConcurrentLinkedQueue<>()).poll();
    Failure failure = once == null ? always.get(name) : once;
    if (failure != null) {
      events.add("end " + name);
      throw new RpcException(failure.code(), failure.said());
    }
    String id = published.get(name);
    if (id == null) {
      throw new RpcException(Code.NOT_FOUND, name + ": not found");
    }
    if (!vanishing) {
      arrive(name, id);
    }
    return id;
  }

  /** A name goes over to the image that was pulled last. */
  private void arrive(String name, String id) {
    images.replaceAll((_, image) -> without(image, name));
    Image before = images.getOrDefault(id, Image.newBuilder().setId(id).setSize(1 << 20).build());
    images.put(id, before.toBuilder().addRepoTags(name).build());
  }

  private static Image without(Image image, String name) {
    List<String> tags = new ArrayList<>(image.getRepoTagsList());
    tags.remove(name);
    return image.toBuilder().clearRepoTags().addAllRepoTags(tags).build();
  }

  private RemoveImageResponse remove(RemoveImageRequest request) {
    String id = request.getImage().getImage();
    Failure failure = removals.get(id);
    if (failure != null) {
      throw new RpcException(failure.code(), failure.said());
    }
    images.remove(id);
    removed.add(id);
    return RemoveImageResponse.getDefaultInstance();
  }

  private ImageFsInfoResponse fileSystem() {
    beforeDiskLook.run();
    Path directory = removed.size() < fullUntilRemoved ? disk : EMPTY_DISK;
    return ImageFsInfoResponse.newBuilder()
        .addImageFilesystems(
            FilesystemUsage.newBuilder()
                .setFsId(FilesystemIdentifier.newBuilder().setMountpoint(directory.toString())))
        .build();
  }

  private static boolean isCalled(Image image, String name) {
    return image.getId().equals(name)
        || image.getRepoTagsList().contains(name)
        || image.getRepoDigestsList().contains(name);
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    gates.values().forEach(CountDownLatch::countDown);
    status.countDown();
    client.close();
    server.close();
  }
}
