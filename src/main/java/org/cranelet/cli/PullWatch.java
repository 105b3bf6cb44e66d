package org.cranelet.cli;

import io.grpc.Status.Code;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.cranelet.os.Guard;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.PullProgress;
import org.cranelet.transport.RpcException;
import org.cranelet.transport.RpcStream;

/**
 * Shows how far the image is that a run waits for. It is a courtesy: whatever goes wrong with it is
 * kept to itself, and it holds up nothing.
 */
final class PullWatch {
  /** A step whose image is there begins within this time, and nothing is asked at all. */
  private static final Duration HEAD_START = Duration.ofMillis(300);

  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final Duration TICK = Duration.ofMillis(200);

  private final Client client;
  private final ContainerId id;
  private final PullDisplay display;
  private final Guard guard = new Guard(); // of the display
  private final AtomicBoolean begun = new AtomicBoolean();
  private final CountDownLatch over = new CountDownLatch(1);

  PullWatch(Client client, ContainerId id, PullDisplay display) {
    this.client = client;
    this.id = id;
    this.display = display;
  }

  /** The step is being made, so its image may be on its way. May be called again. */
  void begin() {
    if (begun.compareAndSet(false, true)) {
      Thread.ofVirtual().name("pull-" + id).start(() -> untilOver(this::watch));
    }
  }

  /** The container begins: when this returns, the display has said its last. */
  void arrived() {
    over.countDown();
    try (var _ = guard.hold()) {
      display.arrived();
    }
  }

  /** The step has ended without having begun. */
  void close() {
    over.countDown();
    try (var _ = guard.hold()) {
      display.ended();
    }
  }

  private interface Body {
    void run() throws InterruptedException;
  }

  private static void untilOver(Body body) {
    try {
      body.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void watch() throws InterruptedException {
    if (over(HEAD_START)) {
      return;
    }
    Thread.ofVirtual().name("pull-ticks-" + id).start(() -> untilOver(this::tick));
    boolean more = true;
    while (more && !over(Duration.ZERO)) {
      more = read();
      show(display::ended);
      more = more && !over(AGAIN);
    }
  }

  private void tick() throws InterruptedException {
    while (!over(TICK)) {
      show(display::tick);
    }
  }

  /** Reads one stream to its end; whether another one may tell more. */
  private boolean read() throws InterruptedException {
    boolean told = false;
    try (RpcStream<PullProgress> pull = client.stream(NodeGrpc.getWatchPullMethod(), id.proto())) {
      for (Optional<PullProgress> p = pull.next(); p.isPresent(); p = pull.next()) {
        PullProgress progress = p.get();
        told = true;
        show(() -> display.progress(progress));
      }
      return !told; // it was too early, or the image is there already
    } catch (RpcException e) {
      // A daemon that restarts goes on with the pull; one that is older knows nothing of it.
      return e.code() == Code.UNAVAILABLE || e.code() == Code.CANCELLED;
    } catch (IllegalStateException e) {
      return false; // the command ends, and its client is closed
    }
  }

  private void show(Runnable what) {
    try (var _ = guard.hold()) {
      if (over.getCount() > 0) {
        what.run();
      }
    }
  }

  private boolean over(Duration within) throws InterruptedException {
    return over.await(within.toNanos(), TimeUnit.NANOSECONDS);
  }
}
