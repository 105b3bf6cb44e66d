package org.cranelet.it;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for conditions, never for time. */
public final class Until {
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final long LOOK_MILLIS = 20;

  private Until() {}

  public static void holds(String what, BooleanSupplier condition) {
    holds(what, DEADLINE, condition);
  }

  /** As {@link #holds(String, BooleanSupplier)}, for what takes longer by its nature. */
  public static void holds(String what, Duration most, BooleanSupplier condition) {
    long end = System.nanoTime() + most.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + most.toSeconds() + " s: " + what);
      }
      try {
        Thread.sleep(LOOK_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }
  }
}
