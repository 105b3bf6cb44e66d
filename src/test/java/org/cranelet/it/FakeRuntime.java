package org.cranelet.it;

import io.grpc.MethodDescriptor;
import io.grpc.Status.Code;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.cranelet.cri.v1.CgroupDriver;
import org.cranelet.cri.v1.Container;
import org.cranelet.cri.v1.ContainerConfig;
import org.cranelet.cri.v1.ContainerEventResponse;
import org.cranelet.cri.v1.ContainerEventType;
import org.cranelet.cri.v1.ContainerFilter;
import org.cranelet.cri.v1.ContainerState;
import org.cranelet.cri.v1.ContainerStatus;
import org.cranelet.cri.v1.ContainerStatusResponse;
import org.cranelet.cri.v1.CreateContainerResponse;
import org.cranelet.cri.v1.GetEventsRequest;
import org.cranelet.cri.v1.Image;
import org.cranelet.cri.v1.ImageServiceGrpc;
import org.cranelet.cri.v1.ImageStatusResponse;
import org.cranelet.cri.v1.LinuxRuntimeConfiguration;
import org.cranelet.cri.v1.ListContainersResponse;
import org.cranelet.cri.v1.ListPodSandboxResponse;
import org.cranelet.cri.v1.PodSandbox;
import org.cranelet.cri.v1.PodSandboxConfig;
import org.cranelet.cri.v1.PodSandboxStatusResponse;
import org.cranelet.cri.v1.RemoveContainerResponse;
import org.cranelet.cri.v1.RemovePodSandboxResponse;
import org.cranelet.cri.v1.RunPodSandboxResponse;
import org.cranelet.cri.v1.RuntimeCondition;
import org.cranelet.cri.v1.RuntimeConfigResponse;
import org.cranelet.cri.v1.RuntimeServiceGrpc;
import org.cranelet.cri.v1.RuntimeStatus;
import org.cranelet.cri.v1.StartContainerResponse;
import org.cranelet.cri.v1.StatusResponse;
import org.cranelet.cri.v1.StopContainerResponse;
import org.cranelet.cri.v1.StopPodSandboxResponse;
import org.cranelet.cri.v1.VersionResponse;
import org.cranelet.transport.Peer;
import org.cranelet.transport.RpcException;
import org.cranelet.transport.RpcServer;
import org.cranelet.transport.RpcSink;

/**
 * A CRI runtime in memory, for what a real one will not do on command. Its containers do nothing
 * but have the state that the test gives them; what is asked of it otherwise it does at once.
 */
final class FakeRuntime implements AutoCloseable {
  /** As a container is at the runtime. */
  record Box(String id, String sandboxId, ContainerConfig config, ContainerState state, int exit) {
    Box with(ContainerState newState, int newExit) {
      return new Box(id, sandboxId, config, newState, newExit);
    }
  }

  private final Path directory;
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final RpcServer server = new RpcServer(vertx);
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<String, PodSandboxConfig> sandboxes = new ConcurrentHashMap<>();
  private final Map<String, Box> boxes = new ConcurrentHashMap<>();
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger started = new AtomicInteger();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicBoolean forgetsStop = new AtomicBoolean();
  private final Map<String, Queue<Script>> scripts = new ConcurrentHashMap<>();
  private volatile int storm;
  private volatile String versionError = "";

  /** Stands around one call. */
  private interface Script {
    void around(Runnable call);
  }

  FakeRuntime() {
    try {
      directory = Files.createTempDirectory(Path.of("/var/tmp"), "cranelet-fake-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    serveState();
    serveSandboxes();
    serveContainers();
    unary(
        ImageServiceGrpc.getImageStatusMethod(),
        (peer, q) ->
            ImageStatusResponse.newBuilder()
                .setImage(Image.newBuilder().setId("sha256:1"))
                .build());
    server.streaming(RuntimeServiceGrpc.getGetContainerEventsMethod(), this::events);
  }

  String setting() {
    return "RuntimeEndpoint: unix://" + directory.resolve("r.sock");
  }

  FakeRuntime listen() {
    try {
      server.listen(directory.resolve("r.sock"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  // ---- what the test says ----

  /** Version fails with this message; empty: it answers. */
  void failVersion(String message) {
    versionError = message;
  }

  /** The next call of this method does nothing and fails. */
  void failNext(String method, Code code) {
    script(
        method,
        call -> {
          throw new RpcException(code, "a test did it");
        });
  }

  /** The next call of this method does what it is asked, and its answer is lost. */
  void loseNext(String method) {
    script(
        method,
        call -> {
          call.run();
          throw new RpcException(Code.UNAVAILABLE, "the connection broke (a test did it)");
        });
  }

  /** The next call of this method does nothing until somebody counts down. */
  CountDownLatch delayNext(String method) {
    CountDownLatch until = new CountDownLatch(1);
    script(
        method,
        call -> {
          await(until);
          call.run();
        });
    return until;
  }

  /** What a test does with a call that it keeps. */
  record Kept(CountDownLatch arrived, CountDownLatch until) {
    boolean hasArrived() {
      return arrived.getCount() == 0;
    }
  }

  /** The next call of this method does nothing, and fails once somebody counts down. */
  Kept failNextOnceTold(String method, Code code) {
    Kept kept = new Kept(new CountDownLatch(1), new CountDownLatch(1));
    script(
        method,
        call -> {
          kept.arrived().countDown();
          await(kept.until());
          throw new RpcException(code, "a test did it");
        });
    return kept;
  }

  private static void await(CountDownLatch until) {
    try {
      until.await();
    } catch (InterruptedException e) {
      throw new RpcException(Code.CANCELLED, "its caller has given it up");
    }
  }

  private void script(String method, Script script) {
    scripts.computeIfAbsent(method, m -> new ConcurrentLinkedQueue<>()).add(script);
  }

  /** Each new event stream begins with so many events of a container nobody knows. */
  void storm(int events) {
    storm = events;
  }

  /** All containers have this state from now on. */
  void become(ContainerState state, int exit) {
    boxes.replaceAll((id, box) -> box.with(state, exit));
  }

  /** Says yes to the next stop and lets the container run. */
  void forgetNextStop() {
    forgetsStop.set(true);
  }

  boolean isRunning() {
    return boxes.values().stream().anyMatch(b -> b.state() == ContainerState.CONTAINER_RUNNING);
  }

  /** How often the status of a container was asked for. */
  int timesAsked() {
    return asked.get();
  }

  /** How often a container was started. */
  int timesStarted() {
    return started.get();
  }

  int containers() {
    return boxes.size();
  }

  int sandboxes() {
    return sandboxes.size();
  }

  boolean isEmpty() {
    return boxes.isEmpty() && sandboxes.isEmpty();
  }

  // ---- what the runtime does ----

  private <Q, R> void unary(MethodDescriptor<Q, R> method, RpcServer.Unary<Q, R> does) {
    server.unary(
        method,
        (peer, q) -> {
          Queue<Script> scripted = scripts.get(method.getBareMethodName());
          Script script = scripted == null ? null : scripted.poll();
          if (script == null) {
            return does.handle(peer, q);
          }
          AtomicReference<R> answer = new AtomicReference<>();
          script.around(() -> answer.set(does.handle(peer, q)));
          return answer.get();
        });
  }

  private void serveState() {
    unary(
        RuntimeServiceGrpc.getVersionMethod(),
        (peer, q) -> {
          if (!versionError.isEmpty()) {
            throw new RpcException(Code.UNKNOWN, versionError);
          }
          return VersionResponse.newBuilder()
              .setRuntimeName("fake")
              .setRuntimeVersion("2.0")
              .setRuntimeApiVersion("v1")
              .build();
        });
    unary(
        RuntimeServiceGrpc.getStatusMethod(),
        (peer, q) ->
            StatusResponse.newBuilder()
                .setStatus(
                    RuntimeStatus.newBuilder()
                        .addConditions(
                            RuntimeCondition.newBuilder().setType("RuntimeReady").setStatus(true))
                        .addConditions(
                            RuntimeCondition.newBuilder().setType("NetworkReady").setStatus(true))
                        // As containerd has it on healthy nodes.
                        .addConditions(
                            RuntimeCondition.newBuilder()
                                .setType("ContainerdHasNoDeprecationWarnings")
                                .setReason("ContainerdHasDeprecationWarnings")
                                .setMessage("{}")))
                .build());
    unary(
        RuntimeServiceGrpc.getRuntimeConfigMethod(),
        (peer, q) ->
            RuntimeConfigResponse.newBuilder()
                .setLinux(
                    LinuxRuntimeConfiguration.newBuilder().setCgroupDriver(CgroupDriver.CGROUPFS))
                .build());
  }

  private void serveSandboxes() {
    unary(
        RuntimeServiceGrpc.getRunPodSandboxMethod(),
        (peer, q) -> {
          String id = "pod" + ids.incrementAndGet();
          sandboxes.put(id, q.getConfig());
          return RunPodSandboxResponse.newBuilder().setPodSandboxId(id).build();
        });
    unary(
        RuntimeServiceGrpc.getListPodSandboxMethod(),
        (peer, q) -> {
          ListPodSandboxResponse.Builder all = ListPodSandboxResponse.newBuilder();
          sandboxes.forEach(
              (id, c) -> {
                if (has(c.getLabelsMap(), q.getFilter().getLabelSelectorMap())) {
                  all.addItems(
                      PodSandbox.newBuilder()
                          .setId(id)
                          .setMetadata(c.getMetadata())
                          .putAllLabels(c.getLabelsMap()));
                }
              });
          return all.build();
        });
    unary(
        RuntimeServiceGrpc.getPodSandboxStatusMethod(),
        (peer, q) -> PodSandboxStatusResponse.getDefaultInstance());
    unary(
        RuntimeServiceGrpc.getStopPodSandboxMethod(),
        (peer, q) -> StopPodSandboxResponse.getDefaultInstance());
    unary(
        RuntimeServiceGrpc.getRemovePodSandboxMethod(),
        (peer, q) -> {
          sandboxes.remove(q.getPodSandboxId());
          boxes.values().removeIf(b -> b.sandboxId().equals(q.getPodSandboxId()));
          return RemovePodSandboxResponse.getDefaultInstance();
        });
  }

  private void serveContainers() {
    unary(
        RuntimeServiceGrpc.getCreateContainerMethod(),
        (peer, q) -> {
          String id = "box" + ids.incrementAndGet();
          boxes.put(
              id,
              new Box(id, q.getPodSandboxId(), q.getConfig(), ContainerState.CONTAINER_CREATED, 0));
          return CreateContainerResponse.newBuilder().setContainerId(id).build();
        });
    unary(
        RuntimeServiceGrpc.getStartContainerMethod(),
        (peer, q) -> {
          started.incrementAndGet();
          set(q.getContainerId(), ContainerState.CONTAINER_RUNNING, 0);
          return StartContainerResponse.getDefaultInstance();
        });
    unary(
        RuntimeServiceGrpc.getStopContainerMethod(),
        (peer, q) -> {
          if (!forgetsStop.getAndSet(false)) {
            set(q.getContainerId(), ContainerState.CONTAINER_EXITED, 255);
          }
          return StopContainerResponse.getDefaultInstance();
        });
    unary(
        RuntimeServiceGrpc.getRemoveContainerMethod(),
        (peer, q) -> {
          boxes.remove(q.getContainerId());
          return RemoveContainerResponse.getDefaultInstance();
        });
    unary(RuntimeServiceGrpc.getListContainersMethod(), (peer, q) -> list(q.getFilter()));
    unary(
        RuntimeServiceGrpc.getContainerStatusMethod(),
        (peer, q) -> {
          asked.incrementAndGet();
          return status(box(q.getContainerId()));
        });
  }

  private ListContainersResponse list(ContainerFilter filter) {
    ListContainersResponse.Builder all = ListContainersResponse.newBuilder();
    for (Box b : boxes.values()) {
      if (has(b.config().getLabelsMap(), filter.getLabelSelectorMap())) {
        all.addContainers(
            Container.newBuilder()
                .setId(b.id())
                .setPodSandboxId(b.sandboxId())
                .setState(b.state())
                .putAllLabels(b.config().getLabelsMap()));
      }
    }
    return all.build();
  }

  private static ContainerStatusResponse status(Box b) {
    boolean started = b.state() != ContainerState.CONTAINER_CREATED;
    boolean exited = b.state() == ContainerState.CONTAINER_EXITED;
    return ContainerStatusResponse.newBuilder()
        .setStatus(
            ContainerStatus.newBuilder()
                .setId(b.id())
                .setState(b.state())
                .setExitCode(b.exit())
                .setStartedAt(started ? 1 : 0)
                .setFinishedAt(exited ? 2 : 0))
        .build();
  }

  private void events(Peer peer, GetEventsRequest request, RpcSink<ContainerEventResponse> sink)
      throws InterruptedException {
    for (int i = 0; i < storm; i++) {
      sink.send(
          ContainerEventResponse.newBuilder()
              .setContainerId("nobody" + i)
              .setContainerEventType(ContainerEventType.CONTAINER_STOPPED_EVENT)
              .build());
    }
    closed.await();
  }

  private static boolean has(Map<String, String> labels, Map<String, String> wanted) {
    return labels.entrySet().containsAll(wanted.entrySet());
  }

  private Box box(String id) {
    Box box = boxes.get(id);
    if (box == null) {
      throw new RpcException(Code.NOT_FOUND, "no container " + id);
    }
    return box;
  }

  private void set(String id, ContainerState state, int exit) {
    boxes.put(id, box(id).with(state, exit));
  }

  @Override
  public void close() {
    closed.countDown();
    server.close();
    try {
      vertx.close().toCompletionStage().toCompletableFuture().join();
      Files.deleteIfExists(directory.resolve("r.sock"));
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
