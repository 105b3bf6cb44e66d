package org.cranelet.cri;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import dev.failsafe.RetryPolicyBuilder;
import dev.failsafe.function.CheckedSupplier;
import java.time.Duration;
import java.util.Objects;

/**
 * Tries again while the runtime is away or slow: a runtime that is away is not a job that is dead.
 * What is tried must look before it makes, since an earlier try may have got through.
 */
public final class Patiently {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private static final FailsafeExecutor<Object> FOREVER =
      Failsafe.with(whileAway(FIRST, LONGEST).build());

  private static final FailsafeExecutor<Object> UNTIL_YES =
      Failsafe.with(whileAway(FIRST, LONGEST).handleResult(false).build());

  private static RetryPolicyBuilder<Object> whileAway(Duration first, Duration longest) {
    return RetryPolicy.builder()
        .handle(CriException.Unavailable.class, CriException.DeadlineExceeded.class)
        .withBackoff(first, longest)
        .withJitter(0.25)
        .withMaxRetries(-1);
  }

  private Patiently() {}

  /** A stage that may also fail for good, with an exception of its own. */
  public interface Stage<T, E extends Exception> {
    T run() throws E, InterruptedException;
  }

  public static <T, E extends Exception> T get(Stage<T, E> stage) throws E, InterruptedException {
    return get(FOREVER, stage);
  }

  /** As {@link #get}, less eagerly and no longer than {@code most}: for what nobody waits for. */
  public static <T, E extends Exception> T within(Duration most, Stage<T, E> stage)
      throws E, InterruptedException {
    RetryPolicyBuilder<Object> policy = whileAway(Duration.ofMillis(500), Duration.ofSeconds(30));
    return get(Failsafe.with(policy.withMaxDuration(most).build()), stage);
  }

  private static <T, E extends Exception> T get(
      FailsafeExecutor<Object> executor, Stage<T, E> stage) throws E, InterruptedException {
    try {
      CheckedSupplier<T> supplier = stage::run;
      return executor.get(supplier);
    } catch (FailsafeException e) {
      if (e.getCause() instanceof InterruptedException) {
        Thread.interrupted();
        throw new InterruptedException("the daemon is stopping");
      }
      throw Patiently.<E>asDeclared(Objects.requireNonNull(e.getCause()));
    }
  }

  public static void run(Runnable stage) throws InterruptedException {
    get(
        () -> {
          stage.run();
          return true;
        });
  }

  /** Asks until the answer is yes, after longer and longer pauses. */
  public static void until(Stage<Boolean, RuntimeException> question) throws InterruptedException {
    get(UNTIL_YES, question);
  }

  /** Failsafe wraps checked exceptions; the only ones a stage can throw are those it declares. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Exception> E asDeclared(Throwable cause) {
    return (E) cause;
  }
}
