package org.cranelet.cli.term;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cranelet.os.RecordingCommands;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalTest {
  private static final Optional<String> DEVICE = Optional.of("/dev/pts/7");

  private final RecordingCommands commands = new RecordingCommands();

  @Test
  void theUsersWordComesFirst() {
    // When
    int columns = Terminal.columns(Map.of("COLUMNS", "132"), commands, DEVICE);
    // Then
    assertThat(columns).isEqualTo(132);
    assertThat(commands.ran()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "wide", "99999"})
  void elseTheKernelIsAskedForTheTerminalOfStandardError(String variable) {
    // Given
    commands.answer("/dev/pts/7", 0, "24 100");
    // When
    int columns = Terminal.columns(Map.of("COLUMNS", variable), commands, DEVICE);
    // Then
    assertThat(columns).isEqualTo(100);
    assertThat(commands.ran()).containsExactly(List.of("stty", "-F", "/dev/pts/7", "size"));
  }

  @Test
  void aTerminalOfSomebodyElseIsAskedAsTheControllingOne() {
    // Given
    commands.answer("/dev/pts/7", 1, "stty: /dev/pts/7: Permission denied");
    commands.answer("/dev/tty", 0, "24 90");
    // Then
    assertThat(Terminal.columns(Map.of(), commands, DEVICE)).isEqualTo(90);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0 0", "", "24", "stty: standard input: no such device"})
  void aTerminalThatDoesNotTellHasEighty(String size) {
    // Given
    commands.answer("stty", 0, size);
    // Then
    assertThat(Terminal.columns(Map.of(), commands, DEVICE)).isEqualTo(80);
  }

  @Test
  void withoutSttyItHasEighty() {
    // Given
    commands.missing("stty");
    // Then
    assertThat(Terminal.columns(Map.of(), commands, Optional.empty())).isEqualTo(80);
  }
}
