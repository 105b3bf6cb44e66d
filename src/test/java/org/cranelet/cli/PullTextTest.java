package org.cranelet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Locale;
import org.cranelet.cli.term.Words;
import org.cranelet.proto.node.PullProgress;
import org.cranelet.proto.node.PullProgress.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PullTextTest {
  private static final Instant LATER = Pulls.START.plusSeconds(12);

  private static String line(PullProgress p, int columns) {
    return PullText.line(p, "2.4 MiB/s", LATER, columns);
  }

  @Test
  void aWideTerminalShowsNameBarBytesAndRate() {
    assertThat(line(Pulls.pulling(12.5, 50), 120))
        .isEqualTo(
            "pulling docker.io/library/busybox:latest [=======>"
                + " ".repeat(22)
                + "] 12.5 / 50.0 MiB  2.4 MiB/s");
  }

  @Test
  void theBarGivesWayThenTheNameThenTheWords() {
    // Given
    PullProgress p = Pulls.pulling(12.5, 50);
    // Then
    assertThat(line(p, 80))
        .isEqualTo(
            "pulling docker.io/libr..busybox:latest [==>       ] 12.5 / 50.0 MiB  2.4 MiB/s");
    assertThat(line(p, 60)).isEqualTo("pulling docker.io/..box:latest: 12.5 / 50.0 MiB  2.4 MiB/s");
    assertThat(line(p, 40)).isEqualTo("12.5 / 50.0 MiB  2.4 MiB/s");
    assertThat(line(p, 20)).isEqualTo("12.5 / 50.0 MiB");
    assertThat(line(p, 10)).isEqualTo("12.5 / 50");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UNRECOGNIZED")
  void noLineReachesTheLastColumn(State state) {
    // Given
    PullProgress p =
        Pulls.in(state)
            .setReference("registry.example.org:5000/" + "very/long/".repeat(10) + "name:tag")
            .setBytes(1234567890L)
            .setTotalBytes(20_000_000_000L)
            .setLastError("拉取失败: 503 Service Unavailable from a registry far away")
            .build();
    for (int columns = 1; columns <= 300; columns++) {
      // When
      String line = line(p, columns);
      // Then
      assertThat(Words.width(line)).isLessThan(columns);
    }
  }

  @Test
  void theBarGoesFromNothingToAllAndNoFurther() {
    assertThat(line(Pulls.pulling(0, 50), 200)).contains(" [>" + " ".repeat(29) + "] 0 / 50.0 MiB");
    assertThat(line(Pulls.pulling(50, 50), 200))
        .contains(" [" + "=".repeat(30) + "] 50.0 / 50.0 MiB");
    assertThat(line(Pulls.pulling(80, 50), 200))
        .contains(" [" + "=".repeat(30) + "] 80.0 / 50.0 MiB");
  }

  @Test
  void nameAndBarStayWhereTheyAreWhileNumbersGrow() {
    for (int columns : new int[] {60, 80, 100, 120}) {
      // When
      String early = PullText.line(Pulls.pulling(9, 50), "", LATER, columns);
      String later = PullText.line(Pulls.pulling(10, 50), "12.3 MiB/s", LATER, columns);
      // Then
      assertThat(later.indexOf("10.0 /")).isEqualTo(early.indexOf("9.0 /")).isPositive();
    }
  }

  @Test
  void withoutATotalThereIsNoBar() {
    assertThat(line(Pulls.pulling(12.5, 0), 120))
        .isEqualTo("pulling docker.io/library/busybox:latest: 12.5 MiB  2.4 MiB/s");
  }

  @Test
  void whereTheRuntimeCannotTellTheTimeIsShown() {
    assertThat(PullText.line(Pulls.pulling(0, 0), "", LATER, 120))
        .isEqualTo("pulling docker.io/library/busybox:latest: 12 s");
  }

  @Test
  void bytesThatMayBeAnothersAreMarked() {
    // Given
    PullProgress p = Pulls.pulling(12.5, 50).toBuilder().setShared(true).build();
    // Then
    assertThat(line(p, 120)).contains("] ~12.5 / 50.0 MiB");
    assertThat(PullText.words(p, LATER)).isEqualTo("~12.5 of 50.0 MiB");
  }

  @ParameterizedTest
  @CsvSource({
    "QUEUED, queued for 12 s",
    "RESOLVING, resolving",
    "UNPACKING, unpacking",
    "RETRYING, retrying: no route  to host",
  })
  void otherStatesAreToldInWords(State state, String words) {
    // Given
    PullProgress p = Pulls.in(state).setLastError("no route\r\nto host").build();
    // Then
    assertThat(PullText.words(p, LATER)).isEqualTo(words);
    assertThat(line(p, 120)).isEqualTo("pulling docker.io/library/busybox:latest: " + words);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Queued", "Resolving", "Pulling", "Unpacking", "Retrying"})
  void statesAreWrittenLikeThoseOfJobs(String word) {
    assertThat(PullText.state(State.valueOf(word.toUpperCase(Locale.ROOT)))).isEqualTo(word);
  }
}
