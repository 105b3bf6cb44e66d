package org.cranelet.cri;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Knows whether the runtime answers: asks its version until it does, then its status again and
 * again. Others wait here until it was seen for the first time.
 */
public final class RuntimeMonitor implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(RuntimeMonitor.class);
  private static final Duration WHEN_READY = Duration.ofSeconds(5);

  /**
   * What is known of the runtime.
   *
   * @param version absent until it answered once
   * @param driver who makes cgroups
   * @param problem why it is not ready; empty if it is
   */
  public record State(
      Optional<RuntimeVersion> version, Optional<CgroupDriver> driver, String problem) {
    public boolean ready() {
      return problem.isEmpty();
    }
  }

  private final RuntimeFacts runtime;
  private final CountDownLatch seen = new CountDownLatch(1);
  private volatile State state =
      new State(Optional.empty(), Optional.empty(), "the runtime has not been asked yet");
  private @Nullable Thread thread;

  public RuntimeMonitor(RuntimeFacts runtime) {
    this.runtime = runtime;
  }

  public State state() {
    return state;
  }

  public void start() {
    thread = Thread.ofVirtual().name("runtime-monitor").start(this::run);
  }

  /** Waits until the runtime has told its version and cgroup driver. */
  public State awaitSeen() throws InterruptedException {
    seen.await();
    return state;
  }

  /**
   * Who makes cgroups.
   *
   * @throws CriException.Unavailable if the runtime has not told yet
   */
  public CgroupDriver driver() {
    return state
        .driver()
        .orElseThrow(
            () -> new CriException.Unavailable("the runtime has not told its cgroup driver yet"));
  }

  private void run() {
    try {
      while (true) {
        Patiently.until(this::isReadyNow);
        Thread.sleep(WHEN_READY);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // close() says so
    }
  }

  private boolean isReadyNow() {
    State before = state;
    State now = look(before);
    state = now;
    report(before, now);
    if (now.version().isPresent()) {
      seen.countDown();
    }
    return now.ready();
  }

  private State look(State before) {
    try {
      // Asked again after it was away: it may have been replaced by a newer one meanwhile.
      boolean ask = before.version().isEmpty() || !before.ready();
      Optional<RuntimeVersion> version = ask ? Optional.of(runtime.version()) : before.version();
      Optional<CgroupDriver> driver = ask ? Optional.of(runtime.cgroupDriver()) : before.driver();
      return new State(version, driver, runtime.status().reason());
    } catch (CriException e) {
      return new State(
          before.version(),
          before.driver(),
          "Failed to get CRI version: " + runtime.endpoint() + ": " + e.getMessage());
    }
  }

  private static void report(State before, State now) {
    if (now.problem().equals(before.problem())) {
      return;
    }
    if (now.ready()) {
      LOG.infof(
          "runtime ready: %s, cgroup driver %s",
          now.version().orElseThrow(), now.driver().orElseThrow());
    } else {
      LOG.warnf("%s; jobs wait, trying again", now.problem());
    }
  }

  @Override
  public void close() {
    Thread running = thread;
    if (running != null) {
      running.interrupt();
    }
  }
}
