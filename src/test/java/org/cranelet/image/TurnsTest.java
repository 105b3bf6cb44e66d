package org.cranelet.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import org.cranelet.os.Deadline;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Turns turns = new Turns(1);

  @Test
  void soManyGoOnAtOnceAndNoMore() throws Exception {
    Turns two = new Turns(2);
    try (Turns.Turn first = join(two, 0);
        Turns.Turn second = join(two, 0);
        Turns.Turn third = join(two, 0)) {
      assertThat(hasCome(first)).isTrue();
      assertThat(hasCome(second)).isTrue();
      assertThat(hasCome(third)).isFalse();
      first.close();
      assertThat(hasCome(third)).isTrue();
    }
  }

  @Test
  void theHighestPriorityGoesFirstThenWhoCameFirst() throws Exception {
    Turns.Turn early = join(turns, 1);
    Turns.Turn late = join(turns, 1);
    Turns.Turn high = join(turns, 2);

    assertThat(hasCome(early)).isFalse();
    assertThat(hasCome(high)).isTrue();
    high.close();
    assertThat(hasCome(late)).isFalse();
    assertThat(hasCome(early)).isTrue();
    early.close();
    assertThat(hasCome(late)).isTrue();
  }

  @Test
  void oneThatGivesItsPlaceUpIsInNobodysWay() throws Exception {
    Turns.Turn one = join(turns, 1);
    Turns.Turn two = join(turns, 0);

    one.close();

    assertThat(hasCome(two)).isTrue();
  }

  @Test
  void theEndOfATurnWakesTheNext() throws Exception {
    Turns.Turn one = join(turns, 0);
    Turns.Turn two = join(turns, 0);
    assertThat(hasCome(one)).isTrue();

    Thread.ofVirtual().start(one::close);

    assertThat(two.await(Deadline.in(MINUTE))).isTrue();
  }

  @Test
  void oneThatIsInterruptedWaitsNoLonger() {
    join(turns, 1);
    Turns.Turn two = join(turns, 0);

    Thread.currentThread().interrupt();

    assertThatExceptionOfType(InterruptedException.class)
        .isThrownBy(() -> two.await(Deadline.in(MINUTE)));
  }

  @Test
  void oneWhoseTimeHasNotComeIsInNobodysWayUntilItComes() throws Exception {
    Turns.Turn later = turns.join(9, Deadline.in(MINUTE), Deadline.in(MINUTE));
    Turns.Turn now = join(turns, 0);
    assertThat(hasCome(now)).isTrue();
    Turns.Turn next = join(turns, 0);
    later.extend(Deadline.in(Duration.ZERO), Deadline.in(Duration.ZERO));

    now.close();

    assertThat(hasCome(next)).isFalse();
    later.awaitTime();
    assertThat(hasCome(later)).isTrue();
  }

  @Test
  void theLongerTimeOfTwoCounts() {
    Turns.Turn turn = turns.join(0, Deadline.in(Duration.ZERO), Deadline.in(Duration.ZERO));
    assertThat(turn.isOver()).isTrue();

    turn.extend(Deadline.in(MINUTE), Deadline.in(MINUTE));
    assertThat(turn.isOver()).isFalse();
    turn.extend(Deadline.in(MINUTE), Deadline.in(Duration.ZERO));
    assertThat(turn.isOver()).isFalse();
  }

  @Test
  void oneThatGivesItsTurnBackHasItsPlaceAgain() throws Exception {
    Turns.Turn one = join(turns, 0);
    Turns.Turn two = join(turns, 0);
    assertThat(hasCome(one)).isTrue();

    one.giveBack();

    assertThat(hasCome(two)).isFalse();
    assertThat(hasCome(one)).isTrue();
  }

  private static Turns.Turn join(Turns turns, int priority) {
    return turns.join(priority, Deadline.in(Duration.ZERO), Deadline.in(MINUTE));
  }

  private static boolean hasCome(Turns.Turn turn) throws InterruptedException {
    return turn.await(Deadline.in(Duration.ZERO));
  }
}
