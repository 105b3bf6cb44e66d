package org.cranelet.it;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The middle of a layer, where {@link FaultyRegistry} stops sending until the test lets it go. */
final class Stall {
  private static final long DEADLINE_SECONDS = 60;

  private final CountDownLatch arrived = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  /** Waits until a layer has come half. */
  void await() {
    try {
      if (!arrived.await(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("no layer was asked for within " + DEADLINE_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** The rest comes, if anybody still waits for it. */
  void release() {
    released.countDown();
  }

  /** Called in the middle. */
  void hold() {
    arrived.countDown();
    try {
      released.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
