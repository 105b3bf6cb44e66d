package org.cranelet.os;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock with one condition. Virtual threads use this and never {@code synchronized}: in a native
 * binary a virtual thread that waits for an object's monitor keeps its carrier, and one that is
 * interrupted meanwhile spins on it; with a hundred jobs no carrier was left for the thread that
 * held the monitor (docs/adr/0003-no-monitors-on-virtual-threads.md).
 */
public final class Guard {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Holds the lock until it is closed: {@code try (var _ = guard.hold())}. */
  public interface Held extends AutoCloseable {
    @Override
    void close();
  }

  public Held hold() {
    lock.lock();
    return lock::unlock;
  }

  /** Wakes all that wait; to be called by the holder. */
  public void signalAll() {
    changed.signalAll();
  }

  /** Lets go of the lock until somebody signals; to be called by the holder, in a loop. */
  public void await() throws InterruptedException {
    changed.await();
  }

  /** As {@link #await()}, for at most so many nanoseconds. */
  public void await(long nanos) throws InterruptedException {
    changed.await(nanos, TimeUnit.NANOSECONDS);
  }
}
