package org.cranelet.job;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import dev.failsafe.function.CheckedSupplier;
import java.time.Duration;
import java.util.Objects;
import org.cranelet.cri.CriException;

/**
 * Tries again while the runtime is away or slow: a runtime that is away is not a job that is dead.
 * What is tried must look before it makes, since an earlier try may have got through.
 */
final class Patiently {
  private static final FailsafeExecutor<Object> FOREVER =
      Failsafe.with(
          RetryPolicy.builder()
              .handle(CriException.Unavailable.class, CriException.DeadlineExceeded.class)
              .withBackoff(Duration.ofMillis(100), Duration.ofSeconds(5))
              .withJitter(0.25)
              .withMaxRetries(-1)
              .build());

  private Patiently() {}

  /** A stage that may also fail for good, with an exception of its own. */
  interface Stage<T, E extends Exception> {
    T run() throws E, InterruptedException;
  }

  static <T, E extends Exception> T get(Stage<T, E> stage) throws E, InterruptedException {
    try {
      CheckedSupplier<T> supplier = stage::run;
      return FOREVER.get(supplier);
    } catch (FailsafeException e) {
      if (e.getCause() instanceof InterruptedException) {
        Thread.interrupted();
        throw new InterruptedException("the daemon is stopping");
      }
      throw Patiently.<E>asDeclared(Objects.requireNonNull(e.getCause()));
    }
  }

  static void run(Runnable stage) throws InterruptedException {
    get(
        () -> {
          stage.run();
          return true;
        });
  }

  /** Failsafe wraps checked exceptions; the only ones a stage can throw are those it declares. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Exception> E asDeclared(Throwable cause) {
    return (E) cause;
  }
}
