package org.cranelet.cli.term;

import java.io.PrintStream;
import org.cranelet.os.Guard;

/**
 * A line of a terminal that is drawn anew in place, between lines that stay. All threads that write
 * to the terminal go through it, so that nothing is ever written behind a line half drawn.
 */
public final class LiveLine {
  private static final String ERASE =
      "\r\u001b[K"; // to the first column, erase to the end (ECMA-48)

  private final Guard guard = new Guard();
  private final PrintStream to;
  private String drawn = "";
  private boolean closed;

  public LiveLine(PrintStream to) {
    this.to = to;
  }

  /**
   * Draws {@code text} in the place of what was drawn before; after {@link #close} nothing.
   *
   * @param text one line, narrower than the terminal; empty: nothing is to be seen
   */
  public void draw(String text) {
    try (var _ = guard.hold()) {
      if (!closed && !text.equals(drawn)) {
        to.print(ERASE + text);
        to.flush();
        drawn = text;
      }
    }
  }

  /** Writes a line that stays, above the one that is drawn next. */
  public void say(String line) {
    try (var _ = guard.hold()) {
      erase();
      to.println(line);
    }
  }

  /** Erases what is drawn, for good: the next byte may be somebody else's. */
  public void close() {
    try (var _ = guard.hold()) {
      erase();
      closed = true;
    }
  }

  private void erase() {
    if (!drawn.isEmpty()) {
      to.print(ERASE);
      to.flush();
      drawn = "";
    }
  }
}
