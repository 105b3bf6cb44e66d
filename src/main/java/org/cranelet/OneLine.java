package org.cranelet;

import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import org.jboss.logmanager.ExtLogRecord;

/**
 * A message of the log is one line, whatever a user, a registry or a runtime put into what it tells
 * of: control characters become {@code ?}, so that nobody writes lines that look like ours.
 */
@LoggingFilter(name = "one-line")
final class OneLine implements Filter {
  @Override
  public boolean isLoggable(LogRecord record) {
    ExtLogRecord log = ExtLogRecord.wrap(record);
    String message = log.getFormattedMessage();
    if (message != null && message.chars().anyMatch(OneLine::isControl)) {
      log.setMessage(clean(message), ExtLogRecord.FormatStyle.NO_FORMAT);
    }
    return true;
  }

  static String clean(String message) {
    StringBuilder clean = new StringBuilder(message);
    for (int i = 0; i < clean.length(); i++) {
      if (isControl(clean.charAt(i))) {
        clean.setCharAt(i, '?');
      }
    }
    return clean.toString();
  }

  private static boolean isControl(int c) {
    return Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
  }
}
