package org.cranelet.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StopIntentTest {
  private static final StopIntent BY_USER = new StopIntent(State.CANCELLED, 30, "stopped by alice");
  private static final StopIntent AT_LIMIT =
      new StopIntent(State.EXCEED_TIME_LIMIT, 10, "over its time limit of 60 s");

  @Test
  void aSecondStopMayHastenTheEnd() {
    StopIntent now = new StopIntent(State.CANCELLED, 0, "stopped by root");

    assertThat(BY_USER.and(now)).isEqualTo(now);
  }

  @Test
  void itNeverPutsTheEndOff() {
    assertThat(BY_USER.and(new StopIntent(State.CANCELLED, 604_800, "stopped by alice")))
        .isEqualTo(BY_USER);
    assertThat(BY_USER.and(BY_USER)).isSameAs(BY_USER);
  }

  @Test
  void aLongGraceDoesNotOutliveTheTimeLimit() {
    StopIntent week = new StopIntent(State.CANCELLED, 604_800, "stopped by alice");

    assertThat(week.and(AT_LIMIT)).isEqualTo(AT_LIMIT);
  }

  @Test
  void aJobOverItsTimeLimitStaysThat() {
    StopIntent now = new StopIntent(State.CANCELLED, 0, "stopped by alice");

    assertThat(AT_LIMIT.and(now))
        .isEqualTo(new StopIntent(State.EXCEED_TIME_LIMIT, 0, AT_LIMIT.reason()));
  }
}
