package org.cranelet.cli.term;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordsTest {
  @ParameterizedTest
  @CsvSource({
    "-5, 0s",
    "0, 0s",
    "59, 59s",
    "60, 1m",
    "3599, 59m",
    "3600, 1h",
    "86399, 23h",
    "86400, 1d",
    "864000, 10d"
  })
  void durationsHaveOneUnit(long seconds, String text) {
    assertThat(Words.duration(Duration.ofSeconds(seconds))).isEqualTo(text);
    assertThat(Words.ago(Duration.ofSeconds(seconds))).isEqualTo(text + " ago");
  }

  @Test
  void commandsAreQuotedWhereTheyMustBe() {
    // When
    String text =
        Words.command(List.of("sh", "-c", "echo 'hi' > $HOME", "", "a=b", "/x/y:1,2@3%+"));
    // Then
    assertThat(text).isEqualTo("sh -c 'echo '\\''hi'\\'' > $HOME' '' a=b /x/y:1,2@3%+");
  }

  @Test
  void longCommandsAreCutForATerminal() {
    assertThat(Words.shortened("x".repeat(31), true)).isEqualTo("x".repeat(29) + "…");
    assertThat(Words.shortened("x".repeat(30), true)).isEqualTo("x".repeat(30));
  }

  @Test
  void programsGetThemWhole() {
    assertThat(Words.shortened("x".repeat(100), false)).hasSize(100);
  }
}
