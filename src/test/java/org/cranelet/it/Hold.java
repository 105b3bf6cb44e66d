package org.cranelet.it;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A place where {@link FaultyRuntime} keeps one call until the test lets it go. */
final class Hold implements FaultyRuntime.Fault {
  private static final long DEADLINE_SECONDS = 60;

  private final String where;
  private final boolean before;
  private final CountDownLatch arrived = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  private final CountDownLatch answered = new CountDownLatch(1);
  private volatile boolean lost;

  Hold(String where, boolean before) {
    this.where = where;
    this.before = before;
  }

  /** Waits until a call is held here. */
  void await() {
    await(arrived, "came");
  }

  private void await(CountDownLatch latch, String what) {
    try {
      if (!latch.await(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("no call " + what + " within " + DEADLINE_SECONDS + " s " + where);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Lets the call go on as if nothing had been, even if its caller has given it up. */
  void release() {
    released.countDown();
  }

  /** A call held before it was forwarded never will be; one held after loses its reply. */
  void lose() {
    lost = true;
    released.countDown();
  }

  /** Waits until a call that was let go has its answer, whether anybody hears it or not. */
  void awaitAnswer() {
    await(answered, "answered");
  }

  @Override
  public FaultyRuntime.Reply apply(FaultyRuntime.Forward forward) throws InterruptedException {
    try {
      return holdUp(forward);
    } finally {
      answered.countDown();
    }
  }

  private FaultyRuntime.Reply holdUp(FaultyRuntime.Forward forward) throws InterruptedException {
    FaultyRuntime.Reply reply = FaultyRuntime.Reply.LOST;
    if (!before) {
      reply = forward.call();
    }
    arrived.countDown();
    released.await();
    if (lost) {
      return FaultyRuntime.Reply.LOST;
    }
    return before ? forward.call() : reply;
  }
}
