package org.cranelet.it;

import io.grpc.Status.Code;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.cranelet.transport.RpcClient;

/**
 * A proxy before the real runtime that does harm where a test wants it. It passes on every method
 * of every service there is, and counts the calls; faults are set by a method's bare name. The
 * stream of events, whichever the daemon has chosen, goes by the name {@link #EVENTS}.
 */
final class FaultyRuntime implements AutoCloseable {
  static final String EVENTS = "events";

  /** Takes part in every method that has no fault of its own. */
  private static final String ALL = "*";

  static final Set<String> EVENT_METHODS = Set.of("Subscribe", "GetContainerEvents");

  /** What the daemon is told. The body is there if the status is {@code OK}. */
  record Reply(Code code, String message, Buffer body) {
    static final Reply LOST = failed(Code.UNAVAILABLE, "the connection broke (a test did it)");

    static Reply failed(Code code, String message) {
      return new Reply(code, message, null);
    }
  }

  /** Makes the real call. */
  interface Forward {
    Reply call() throws InterruptedException;
  }

  /** Stands between a call and the real runtime. */
  interface Fault {
    Reply apply(Forward forward) throws InterruptedException;
  }

  private final Path directory;
  private final RuntimeProxy proxy;
  private final RpcClient direct;
  private final Map<String, Queue<Fault>> once = new ConcurrentHashMap<>();
  private final Map<String, Fault> always = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> answered = new ConcurrentHashMap<>();
  private final Queue<Hold> holds = new ConcurrentLinkedQueue<>();
  private volatile EventFault eventFault = EventFault.NONE;

  /** A proxy that listens. */
  static FaultyRuntime listening() {
    FaultyRuntime runtime = new FaultyRuntime();
    runtime.appear();
    return runtime;
  }

  FaultyRuntime() {
    try {
      directory = Files.createTempDirectory(Path.of("/var/tmp"), "cranelet-faulty-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Path real = Testbed.current().socket();
    proxy = new RuntimeProxy(real, this::apply, (event, out) -> eventFault.on(event, out));
    direct = RpcClient.forCommand(real);
  }

  Path socket() {
    return directory.resolve("r.sock");
  }

  /** The line for the daemon's file. */
  String setting() {
    return "RuntimeEndpoint: unix://" + socket();
  }

  /** The real runtime, for what somebody else may do there. */
  RpcClient direct() {
    return direct;
  }

  // ---- faults ----

  /** The next call of this method is held before it reaches the runtime. */
  Hold holdBefore(String method) {
    return hold(method, true);
  }

  /** The next call of this method is held when it has taken effect, before its reply. */
  Hold holdAfter(String method) {
    return hold(method, false);
  }

  private Hold hold(String method, boolean before) {
    Hold hold = new Hold((before ? "before " : "after ") + method, before);
    holds.add(hold);
    next(method, hold);
    return hold;
  }

  /** The next call of this method never reaches the runtime and fails. */
  void fail(String method, Code code) {
    next(method, forward -> Reply.failed(code, "a test did it"));
  }

  /** All calls of this method fail like that, until {@link #heal}. */
  void failAlways(String method, Code code) {
    always.put(method, forward -> Reply.failed(code, "a test did it"));
  }

  /** The next call of this method takes effect, but its caller hears of a failure. */
  void failAfter(String method, Code code) {
    next(
        method,
        forward -> {
          forward.call();
          return Reply.failed(code, "a test did it");
        });
  }

  /** No call of any method is answered, until {@link #heal}, which answers them. */
  void hang() {
    Hold forever = new Hold("anywhere", true);
    holds.add(forever);
    always.put(ALL, forever);
  }

  void events(EventFault fault) {
    eventFault = fault;
  }

  /** Breaks the event streams that are open. */
  void breakEvents() {
    proxy.breakStreams();
  }

  private void next(String method, Fault fault) {
    once.computeIfAbsent(method, m -> new ConcurrentLinkedQueue<>()).add(fault);
  }

  /** The methods with a fault for one call that was not made. */
  Set<String> unusedFaults() {
    return once.entrySet().stream()
        .filter(e -> !e.getValue().isEmpty())
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /** No more faults; what is held goes on. */
  void heal() {
    once.clear();
    always.clear();
    eventFault = EventFault.NONE;
    holds.forEach(Hold::release);
  }

  /** Nobody listens any more; connections are closed. */
  void vanish() {
    proxy.close(socket());
  }

  void appear() {
    proxy.listen(socket());
  }

  /** How often the daemon has called this method. */
  int calls(String method) {
    return of(calls, method).get();
  }

  /** How many calls of this method have been answered. */
  int answered(String method) {
    return of(answered, method).get();
  }

  private static AtomicInteger of(Map<String, AtomicInteger> counts, String method) {
    return counts.computeIfAbsent(method, m -> new AtomicInteger());
  }

  private Reply apply(String method, Forward forward) throws InterruptedException {
    String name = EVENT_METHODS.contains(method) ? EVENTS : method;
    of(calls, name).incrementAndGet();
    try {
      return fault(name).apply(forward);
    } finally {
      of(answered, name).incrementAndGet();
    }
  }

  private Fault fault(String name) {
    Queue<Fault> waiting = once.get(name);
    Fault next = waiting == null ? null : waiting.poll();
    if (next != null) {
      return next;
    }
    Fault standing = always.getOrDefault(name, always.get(ALL));
    return standing != null ? standing : Forward::call;
  }

  @Override
  public void close() {
    heal();
    direct.close();
    proxy.close(socket());
    proxy.close();
    try {
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
