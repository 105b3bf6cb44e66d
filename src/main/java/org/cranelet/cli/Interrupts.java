package org.cranelet.cli;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import sun.misc.Signal;

/**
 * Ctrl-C on a foreground run: once stops the container, as soon as there is one; again leaves it.
 */
final class Interrupts {
  private static final int LEFT = 130; // 128 + SIGINT

  private final AtomicInteger times = new AtomicInteger();
  private final AtomicReference<@Nullable RunSession> session = new AtomicReference<>();

  private Interrupts() {}

  /** Ctrl-C ends this process no more. */
  static Interrupts heard() {
    Interrupts interrupts = new Interrupts();
    Signal.handle(new Signal("INT"), signal -> interrupts.interrupted());
    return interrupts;
  }

  /** The container is known now. */
  void about(RunSession known) {
    session.set(known);
    if (times.get() > 0) {
      known.interrupted();
    }
  }

  private void interrupted() {
    boolean again = times.incrementAndGet() > 1;
    RunSession known = session.get();
    if (again) {
      if (known == null) {
        System.err.println("ccon: left before it was accepted; it may run all the same: ccon ps");
      } else {
        known.left();
      }
      Runtime.getRuntime().halt(LEFT);
    }
    if (known == null) {
      System.err.println("ccon: stops it as soon as it is accepted (Ctrl-C again leaves it)");
    } else {
      known.interrupted();
    }
  }
}
