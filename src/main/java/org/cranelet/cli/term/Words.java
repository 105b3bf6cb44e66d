package org.cranelet.cli.term;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Times and commands for people. */
public final class Words {
  private static final int COMMAND_WIDTH = 30;

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
