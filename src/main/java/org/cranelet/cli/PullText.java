package org.cranelet.cli;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.lang3.StringUtils;
import org.cranelet.cli.term.Words;
import org.cranelet.proto.node.PullProgress;

/** A pull in words, and as a line of a terminal that is never wider than it. */
final class PullText {
  private static final String HEAD = "pulling ";
  private static final String RATE = "  ";
  private static final String USUAL_RATE = "99.9 MiB/s";
  private static final int MIN_NAME = 16;
  private static final int MIN_BAR = 10;
  private static final int MAX_BAR = 30;
  private static final int AROUND_BAR = " [] ".length();

  private PullText() {}

  /** {@code Pulling}: the first word of a state, as jobs' states are written. */
  static String state(Enum<?> state) {
    return StringUtils.capitalize(state.name().toLowerCase(Locale.ROOT));
  }

  /** How far it is: {@code 12.3 of 50.0 MiB}, {@code queued for 12 s}, … */
  static String words(PullProgress p, Instant now) {
    return switch (p.getState()) {
      case QUEUED -> "queued for " + Words.elapsed(elapsed(p, now));
      case RESOLVING -> "resolving";
      case PULLING -> arrived(p, " of ").orElseGet(() -> Words.elapsed(elapsed(p, now)));
      case UNPACKING -> "unpacking";
      case RETRYING -> "retrying: " + Words.plain(p.getLastError());
      case UNRECOGNIZED -> Words.elapsed(elapsed(p, now));
    };
  }

  /**
   * What has arrived, such as {@code ~12.3 / 50.0 MiB}; "~" if it may be another pull's.
   *
   * @param of what stands between a part and the whole
   * @return empty if the runtime cannot tell, or nothing has arrived of what is not known
   */
  static Optional<String> arrived(PullProgress p, String of) {
    if (p.getBytes() == 0 && p.getTotalBytes() == 0) {
      return Optional.empty();
    }
    String text =
        p.getTotalBytes() == 0
            ? Words.size(p.getBytes())
            : Words.share(p.getBytes(), p.getTotalBytes(), of);
    return Optional.of((p.getShared() ? "~" : "") + text);
  }

  /** From 0 to 100; empty if the whole is not known. */
  static Optional<Integer> percent(PullProgress p) {
    return p.getTotalBytes() == 0 ? Optional.empty() : Optional.of((int) (fraction(p) * 100));
  }

  /** Since it was first asked for. */
  static Duration elapsed(PullProgress p, Instant now) {
    return p.hasSince() ? Duration.between(instant(p.getSince()), now) : Duration.ZERO;
  }

  /**
   * One line for a terminal, with a bar if there is room for one.
   *
   * @param rate such as {@code 2.4 MiB/s}; empty if it is not known
   * @param columns of the terminal; the last one stays empty, for some wrap after writing to it
   */
  static String line(PullProgress p, String rate, Instant now, int columns) {
    int room = columns - 1;
    String name = p.getReference();
    if (p.getState() != PullProgress.State.PULLING) {
      String words = words(p, now);
      return fit(name, ": ", words, Words.width(words), room);
    }
    String tail = arrived(p, " / ").orElseGet(() -> Words.elapsed(elapsed(p, now)));
    if (!rate.isEmpty() && Words.width(tail + RATE + rate) <= room) {
      tail += RATE + rate;
    }
    int forTail = Math.max(Words.width(tail), usualTail(p));
    int beside = HEAD.length() + AROUND_BAR + forTail;
    int bar = room - beside - name.length();
    if (p.getTotalBytes() == 0 || (bar < MIN_BAR && room - beside - MIN_NAME < MIN_BAR)) {
      return fit(name, ": ", tail, forTail, room);
    }
    String drawn = bar(fraction(p), Math.clamp(bar, MIN_BAR, MAX_BAR));
    return fit(name, " " + drawn + " ", tail, forTail, room);
  }

  /** So much is kept free, lest name and bar jump each time a number gets another digit. */
  private static int usualTail(PullProgress p) {
    long total = p.getTotalBytes();
    return Words.share(total, total, " / ").length() + RATE.length() + USUAL_RATE.length();
  }

  private static String bar(double fraction, int cells) {
    int done = (int) (fraction * cells);
    String head = done < cells ? ">" : "";
    return "[" + "=".repeat(done) + head + " ".repeat(cells - done - head.length()) + "]";
  }

  /** The name gives way first, then what stands before the words, then their end. */
  private static String fit(String name, String between, String words, int forWords, int room) {
    int forName = room - HEAD.length() - between.length() - forWords;
    if (forName < Math.min(MIN_NAME, name.length())) {
      return Words.cut(words, room);
    }
    return HEAD + StringUtils.abbreviateMiddle(name, "..", forName) + between + words;
  }

  private static double fraction(PullProgress p) {
    return Math.clamp((double) p.getBytes() / p.getTotalBytes(), 0, 1);
  }

  private static Instant instant(Timestamp t) {
    return Instant.ofEpochSecond(t.getSeconds(), t.getNanos());
  }
}
