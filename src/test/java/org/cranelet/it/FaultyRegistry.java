package org.cranelet.it;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * A registry that does harm where a test wants it: it stands before one of the testbed's, on a host
 * and port of its own that the runtime knows while it is open. Closing it removes its images from
 * the runtime.
 */
final class FaultyRegistry implements AutoCloseable {
  /** What a request is for. */
  enum Kind {
    /** Whether there is a registry, and how to log in. */
    PING,
    MANIFEST,
    /** A layer, or an image's configuration. */
    BLOB
  }

  /**
   * A request as it came.
   *
   * @param authorization the header; empty if there was none
   */
  record Request(Kind kind, String method, String path, String authorization) {
    /** Manifests are asked for by tag once at each pull; by digest only if they are not there. */
    boolean isByTag() {
      return kind == Kind.MANIFEST && !path.contains("sha256:");
    }
  }

  /** Answers in the real registry's place. */
  interface Fault {
    void answer(RegistryExchange exchange) throws IOException;
  }

  private static final long NANOS = 1_000_000_000L;

  final RuntimeImages runtime;
  private final RealRegistry real;
  private final boolean tls;
  private final InetSocketAddress address;
  private final String host;
  private final RegistryHosts hosts;
  private final List<TestImage> pushed = new CopyOnWriteArrayList<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final Map<Kind, Queue<Fault>> once = new ConcurrentHashMap<>();
  private final Map<Kind, Fault> always = new ConcurrentHashMap<>();
  private final Queue<Stall> stalls = new ConcurrentLinkedQueue<>();
  private final AtomicInteger transfers = new AtomicInteger();
  private final AtomicLong bytesSent = new AtomicLong();
  private final AtomicLong nextFree = new AtomicLong();
  private volatile long bytesPerSecond;
  private volatile String login = "";
  private HttpServer server;

  /** In front of the open registry. */
  static FaultyRegistry listening() {
    return listeningFor(Testbed.current());
  }

  /** As {@link #listening}, for another runtime. */
  static FaultyRegistry listeningFor(Testbed testbed) {
    return new FaultyRegistry(testbed, RealRegistry.open(), "127.0.0.1", false);
  }

  /** Another host, not just another port: what is meant for one must not reach the other. */
  static FaultyRegistry elsewhere() {
    return new FaultyRegistry(Testbed.current(), RealRegistry.open(), "127.0.0.2", false);
  }

  /** In front of the registry that asks for a password: who has none there has none here. */
  static FaultyRegistry closed() {
    return new FaultyRegistry(Testbed.current(), RealRegistry.closed(), "127.0.0.1", false);
  }

  /** It speaks TLS with a certificate that nobody trusts. */
  static FaultyRegistry distrusted() {
    return new FaultyRegistry(Testbed.current(), RealRegistry.open(), "127.0.0.1", true);
  }

  private FaultyRegistry(Testbed testbed, RealRegistry real, String ip, boolean tls) {
    this.real = real;
    this.tls = tls;
    try (ServerSocket free = new ServerSocket()) {
      free.bind(new InetSocketAddress(ip, 0));
      address = new InetSocketAddress(ip, free.getLocalPort());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    host = ip + ":" + address.getPort();
    hosts = new RegistryHosts(testbed.registryHosts().resolve(host), url());
    runtime = new RuntimeImages(testbed);
    appear();
    // Without a block of its own, a loopback address is spoken to without TLS.
    hosts.write(tls ? new String[] {url()} : new String[0]);
  }

  private void appear() {
    if (server != null) {
      return;
    }
    try {
      server = tls ? SelfSigned.server(address) : HttpServer.create(address, 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/v2/", x -> new RegistryExchange(this, real, x).answer());
    server.start();
  }

  // ---- as the runtime knows it ----

  String host() {
    return host;
  }

  /** The runtime asks the other registry first. */
  void mirroredBy(FaultyRegistry mirror) {
    hosts.write(mirror.url());
  }

  private String url() {
    return (tls ? "https://" : "http://") + host;
  }

  /** Pushes an image to the registry behind this one; its name here. */
  String push(TestImage image) {
    real.push(image);
    pushed.add(image);
    return image.at(host);
  }

  // ---- faults ----

  /** Asks everybody for this login, and passes none on. */
  void requireLogin(String user, String password) {
    login = RealRegistry.basic(user, password);
  }

  boolean opens(Request request) {
    return login.isEmpty() || request.authorization().equals(login);
  }

  boolean hasOwnLogin() {
    return !login.isEmpty();
  }

  /** As fast as all bodies together may be sent; 0: as fast as can be. */
  void throttle(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Refuses the next requests of this kind. */
  void refuseNext(Kind kind, int times, int status, String... headers) {
    for (int i = 0; i < times; i++) {
      next(kind, exchange -> exchange.refuse(status, headers));
    }
  }

  /** Refuses all requests of this kind until {@link #heal}. */
  void refuse(Kind kind, int status, String... headers) {
    always.put(kind, exchange -> exchange.refuse(status, headers));
  }

  /** The next layer comes half; then nothing more comes until {@link Stall#release}. */
  Stall stallNext() {
    Stall stall = new Stall();
    stalls.add(stall);
    next(Kind.BLOB, exchange -> exchange.forward(stall));
    return stall;
  }

  /** The next layers come half, and then the connection breaks. */
  void breakNext(int times) {
    for (int i = 0; i < times; i++) {
      next(Kind.BLOB, RegistryExchange::forwardHalf);
    }
  }

  /** Layers are elsewhere. */
  void redirectBlobsTo(FaultyRegistry other) {
    always.put(Kind.BLOB, exchange -> exchange.redirect(other.url() + exchange.request().path()));
  }

  /** Nobody listens here until {@link #heal}. */
  void vanish() {
    server.stop(0);
    server = null;
  }

  private void next(Kind kind, Fault fault) {
    once.computeIfAbsent(kind, k -> new ConcurrentLinkedQueue<>()).add(fault);
  }

  Fault fault(Kind kind) {
    Queue<Fault> waiting = once.get(kind);
    Fault next = waiting == null ? null : waiting.poll();
    return next != null ? next : always.getOrDefault(kind, exchange -> exchange.forward(null));
  }

  /** No more faults; what stalls goes on. The login stays. */
  void heal() {
    once.clear();
    always.clear();
    bytesPerSecond = 0;
    hosts.write();
    stalls.forEach(Stall::release);
    appear();
  }

  // ---- what happened ----

  void came(Request request) {
    requests.add(request);
  }

  void transferBegins() {
    transfers.incrementAndGet();
  }

  void transferEnds() {
    transfers.decrementAndGet();
  }

  /** Counts bytes of bodies, and waits until they may be sent. */
  void pace(int bytes) {
    long rate = bytesPerSecond;
    if (rate > 0) {
      long cost = bytes * NANOS / rate;
      long until = nextFree.updateAndGet(free -> Math.max(free, System.nanoTime()) + cost);
      LockSupport.parkNanos(until - System.nanoTime());
    }
    bytesSent.addAndGet(bytes);
  }

  /** So that a pull's progress has twenty steps a second at least. */
  int chunk() {
    return bytesPerSecond == 0 ? 1 << 16 : (int) Math.clamp(bytesPerSecond / 20, 256, 1 << 16);
  }

  List<Request> requests() {
    return new ArrayList<>(requests);
  }

  /** How often it was asked what an image by its tag is: once at each try of each pull. */
  long resolves() {
    return requests.stream().filter(Request::isByTag).count();
  }

  /** How often each layer and configuration was asked for, by digest. */
  Map<String, Long> blobGets() {
    return requests.stream()
        .filter(r -> r.kind() == Kind.BLOB && r.method().equals("GET"))
        .collect(
            Collectors.groupingBy(
                r -> r.path().substring(r.path().lastIndexOf('/') + 1), Collectors.counting()));
  }

  /** The credentials that anybody has shown here. */
  Set<String> authorizations() {
    return requests.stream()
        .map(Request::authorization)
        .filter(a -> !a.isEmpty())
        .collect(Collectors.toSet());
  }

  /** Of all bodies, so far. */
  long bytesSent() {
    return bytesSent.get();
  }

  /** How many layers are being sent now. */
  int transfers() {
    return transfers.get();
  }

  void forget() {
    requests.clear();
    bytesSent.set(0);
  }

  @Override
  public void close() {
    heal();
    server.stop(0);
    try (runtime;
        hosts) {
      runtime.removeAll(host + "/");
    }
    pushed.forEach(real::delete);
  }
}
