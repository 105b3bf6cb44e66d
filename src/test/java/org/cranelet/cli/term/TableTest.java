package org.cranelet.cli.term;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void columnsAreAsWideAsTheirWidestCell() {
    // Given
    Table table = new Table("ID", "NAME", "STATUS");
    table.row("1.1", "train", "Running 3m");
    table.row("1000.12", "x", "Completed (0) 5s ago");
    // When
    String text = table.toString();
    // Then
    assertThat(text)
        .isEqualTo(
            """
            ID        NAME    STATUS
            1.1       train   Running 3m
            1000.12   x       Completed (0) 5s ago
            """);
  }

  @Test
  void wideCharactersTakeTwoColumns() {
    // Given
    Table table = new Table("NAME", "STATUS");
    table.row("訓練", "A");
    table.row("训练任务", "B");
    table.row("train", "C");
    table.row("한글x", "D");
    // When
    List<String> lines = table.toString().lines().toList();
    // Then
    assertThat(lines.stream().map(TableTest::columnsBeforeLastWord)).containsOnly(11);
  }

  @Test
  void headsAloneAreALine() {
    assertThat(new Table("POD ID", "NAME")).hasToString("POD ID   NAME\n");
  }

  @Test
  void emptyCellsKeepTheirPlace() {
    // Given
    Table table = new Table("A", "B", "C");
    table.row("1", "", "3");
    // When
    String text = table.toString();
    // Then
    assertThat(text).isEqualTo("A   B   C\n1       3\n");
  }

  @Test
  void nothingReachesTheTerminalThatItWouldObey() {
    // Given
    Table table = new Table("NAME");
    table.row("a\u001b[31mred\nnew\tline\u0007");
    // When
    String text = table.toString();
    // Then
    assertThat(text).isEqualTo("NAME\na [31mred new line\n");
  }

  @Test
  void markupOfTheTableWriterIsText() {
    // Given
    Table table = new Table("COMMAND");
    table.row("@|bold x|@ %s ${a}");
    // When
    String text = table.toString();
    // Then
    assertThat(text).isEqualTo("COMMAND\n@|bold x|@ %s ${a}\n");
  }

  private static int columnsBeforeLastWord(String line) {
    String before = line.substring(0, line.lastIndexOf(' ') + 1);
    return before.codePoints().map(c -> c > 0x1100 ? 2 : 1).sum();
  }
}
