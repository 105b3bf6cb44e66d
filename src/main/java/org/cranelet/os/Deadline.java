package org.cranelet.os;

import java.time.Duration;

/**
 * A moment to come, by the machine's time, which no change of the clock moves; of this process
 * only.
 *
 * @param nanoTime as {@link System#nanoTime} counts
 */
public record Deadline(long nanoTime) {
  public static Deadline in(Duration time) {
    return new Deadline(System.nanoTime() + time.toNanos());
  }

  /** In nanoseconds; 0 or less once it is over. */
  public long left() {
    return nanoTime - System.nanoTime();
  }

  public boolean isOver() {
    return left() <= 0;
  }

  public boolean isBefore(Deadline other) {
    return nanoTime - other.nanoTime < 0;
  }
}
