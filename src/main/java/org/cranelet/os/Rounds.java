package org.cranelet.os;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Tasks that are run again and again, each by a thread of its own.
 *
 * <p>The pauses are the machine's time, which no change of the clock moves. (The intervals of
 * Quarkus' scheduler are the clock's: when it is set back by an hour, nothing is run for an hour.)
 */
public final class Rounds implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Rounds.class);

  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * Runs a task at once, and again whenever that long has passed since it ended. One that throws is
   * logged and run again like any other.
   *
   * @param name the thread's, and for the log
   */
  public void every(Duration pause, String name, Runnable task) {
    Thread.ofVirtual().name(name).start(() -> goRound(pause, name, task));
  }

  private void goRound(Duration pause, String name, Runnable task) {
    try {
      do {
        run(name, task);
      } while (!closed.await(pause.toNanos(), TimeUnit.NANOSECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts " + name, e);
    }
  }

  private static void run(String name, Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.errorf(e, "%s failed", name);
    }
  }

  /** Begins no further round; waits for none. */
  @Override
  public void close() {
    closed.countDown();
  }
}
