package org.cranelet.image;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.cranelet.cri.containerd.Downloads.Download;
import org.cranelet.image.PullProgress.State;
import org.cranelet.image.reference.Login;
import org.cranelet.image.reference.Reference;
import org.cranelet.os.Guard;
import org.cranelet.pod.StepRef;
import org.jspecify.annotations.Nullable;

/** One pull in flight, whoever waits for it. Its {@link Puller} runs it. */
final class Pull {
  /** What makes two pulls the same: what one login opens, another may not. */
  record Key(Reference reference, Optional<Login> login) {}

  /**
   * Somebody who wants the image.
   *
   * @param step absent for a pre-pull
   * @param uid whose step it is
   */
  record Waiter(Optional<StepRef> step, int uid) {}

  private static final Waiter NOBODY = new Waiter(Optional.empty(), 0);

  final Key key;
  final long number;
  final Instant since = Instant.now();
  final CompletableFuture<String> result = new CompletableFuture<>();

  private final Guard guard = new Guard();
  private final List<Waiter> waiters = new ArrayList<>(); // guarded, like all below
  private final Map<String, Download> layers = new HashMap<>();
  private State state = State.QUEUED;
  private int attempts;
  private int attempt;
  private long beganAt; // by nanoTime, the first attempt
  private String lastError = "";
  private boolean shared;
  private boolean stalled;
  private @Nullable Thread caller;
  private Instant attemptBegan = Instant.MAX;
  private long movedAt; // by nanoTime

  Pull(Key key, long number) {
    this.key = key;
    this.number = number;
  }

  // ---- who waits ----

  /**
   * @param most how many attempts this one wants at least, in all
   */
  void join(Waiter waiter, int most) {
    try (var _ = guard.hold()) {
      waiters.add(waiter);
      attempts = Math.max(attempts, most);
    }
  }

  boolean mayTryAgain() {
    try (var _ = guard.hold()) {
      return attempt < attempts;
    }
  }

  /**
   * @return whether nobody waits any more
   */
  boolean leave(Waiter waiter) {
    try (var _ = guard.hold()) {
      waiters.remove(waiter);
      return waiters.isEmpty();
    }
  }

  boolean isForJobs() {
    try (var _ = guard.hold()) {
      return waiters.stream().anyMatch(w -> w.step().isPresent());
    }
  }

  /** On whose account it goes: of the steps that wait, the one's that asked first. */
  int owner() {
    try (var _ = guard.hold()) {
      return waiters.stream().filter(w -> w.step().isPresent()).findFirst().orElse(NOBODY).uid();
    }
  }

  boolean isFor(StepRef step) {
    try (var _ = guard.hold()) {
      return waiters.stream().anyMatch(w -> w.step().equals(Optional.of(step)));
    }
  }

  // ---- the attempt that goes on ----

  void state(State now) {
    try (var _ = guard.hold()) {
      state = now;
    }
  }

  State state() {
    try (var _ = guard.hold()) {
      return state;
    }
  }

  boolean isRunning() {
    return switch (state()) {
      case RESOLVING, PULLING, UNPACKING -> true;
      case QUEUED, RETRYING -> false;
    };
  }

  /** The calling thread begins an attempt; {@link #stall} interrupts it. */
  void beginAttempt() {
    try (var _ = guard.hold()) {
      caller = Thread.currentThread();
      beganAt = attempt == 0 ? System.nanoTime() : beganAt;
      attempt++;
      stalled = false;
      shared = false;
      layers.clear();
      attemptBegan = Instant.now();
      movedAt = System.nanoTime();
      state = State.RESOLVING;
    }
  }

  /**
   * The attempt is over, or was already.
   *
   * @return whether it was given up because nothing arrived
   */
  boolean endAttempt() {
    try (var _ = guard.hold()) {
      boolean givenUp = stalled;
      caller = null;
      stalled = false;
      if (givenUp) {
        Thread.interrupted(); // it has done its work
      }
      return givenUp;
    }
  }

  void failed(String error) {
    try (var _ = guard.hold()) {
      lastError = error;
      state = State.RETRYING;
    }
  }

  /** Gives the attempt up, if one still goes on. */
  void stall() {
    try (var _ = guard.hold()) {
      if (caller != null) {
        stalled = true;
        caller.interrupt();
      }
    }
  }

  // ---- how far it is ----

  /** How long ago the first attempt began. */
  Duration spent() {
    try (var _ = guard.hold()) {
      return Duration.ofNanos(System.nanoTime() - beganAt);
    }
  }

  /** Whether a download can be part of the attempt that goes on. */
  boolean mayOwn(Download download) {
    try (var _ = guard.hold()) {
      return download.isLayer() && !download.changedAt().isBefore(attemptBegan);
    }
  }

  /**
   * Takes note of what has arrived.
   *
   * @param inFlight this pull's downloads; one that was here and is no longer has arrived
   * @param othersRun whether some of them may be another pull's
   */
  void saw(List<Download> inFlight, boolean othersRun) {
    try (var _ = guard.hold()) {
      if (caller == null) {
        return;
      }
      Map<String, Download> before = Map.copyOf(layers);
      Set<String> refs = inFlight.stream().map(Download::ref).collect(Collectors.toSet());
      layers.replaceAll((ref, d) -> refs.contains(ref) ? d : arrived(d));
      inFlight.forEach(d -> layers.put(d.ref(), d));
      shared |= othersRun && !inFlight.isEmpty();
      if (!layers.equals(before)) {
        movedAt = System.nanoTime();
      }
      boolean arriving = inFlight.stream().anyMatch(d -> d.total() == 0 || d.bytes() < d.total());
      state = arriving ? State.PULLING : layers.isEmpty() ? State.RESOLVING : State.UNPACKING;
    }
  }

  private static Download arrived(Download d) {
    long whole = Math.max(d.bytes(), d.total());
    return new Download(d.ref(), whole, whole, d.changedAt());
  }

  Duration idle() {
    try (var _ = guard.hold()) {
      return Duration.ofNanos(System.nanoTime() - movedAt);
    }
  }

  PullProgress progress() {
    try (var _ = guard.hold()) {
      return new PullProgress(
          key.reference(),
          state,
          layers.values().stream().mapToLong(Download::bytes).sum(),
          layers.values().stream().mapToLong(d -> Math.max(d.bytes(), d.total())).sum(),
          shared,
          since,
          (int) waiters.stream().filter(w -> w.step().isPresent()).count(),
          attempt,
          lastError);
    }
  }
}
