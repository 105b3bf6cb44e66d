package org.cranelet.image;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts what it is told. */
final class FakeDisk implements Puller.Disk {
  private final AtomicInteger madeRoom = new AtomicInteger();
  private final AtomicInteger looks = new AtomicInteger();

  int timesMadeRoom() {
    return madeRoom.get();
  }

  int looks() {
    return looks.get();
  }

  @Override
  public void makeRoom() {
    madeRoom.incrementAndGet();
  }

  @Override
  public void lookIfFull() {
    looks.incrementAndGet();
  }
}
