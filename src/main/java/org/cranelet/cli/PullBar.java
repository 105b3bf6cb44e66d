package org.cranelet.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.IntSupplier;
import org.cranelet.cli.term.LiveLine;
import org.cranelet.cli.term.Words;
import org.cranelet.proto.node.PullProgress;
import org.cranelet.proto.node.PullProgress.State;
import org.jspecify.annotations.Nullable;

/**
 * On a terminal: one line, drawn anew in place, gone before the output begins. A pull that is over
 * within a second is not shown.
 *
 * <p>Drawn by ourselves: me.tongfei:progressbar draws from a thread and by a clock of its own,
 * guards its state with monitors (docs/adr/0003-no-monitors-on-virtual-threads.md), knows whole
 * units and the average rate only, and on a narrow terminal cuts off the numbers and keeps the
 * name.
 */
final class PullBar implements PullDisplay {
  private static final Duration FLASH = Duration.ofSeconds(1);

  /** Messages come more often than this, unless no byte does. */
  private static final Duration SILENT = Duration.ofSeconds(2);

  private final LiveLine line;
  private final IntSupplier columns;
  private final InstantSource clock;
  private final PullRate rate = new PullRate();
  private @Nullable Instant began;
  private Instant heard = Instant.MIN;
  private @Nullable PullProgress last;

  /**
   * @param columns of the terminal, asked for each time the line is drawn
   */
  PullBar(LiveLine line, IntSupplier columns, InstantSource clock) {
    this.line = line;
    this.columns = columns;
    this.clock = clock;
  }

  @Override
  public void progress(PullProgress progress) {
    Instant now = clock.instant();
    if (began == null) {
      began = now;
    }
    heard = now;
    last = progress;
    if (progress.getState() == State.PULLING) {
      rate.add(now, progress.getBytes());
    } else {
      rate.clear();
    }
    tick();
  }

  @Override
  public void tick() {
    Instant now = clock.instant();
    if (last == null || began == null) {
      return;
    }
    if (last.getState() == State.PULLING && Duration.between(heard, now).compareTo(SILENT) > 0) {
      rate.add(now, last.getBytes());
    }
    if (Duration.between(began, now).compareTo(FLASH) >= 0) {
      line.draw(PullText.line(last, rate(last), now, columns.getAsInt()));
    }
  }

  private String rate(PullProgress progress) {
    boolean known = progress.getBytes() > 0 || progress.getTotalBytes() > 0;
    var perSecond = rate.perSecond();
    return known && perSecond.isPresent() ? Words.size(perSecond.getAsLong()) + "/s" : "";
  }

  @Override
  public void ended() {
    last = null;
    rate.clear();
    line.draw("");
  }

  @Override
  public void arrived() {
    last = null;
    line.close();
  }
}
