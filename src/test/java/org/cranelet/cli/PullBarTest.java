package org.cranelet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.cranelet.cli.term.LiveLine;
import org.cranelet.proto.node.PullProgress.State;
import org.junit.jupiter.api.Test;

class PullBarTest {
  private static final String ERASE = "\r\u001b[K";

  private final Pulls.Clock clock = new Pulls.Clock();
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final LiveLine line =
      new LiveLine(new PrintStream(written, true, StandardCharsets.UTF_8));
  private final PullBar bar = new PullBar(line, () -> 120, clock);

  /** What was written since this was last asked. */
  private String terminal() {
    String text = written.toString(StandardCharsets.UTF_8);
    written.reset();
    return text;
  }

  private void pass(double seconds) {
    clock.pass(Duration.ofMillis((long) (seconds * 1000)));
    bar.tick();
  }

  @Test
  void aPullOfLessThanASecondFlashesNothing() {
    // When
    bar.progress(Pulls.pulling(1, 50));
    pass(0.9);
    bar.progress(Pulls.in(State.UNPACKING).build());
    bar.ended();
    bar.arrived();
    // Then
    assertThat(terminal()).isEmpty();
  }

  @Test
  void oneLineIsDrawnAnewInPlace() {
    // Given
    bar.progress(Pulls.pulling(10, 50));
    // When
    pass(1);
    bar.progress(Pulls.pulling(12.5, 50));
    pass(1);
    // Then
    assertThat(terminal())
        .startsWith(ERASE + "pulling docker.io/")
        .contains("] 10.0 / 50.0 MiB" + ERASE + "pulling ")
        .endsWith("] 12.5 / 50.0 MiB  2.5 MiB/s")
        .doesNotContain("\n");
  }

  @Test
  void aPullThatHangsIsSeenToHang() {
    // Given
    bar.progress(Pulls.pulling(10, 50));
    pass(1);
    bar.progress(Pulls.pulling(20, 50));
    // When
    for (int s = 0; s < 8; s++) {
      pass(1);
    }
    // Then
    assertThat(terminal()).contains("10.0 MiB/s").endsWith("] 20.0 / 50.0 MiB  0 B/s");
  }

  @Test
  void nothingNewDrawsNothing() {
    // Given
    bar.progress(Pulls.in(State.RESOLVING).build());
    pass(1);
    terminal();
    // When
    pass(1);
    // Then
    assertThat(terminal()).isEmpty();
  }

  @Test
  void theTimeInTheQueueGoesOn() {
    // Given
    bar.progress(Pulls.in(State.QUEUED).build());
    // When
    pass(1);
    pass(1);
    // Then
    assertThat(terminal()).contains("queued for 1 s").endsWith("queued for 2 s");
  }

  @Test
  void fewerBytesThanBeforeAreShownAsTheyAre() {
    // Given
    bar.progress(Pulls.pulling(40, 50));
    pass(2);
    // When
    bar.progress(Pulls.pulling(5, 50));
    // Then
    assertThat(terminal()).endsWith("] 5.0 / 50.0 MiB");
  }

  @Test
  void theLineIsGoneBeforeTheOutputAndNeverComesBack() {
    // Given
    bar.progress(Pulls.pulling(10, 50));
    pass(1);
    terminal();
    // When
    bar.arrived();
    bar.progress(Pulls.pulling(20, 50));
    pass(1);
    // Then
    assertThat(terminal()).isEqualTo(ERASE);
  }

  @Test
  void anotherLineIsWrittenInItsPlaceAndItIsDrawnBelow() {
    // Given
    bar.progress(Pulls.pulling(10, 50));
    pass(1);
    terminal();
    // When
    line.say("ccon: stopping 1.1 (Ctrl-C again leaves it)");
    pass(1);
    // Then
    assertThat(terminal())
        .startsWith(ERASE + "ccon: stopping 1.1 (Ctrl-C again leaves it)\n" + ERASE + "pulling ");
  }

  @Test
  void aPullThatCannotBeWatchedAnyMoreIsNotShown() {
    // Given
    bar.progress(Pulls.pulling(10, 50));
    pass(1);
    terminal();
    // When
    bar.ended();
    pass(1);
    // Then
    assertThat(terminal()).isEqualTo(ERASE);
    // When
    bar.progress(Pulls.pulling(20, 50));
    // Then
    assertThat(terminal()).endsWith("] 20.0 / 50.0 MiB");
  }
}
