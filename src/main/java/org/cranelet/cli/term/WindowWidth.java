package org.cranelet.cli.term;

import java.util.function.IntSupplier;
import sun.misc.Signal;

/** How many columns the terminal at standard error has, also after its window was resized. */
public final class WindowWidth implements IntSupplier {
  private volatile boolean stale = true;
  private volatile int columns;

  public WindowWidth() {
    try {
      Signal.handle(new Signal("WINCH"), signal -> stale = true);
    } catch (IllegalArgumentException e) {
      stale = true; // the signal is taken: the width stays what it is when it is first asked for
    }
  }

  @Override
  public int getAsInt() {
    if (stale) {
      stale = false;
      columns = Terminal.columns();
    }
    return columns;
  }
}
