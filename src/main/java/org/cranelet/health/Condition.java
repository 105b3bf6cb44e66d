package org.cranelet.health;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.function.Supplier;

/** What the daemon tells the probes: whether it has started, and how ready it is. */
@ApplicationScoped
public class Condition {
  /**
   * How ready the daemon is.
   *
   * @param detail the runtime with its version, or why it is not ready
   */
  public record Readiness(boolean ready, String detail) {}

  private volatile boolean started;
  private volatile Supplier<Readiness> readiness = () -> new Readiness(false, "starting");

  /** Called once, when all is set up and the socket is open. */
  public void started(Supplier<Readiness> from) {
    readiness = from;
    started = true;
  }

  boolean isStarted() {
    return started;
  }

  Readiness readiness() {
    return readiness.get();
  }
}
