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

  @ParameterizedTest
  @CsvSource({
    "-1, 0 s",
    "0, 0 s",
    "59, 59 s",
    "60, 1 min 0 s",
    "185, 3 min 5 s",
    "3599, 59 min 59 s",
    "3600, 1 h 0 min",
    "90061, 25 h 1 min"
  })
  void whatOneWaitsForIsToldToTheSecondAtFirst(long seconds, String text) {
    assertThat(Words.elapsed(Duration.ofSeconds(seconds))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0 B",
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.0 KiB",
    "1536, 1.5 KiB",
    "1048524, 1023.9 KiB",
    "1048525, 1.0 MiB",
    "12897485, 12.3 MiB",
    "20000000000, 18.6 GiB",
    "1099511627776, 1.0 TiB",
    "9223372036854775807, 8.0 EiB"
  })
  void sizesHaveABinaryUnitAndOneDecimal(long bytes, String text) {
    assertThat(Words.size(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "12897485, 52428800, 12.3 / 50.0 MiB",
    "0, 52428800, 0 / 50.0 MiB",
    "2048, 1073741824, 2.0 KiB / 1.0 GiB",
    "1073741824, 52428800, 1.0 GiB / 50.0 MiB",
    "0, 0, 0 / 0 B"
  })
  void partsOfAWholeShareItsUnitIfTheyHaveIt(long bytes, long total, String text) {
    assertThat(Words.share(bytes, total, " / ")).isEqualTo(text);
  }

  @Test
  void textIsCutByColumnsNotByCharacters() {
    assertThat(Words.cut("abc", 5)).isEqualTo("abc");
    assertThat(Words.cut("abc", 2)).isEqualTo("ab");
    assertThat(Words.cut("训练任务", 5)).isEqualTo("训练");
    assertThat(Words.cut("abc", -1)).isEmpty();
  }

  @Test
  void nothingReachesTheTerminalThatItWouldObey() {
    assertThat(Words.plain("a\u001b[31mred\r\nnew")).isEqualTo("a [31mred  new");
  }
}
