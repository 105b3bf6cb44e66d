package org.cranelet.cri;

import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.cranelet.cri.containerd.TaskExits;
import org.cranelet.os.Deadline;
import org.cranelet.os.Guard;
import org.cranelet.transport.RpcClient;
import org.cranelet.transport.RpcException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Tells when containers end. One stream of events per daemon wakes whoever waits for that
 * container; a relist on every connect, at every end of the stream and at an interval finds what
 * the stream did not tell. Either way the waiter asks the runtime itself: only its status counts.
 */
public final class EndWatcher implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(EndWatcher.class);

  /** Between relists where the runtime has no events at all; ends are at most this late then. */
  private static final Duration WITHOUT_EVENTS = Duration.ofMillis(500);

  /**
   * After a connect: the stream counts as open before the runtime has really subscribed us, and
   * what ends in between is told to nobody.
   */
  private static final List<Duration> AFTER_CONNECT =
      List.of(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(7));

  /** One that stood this long is opened again at once, others after longer and longer pauses. */
  private static final Duration STOOD = Duration.ofSeconds(5);

  /**
   * An event may be faster than the status it is about (the runtime still drains the output): for
   * how long to look again before the next hint is waited for, and how long to pause at most.
   */
  private static final Duration LOOK_AFTER_HINT = Duration.ofSeconds(20);

  /** For how long a container may be unknown before it is given up. */
  private static final Duration LOST_AFTER = Duration.ofSeconds(10);

  private static final int KEPT_HINTS = 4096;

  private static final long MAX_PAUSE_MILLIS = 250;

  private final RuntimeClient runtime;
  private final RuntimeMonitor monitor;
  private final RpcClient rpc;
  private final Duration relistInterval;
  private final Map<String, Waiter> waiters = new ConcurrentHashMap<>();

  /** The last hints, for those who begin to wait a moment after the end they wait for. */
  private final Map<String, Boolean> unawaited =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > KEPT_HINTS;
        }
      };

  private final Guard unawaitedGuard = new Guard();
  private final Semaphore relistNow = new Semaphore(0);
  private volatile EndSource source;
  private volatile boolean events;
  private @Nullable Thread reader;
  private @Nullable Thread relister;

  private static final class Waiter {
    final Semaphore hints = new Semaphore(0);
    final AtomicInteger users = new AtomicInteger();
  }

  public EndWatcher(
      RuntimeClient runtime, RuntimeMonitor monitor, RpcClient rpc, Duration relistInterval) {
    this.runtime = runtime;
    this.monitor = monitor;
    this.rpc = rpc;
    this.relistInterval = relistInterval;
    this.source = new CriEvents(rpc);
  }

  public void start() {
    reader = Thread.ofVirtual().name("runtime-events").start(this::readEvents);
    relister = Thread.ofVirtual().name("relist").start(this::relist);
  }

  /**
   * Waits until a container has ended, or the runtime has said for a while that it does not know;
   * while the runtime is away, waits on.
   *
   * @throws CriException.NotFound if the container is gone, so that its exit code cannot be known
   */
  public ContainerState awaitEnd(String containerId) throws InterruptedException {
    Waiter waiter =
        waiters.compute(
            containerId,
            (id, known) -> {
              Waiter w = known == null ? new Waiter() : known;
              w.users.incrementAndGet();
              return w;
            });
    try {
      if (wasHinted(containerId)) {
        waiter.hints.release(); // it ended faster than we came here
      }
      long pause = 1;
      Deadline lookUntil = Deadline.in(Duration.ZERO);
      long unknownSince = 0; // by nanoTime; 0 while it is known
      while (true) {
        ContainerState state = look(containerId);
        if (state != null && state.phase() == ContainerPhase.EXITED) {
          return state;
        }
        boolean unknown = state != null && state.phase() == ContainerPhase.UNKNOWN;
        unknownSince = !unknown ? 0 : unknownSince == 0 ? System.nanoTime() : unknownSince;
        if (state != null && unknown && hasBeenLost(unknownSince)) {
          return state;
        }
        if (unknown || state != null && !lookUntil.isOver()) {
          Thread.sleep(pause);
          pause = Math.min(2 * pause, MAX_PAUSE_MILLIS);
        } else {
          waiter.hints.acquire();
          waiter.hints.drainPermits();
          pause = 1;
          lookUntil = Deadline.in(LOOK_AFTER_HINT);
        }
      }
    } finally {
      waiters.computeIfPresent(containerId, (id, w) -> w.users.decrementAndGet() == 0 ? null : w);
    }
  }

  private static boolean hasBeenLost(long unknownSince) {
    return System.nanoTime() - unknownSince > LOST_AFTER.toNanos();
  }

  /** How many containers somebody waits for. */
  public int watched() {
    return waiters.size();
  }

  private @Nullable ContainerState look(String containerId) {
    try {
      return runtime.containerStatus(containerId);
    } catch (CriException.Unavailable | CriException.DeadlineExceeded e) {
      return null; // the relist after the next connect wakes us again
    }
  }

  private boolean wasHinted(String containerId) {
    try (var _ = unawaitedGuard.hold()) {
      return unawaited.remove(containerId) != null;
    }
  }

  private void hint(String containerId) {
    try (var _ = unawaitedGuard.hold()) {
      unawaited.put(containerId, true);
    }
    Waiter waiter = waiters.get(containerId);
    if (waiter != null) {
      waiter.hints.release();
    }
  }

  private void readEvents() {
    try {
      RuntimeVersion version = monitor.awaitSeen().version().orElseThrow();
      source = source(version);
      LOG.infof("ends of containers come from %s", source.name());
      while (true) {
        Patiently.until(this::stood);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // close() says so
    }
  }

  /** Reads the stream to its end; whether it stood for a while. */
  private boolean stood() throws InterruptedException {
    long began = System.nanoTime();
    try {
      source.read(
          () -> {
            events = true;
            relistNow.release();
          },
          this::hint);
    } catch (RpcException e) {
      LOG.debugf("%s ended: %s", source.name(), e.getMessage());
      if (e.code() == io.grpc.Status.Code.UNIMPLEMENTED) {
        source = new CriEvents(rpc);
      }
    }
    events = false;
    relistNow.release();
    return System.nanoTime() - began > STOOD.toNanos();
  }

  /** containerd before 2.0 gives each CRI event to one subscriber; its own service to all. */
  private EndSource source(RuntimeVersion version) {
    if (!version.sharesEvents()) {
      return new CriEvents(rpc);
    }
    TaskExits exits = new TaskExits(rpc);
    return new EndSource() {
      @Override
      public String name() {
        return "containerd events";
      }

      @Override
      public void read(Runnable opened, java.util.function.Consumer<String> ended)
          throws InterruptedException {
        exits.read(opened, ended);
      }
    };
  }

  private void relist() {
    try {
      monitor.awaitSeen();
      Iterator<Duration> soon = Collections.emptyIterator();
      while (true) {
        Duration wait = !events ? WITHOUT_EVENTS : soon.hasNext() ? soon.next() : relistInterval;
        if (relistNow.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS)) {
          relistNow.drainPermits();
          soon = AFTER_CONNECT.iterator();
        }
        relistOnce();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // close() says so
    }
  }

  private void relistOnce() {
    if (waiters.isEmpty()) {
      return;
    }
    try {
      // Those who began to wait after the list was asked for are not in `before`, and not hinted.
      Set<String> before = new HashSet<>(waiters.keySet());
      runtime.listContainers(Map.of()).stream()
          .filter(c -> c.phase() == ContainerPhase.RUNNING)
          .forEach(c -> before.remove(c.id()));
      before.forEach(this::hint);
    } catch (CriException e) {
      LOG.debugf("relist: %s", e.getMessage());
    }
  }

  @Override
  public void close() {
    for (Thread thread : new @Nullable Thread[] {reader, relister}) {
      if (thread != null) {
        thread.interrupt();
      }
    }
  }
}
