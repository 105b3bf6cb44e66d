package org.cranelet.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import org.cranelet.os.Deadline;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void soManyGoOnAtOnceAndNoMore() throws Exception {
    Turns turns = new Turns(2);
    try (Turns.Turn one = turns.join(0);
        Turns.Turn two = turns.join(0);
        Turns.Turn three = turns.join(0)) {
      assertThat(hasCome(one)).isTrue();
      assertThat(hasCome(two)).isTrue();
      assertThat(hasCome(three)).isFalse();
      one.close();
      assertThat(hasCome(three)).isTrue();
    }
  }

  @Test
  void theHighestPriorityGoesFirstThenWhoCameFirst() throws Exception {
    Turns turns = new Turns(1);
    Turns.Turn early = turns.join(1);
    Turns.Turn late = turns.join(1);
    Turns.Turn high = turns.join(2);

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
    Turns turns = new Turns(1);
    Turns.Turn one = turns.join(1);
    Turns.Turn two = turns.join(0);

    one.close();

    assertThat(hasCome(two)).isTrue();
  }

  @Test
  void theEndOfATurnWakesTheNext() throws Exception {
    Turns turns = new Turns(1);
    Turns.Turn one = turns.join(0);
    Turns.Turn two = turns.join(0);
    assertThat(hasCome(one)).isTrue();

    Thread.ofVirtual().start(one::close);

    assertThat(two.await(Deadline.in(MINUTE))).isTrue();
  }

  @Test
  void oneThatIsInterruptedWaitsNoLonger() {
    Turns turns = new Turns(1);
    turns.join(1);
    Turns.Turn two = turns.join(0);

    Thread.currentThread().interrupt();

    assertThatExceptionOfType(InterruptedException.class)
        .isThrownBy(() -> two.await(Deadline.in(MINUTE)));
  }

  private static boolean hasCome(Turns.Turn turn) throws InterruptedException {
    return turn.await(Deadline.in(Duration.ZERO));
  }
}
