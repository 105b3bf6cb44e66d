package org.cranelet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class ConvertersTest {
  @ParameterizedTest
  @CsvSource({"64, 67108864", "64M, 67108864", "1G, 1073741824", "8K, 8192", "512B, 512"})
  void memoryIsInMegabytesUnlessItSays(String text, long bytes) {
    assertThat(new Converters.Memory().convert(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "much", "-1", "1P"})
  void memoryThatIsNoSizeIsRefused(String text) {
    assertThatExceptionOfType(TypeConversionException.class)
        .isThrownBy(() -> new Converters.Memory().convert(text))
        .withMessageContaining("'" + text + "' is not a size");
  }

  @ParameterizedTest
  @CsvSource({
    "0:0:1, 1",
    "0:1:0, 60",
    "1:0:0, 3600",
    "100:00:00, 360000",
    "1-0:0:0, 86400",
    "2-3:04:05, 183845"
  })
  void timeLimitsAreDaysHoursMinutesAndSeconds(String text, long seconds) {
    assertThat(new Converters.TimeLimit().convert(text)).isEqualTo(seconds);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10", "1:0", "1:2:3:4", "-1:0:0", "1-", "a:b:c", "1d", "1:0:0s"})
  void otherTimeLimitsAreRefused(String text) {
    assertThatExceptionOfType(TypeConversionException.class)
        .isThrownBy(() -> new Converters.TimeLimit().convert(text))
        .withMessage("'" + text + "' is not a time limit ([D-]H:M:S)");
  }

  @Test
  void aTimeLimitOfNothingIsRefused() {
    assertThatExceptionOfType(TypeConversionException.class)
        .isThrownBy(() -> new Converters.TimeLimit().convert("0-0:00:00"))
        .withMessage("a time limit of 0 lets nothing run");
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "0.5, 0.5", "64, 64", "0.333333, 0.333333"})
  void cpusMayBeFractions(String text, double cpus) {
    assertThat(new Converters.Cpus().convert(text)).isEqualTo(cpus);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0.0", "-1", "two", "NaN", "1e3", "Infinity", "0x1", ""})
  void otherCpusAreRefused(String text) {
    assertThatExceptionOfType(TypeConversionException.class)
        .isThrownBy(() -> new Converters.Cpus().convert(text))
        .withMessage("'" + text + "' is not a number of cpus above 0");
  }

  @ParameterizedTest
  @CsvSource({"30s, PT30S", "42m, PT42M", "3h, PT3H", "7d, PT168H"})
  void aMomentMayBeAnAge(String text, Duration age) {
    // When
    Instant moment = new Converters.Moment().convert(text);
    // Then
    assertThat(moment).isCloseTo(Instant.now().minus(age), within(10, ChronoUnit.SECONDS));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-31T12:00:00Z, 2026-01-31T12:00:00Z",
    "2026-01-31T12:00:00.5+02:00, 2026-01-31T10:00:00.5Z"
  })
  void aMomentMayBeATime(String text, Instant moment) {
    assertThat(new Converters.Moment().convert(text)).isEqualTo(moment);
  }

  @ParameterizedTest
  @ValueSource(strings = {"yesterday", "42", "-5m", "2026-01-31", "5w"})
  void otherMomentsAreRefused(String text) {
    assertThatExceptionOfType(TypeConversionException.class)
        .isThrownBy(() -> new Converters.Moment().convert(text))
        .withMessageStartingWith("'" + text + "' is neither a time");
  }
}
