package org.cranelet.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class FilterProcessTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @Test
  void itReadsItsInputAndAnswers() throws IOException {
    // When
    FilterProcess.Result result = FilterProcess.run(LONG, List.of("tr", "a-z", "A-Z"), "grüße");
    // Then
    assertThat(result.ok()).isTrue();
    assertThat(result.out()).startsWith("GR").endsWith("E");
  }

  @Test
  void itMayLeaveItsInputAlone() throws IOException {
    // When
    FilterProcess.Result result =
        FilterProcess.run(LONG, List.of("sh", "-c", "echo no >&2; exit 3"), "x".repeat(1 << 20));
    // Then
    assertThat(result).isEqualTo(new FilterProcess.Result(3, ""));
  }

  @Test
  void itHasTheEnvironmentOfItsCaller() throws IOException {
    assertThat(FilterProcess.run(LONG, List.of("env"), "").out())
        .contains("PATH=" + System.getenv("PATH"));
  }

  @Test
  void whatTakesTooLongIsKilledAndNamed() {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(
            () -> FilterProcess.run(Duration.ofMillis(50), List.of("sleep", "60"), "secret"))
        .withMessageStartingWith("sleep did not end within")
        .withMessageNotContaining("secret");
  }

  @Test
  void aResultDoesNotTellWhatWasSaid() {
    assertThat(new FilterProcess.Result(1, "secret")).hasToString("exit code 1");
  }
}
