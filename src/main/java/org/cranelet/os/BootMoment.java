package org.cranelet.os;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;

/**
 * A moment that no change of the clock moves: how long the machine had been up, in which boot.
 *
 * @param bootId which boot (random(4))
 * @param uptimeMillis since that boot, time spent suspended included (proc_uptime(5))
 */
@RegisterForReflection // stands in the journal
public record BootMoment(String bootId, long uptimeMillis) {
  public static BootMoment now() {
    try {
      return new BootMoment(Machine.bootId(), Machine.uptime().toMillis());
    } catch (IOException e) {
      throw new UncheckedIOException("/proc does not tell boot id and uptime", e);
    }
  }

  public boolean sameBoot(BootMoment other) {
    return bootId.equals(other.bootId);
  }

  /** The time from {@code earlier}, of the same boot, to this. */
  public Duration since(BootMoment earlier) {
    return Duration.ofMillis(uptimeMillis - earlier.uptimeMillis);
  }
}
