package org.cranelet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.cranelet.proto.node.PullProgress.State;
import org.junit.jupiter.api.Test;

class PullLinesTest {
  private final Pulls.Clock clock = new Pulls.Clock();
  private final List<String> said = new ArrayList<>();
  private final PullLines lines = new PullLines(said::add, clock);

  /** Ticks each second. */
  private void pass(int seconds) {
    for (int s = 0; s < seconds; s++) {
      clock.pass(Duration.ofSeconds(1));
      lines.tick();
    }
  }

  @Test
  void aPullOfLessThanTwoSecondsIsNotMentioned() {
    // When
    lines.progress(Pulls.pulling(1, 50));
    pass(1);
    lines.ended();
    pass(60);
    lines.arrived();
    // Then
    assertThat(said).isEmpty();
  }

  @Test
  void aLongOneIsToldAfterTwoSecondsThenEachThirtyAndAtItsEnd() {
    // When
    lines.progress(Pulls.in(State.QUEUED).build());
    pass(2);
    lines.progress(Pulls.pulling(0, 0));
    lines.progress(Pulls.pulling(12.3, 50));
    pass(29);
    lines.progress(Pulls.in(State.UNPACKING).build());
    pass(1);
    pass(9);
    lines.ended();
    pass(100);
    lines.arrived();
    lines.arrived();
    // Then
    assertThat(said)
        .containsExactly(
            "ccon: pulling docker.io/library/busybox:latest: queued for 2 s",
            "ccon: pulling docker.io/library/busybox:latest: unpacking",
            "ccon: pulled docker.io/library/busybox:latest in 41 s");
  }

  @Test
  void bytesAreToldAsFarAsTheyAreKnown() {
    // When
    lines.progress(Pulls.pulling(12.3, 50));
    pass(2);
    lines.progress(Pulls.pulling(100, 0));
    pass(30);
    lines.progress(Pulls.pulling(0, 0));
    pass(30);
    // Then
    assertThat(said)
        .containsExactly(
            "ccon: pulling docker.io/library/busybox:latest: 12.3 of 50.0 MiB",
            "ccon: pulling docker.io/library/busybox:latest: 100.0 MiB",
            "ccon: pulling docker.io/library/busybox:latest: 1 min 2 s");
  }

  @Test
  void eachRetryIsToldOnceWithItsReason() {
    // When
    lines.progress(Pulls.pulling(1, 50));
    lines.progress(Pulls.retrying(1, "503 Service\nUnavailable"));
    lines.progress(Pulls.retrying(1, "503 Service\nUnavailable"));
    lines.progress(Pulls.pulling(1, 50).toBuilder().setAttempt(2).build());
    lines.progress(Pulls.retrying(2, "connection reset"));
    lines.progress(Pulls.retrying(3, "connection refused"));
    pass(60);
    // Then
    assertThat(said)
        .containsExactly(
            "ccon: pulling docker.io/library/busybox:latest failed, retrying: 503 Service"
                + " Unavailable",
            "ccon: pulling docker.io/library/busybox:latest failed, retrying: connection reset",
            "ccon: pulling docker.io/library/busybox:latest failed, retrying: connection refused");
  }

  @Test
  void aRetryThatWasMissedIsToldByTheNextTry() {
    // When
    lines.progress(Pulls.pulling(1, 50));
    lines.progress(
        Pulls.pulling(0, 50).toBuilder().setAttempt(2).setLastError("connection reset").build());
    // Then
    assertThat(said)
        .containsExactly(
            "ccon: pulling docker.io/library/busybox:latest failed, retrying: connection reset");
  }

  @Test
  void aPullThatFailedIsNotCalledPulled() {
    // When
    lines.progress(Pulls.retrying(1, "connection reset"));
    lines.ended();
    pass(60);
    // Then
    assertThat(said).hasSize(1);
  }

  @Test
  void nothingIsSaidOnceTheOutputHasBegun() {
    // When
    lines.arrived();
    lines.progress(Pulls.retrying(1, "connection reset"));
    pass(60);
    // Then
    assertThat(said).isEmpty();
  }
}
