package org.cranelet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class ContainerIdTest {
  @ParameterizedTest
  @CsvSource({"7, 7, 1", "7.1, 7, 1", "7.2, 7, 2", "123456789.123456, 123456789, 123456"})
  void aJobAloneIsItsPrimaryContainer(String text, int job, int step) {
    // When
    ContainerId id = new ContainerId.Converter().convert(text);
    // Then
    assertThat(id).isEqualTo(new ContainerId(job, step));
    assertThat(id.proto().getJobId()).isEqualTo(job);
    assertThat(id.proto().getStepId()).isEqualTo(step);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "1.", ".1", "1.2.3", "-1", "1.-1", "1 2", "9999999999", "1.b"})
  void anythingElseIsNoId(String text) {
    assertThatExceptionOfType(TypeConversionException.class)
        .isThrownBy(() -> new ContainerId.Converter().convert(text))
        .withMessage("'" + text + "' is not a container id (JOB.STEP)");
  }

  @Test
  void stepZeroIsThePod() {
    assertThatExceptionOfType(TypeConversionException.class)
        .isThrownBy(() -> new ContainerId.Converter().convert("7.0"))
        .withMessage("7.0 is the pod itself; containers begin at step 1");
  }

  @Test
  void isWrittenAsItIsTyped() {
    assertThat(new ContainerId(7, 2)).hasToString("7.2");
  }
}
