package org.cranelet.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DeadlineTest {
  @Test
  void oneToComeHasTimeLeft() {
    // When
    Deadline deadline = Deadline.in(Duration.ofHours(1));
    // Then
    assertThat(deadline.isOver()).isFalse();
    assertThat(deadline.left()).isPositive().isLessThanOrEqualTo(Duration.ofHours(1).toNanos());
  }

  @Test
  void withoutTimeItIsOver() {
    assertThat(Deadline.in(Duration.ZERO).isOver()).isTrue();
  }

  @Test
  void theEarlierIsBefore() {
    Deadline late = new Deadline(Long.MIN_VALUE + 1); // nanoTime may overflow between the two
    Deadline early = new Deadline(Long.MAX_VALUE);
    assertThat(early.isBefore(late)).isTrue();
    assertThat(late.isBefore(early)).isFalse();
  }
}
