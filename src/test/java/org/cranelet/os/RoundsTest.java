package org.cranelet.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RoundsTest {
  private static final Duration SHORT = Duration.ofMillis(1);
  private static final Duration HOUR = Duration.ofHours(1);

  private final Rounds rounds = new Rounds();
  private final Semaphore begun = new Semaphore(0);

  @AfterEach
  void close() {
    rounds.close();
  }

  @Test
  void theFirstRoundIsAtOnce() throws Exception {
    // When
    rounds.every(HOUR, "task", begun::release);
    // Then
    assertThat(begun.tryAcquire(1, TimeUnit.MINUTES)).isTrue();
  }

  @Test
  void oneRoundFollowsTheOther() throws Exception {
    // When
    rounds.every(SHORT, "task", begun::release);
    // Then
    assertThat(begun.tryAcquire(3, 1, TimeUnit.MINUTES)).isTrue();
  }

  @Test
  void aRoundThatFailsIsFollowedByTheNext() throws Exception {
    // When
    rounds.every(
        SHORT,
        "task",
        () -> {
          begun.release();
          throw new IllegalStateException("on purpose");
        });
    // Then
    assertThat(begun.tryAcquire(3, 1, TimeUnit.MINUTES)).isTrue();
  }

  @Test
  void aTaskThatTakesLongHoldsUpNoOther() throws Exception {
    // Given
    Semaphore never = new Semaphore(0);
    rounds.every(SHORT, "long", never::acquireUninterruptibly);
    // When
    rounds.every(SHORT, "task", begun::release);
    // Then
    assertThat(begun.tryAcquire(3, 1, TimeUnit.MINUTES)).isTrue();
    never.release();
  }

  @Test
  void afterTheCloseNoRoundBegins() throws Exception {
    // Given
    Semaphore go = new Semaphore(0);
    rounds.every(
        SHORT,
        "task",
        () -> {
          begun.release();
          go.acquireUninterruptibly();
        });
    assertThat(begun.tryAcquire(1, TimeUnit.MINUTES)).isTrue();
    // When
    rounds.close();
    go.release();
    // Then
    assertThat(begun.tryAcquire(100, TimeUnit.MILLISECONDS)).isFalse();
  }
}
