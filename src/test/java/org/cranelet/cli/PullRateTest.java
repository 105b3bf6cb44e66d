package org.cranelet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PullRateTest {
  private final PullRate rate = new PullRate();

  private void add(long seconds, long bytes) {
    rate.add(Pulls.START.plusSeconds(seconds), bytes);
  }

  @Test
  void isNotKnownWithinTheFirstSecond() {
    // Given
    add(0, 0);
    rate.add(Pulls.START.plusMillis(900), 1000);
    // Then
    assertThat(rate.perSecond()).isEmpty();
  }

  @Test
  void isThatOfTheLastSeconds() {
    // Given
    add(0, 0);
    for (int s = 1; s <= 60; s++) {
      add(s, s <= 50 ? s * 100L : 5000 + (s - 50) * 10L);
    }
    // Then
    assertThat(rate.perSecond()).hasValue(10);
  }

  @Test
  void aPullThatHangsComesDownToNothing() {
    // Given
    add(0, 0);
    add(1, 5000);
    for (int s = 2; s <= 7; s++) {
      add(s, 5000);
    }
    // Then
    assertThat(rate.perSecond()).hasValue(0);
  }

  @Test
  void goingBackwardsBeginsAnewAndIsNeverNegative() {
    // Given
    add(0, 0);
    add(2, 5000);
    // When
    add(3, 1000);
    // Then
    assertThat(rate.perSecond()).isEmpty();
    // When
    add(5, 3000);
    // Then
    assertThat(rate.perSecond()).hasValue(1000);
  }
}
