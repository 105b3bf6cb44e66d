package org.cranelet.cli.term;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jline.utils.AttributedString;
import org.jline.utils.WCWidth;

/** Times, sizes and commands for people. */
public final class Words {
  private static final int COMMAND_WIDTH = 30;

  private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB");

  /** From here on one decimal would be rounded to 1024.0 (0.05 below it). */
  private static final double NEXT_UNIT = 1023.95;

  private Words() {}

  /** {@code 5s}, {@code 3m}, {@code 2h}, {@code 4d}. */
  public static String duration(Duration d) {
    long s = Math.max(0, d.toSeconds());
    if (s < 60) {
      return s + "s";
    }
    if (s < 3600) {
      return s / 60 + "m";
    }
    return s < 86_400 ? s / 3600 + "h" : s / 86_400 + "d";
  }

  public static String ago(Duration d) {
    return duration(d) + " ago";
  }

  /** {@code 41 s}, {@code 3 min 5 s}, {@code 2 h 10 min}: what somebody waits for. */
  public static String elapsed(Duration d) {
    long s = Math.max(0, d.toSeconds());
    if (s < 60) {
      return s + " s";
    }
    return s < 3600 ? s / 60 + " min " + s % 60 + " s" : s / 3600 + " h " + s % 3600 / 60 + " min";
  }

  /** {@code 512 B}, {@code 12.3 MiB}: binary units, one decimal. */
  public static String size(long bytes) {
    Amount a = Amount.of(bytes);
    return a.number() + " " + a.unit();
  }

  /**
   * A part of a whole, such as {@code 12.3 / 50.0 MiB}, {@code 512 B / 1.2 GiB}.
   *
   * @param of what stands between the two
   */
  public static String share(long bytes, long total, String of) {
    Amount part = Amount.of(bytes);
    Amount whole = Amount.of(total);
    boolean same = bytes == 0 || part.unit().equals(whole.unit());
    return (same ? part.number() : part.number() + " " + part.unit())
        + of
        + whole.number()
        + " "
        + whole.unit();
  }

  private record Amount(String number, String unit) {
    static Amount of(long bytes) {
      double value = Math.max(0, bytes);
      int unit = 0;
      while (value >= (unit == 0 ? 1024 : NEXT_UNIT)) {
        value /= 1024;
        unit++;
      }
      String form = unit == 0 ? "%.0f" : "%.1f";
      return new Amount(String.format(Locale.ROOT, form, value), UNITS.get(unit));
    }
  }

  /** On one line, and with nothing that a terminal would obey. */
  public static String plain(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}]", " ");
  }

  /** How many columns of a terminal a text takes. */
  public static int width(String text) {
    return text.codePoints().map(c -> Math.max(0, WCWidth.wcwidth(c))).sum();
  }

  /** The beginning of a text, as much of it as so many columns can show. */
  public static String cut(String text, int columns) {
    return new AttributedString(text).columnSubSequence(0, Math.max(0, columns)).toString();
  }

  /** A command as one would type it, quoted where it must be. */
  public static String command(List<String> words) {
    return words.stream().map(Words::quoted).collect(Collectors.joining(" "));
  }

  private static String quoted(String word) {
    return word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  /** Cut to what a column of a terminal can show. */
  public static String shortened(String text, boolean shorten) {
    int[] points = text.codePoints().toArray();
    return shorten && points.length > COMMAND_WIDTH
        ? new String(points, 0, COMMAND_WIDTH - 1) + "…"
        : text;
  }
}
