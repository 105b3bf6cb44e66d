package org.cranelet.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;

/** How fast bytes arrive: over the last seconds, so that a pull that hangs is seen to hang. */
final class PullRate {
  private static final Duration WINDOW = Duration.ofSeconds(5);
  private static final Duration ENOUGH = Duration.ofSeconds(1);

  private record Sample(Instant when, long bytes) {}

  private final Deque<Sample> samples = new ArrayDeque<>();

  /**
   * @param bytes that have arrived by now in all; fewer than before begins anew
   */
  void add(Instant now, long bytes) {
    if (!samples.isEmpty() && bytes < samples.getLast().bytes()) {
      samples.clear();
    }
    samples.addLast(new Sample(now, bytes));
    // One sample at the window's edge or before it stays: it is where the window begins.
    while (samples.size() > 2 && !second().when().isAfter(now.minus(WINDOW))) {
      samples.removeFirst();
    }
  }

  private Sample second() {
    var all = samples.iterator();
    all.next();
    return all.next();
  }

  /** Bytes per second; empty until it can be told. */
  OptionalLong perSecond() {
    if (samples.isEmpty()) {
      return OptionalLong.empty();
    }
    Duration time = Duration.between(samples.getFirst().when(), samples.getLast().when());
    if (time.compareTo(ENOUGH) < 0) {
      return OptionalLong.empty();
    }
    long bytes = samples.getLast().bytes() - samples.getFirst().bytes();
    return OptionalLong.of((long) (bytes / (time.toMillis() / 1000.0)));
  }

  void clear() {
    samples.clear();
  }
}
