package org.cranelet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.Test;

class OneLineTest {
  @Test
  void whatAUserNamedCannotBeginALine() {
    // Given
    ExtLogRecord record =
        new ExtLogRecord(Level.INFO, "no log below %s", ExtLogRecord.FormatStyle.PRINTF, "test");
    record.setParameters(new Object[] {"/x\n2026 INFO [audit] audit user=root\u001b[2K"});
    // When
    boolean logged = new OneLine().isLoggable(record);
    // Then
    assertThat(logged).isTrue();
    assertThat(record.getFormattedMessage())
        .isEqualTo("no log below /x?2026 INFO [audit] audit user=root?[2K");
  }

  @Test
  void allElseStaysAsItIs() {
    // Given
    ExtLogRecord record =
        new ExtLogRecord(Level.INFO, "%d %% of käse", ExtLogRecord.FormatStyle.PRINTF, "test");
    record.setParameters(new Object[] {5});
    // When
    new OneLine().isLoggable(record);
    // Then
    assertThat(record.getFormattedMessage()).isEqualTo("5 % of käse");
  }
}
