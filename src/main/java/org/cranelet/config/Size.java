package org.cranelet.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes as CraneSched writes them: a number with K, M, G or T (1024-based), {@code B} may follow.
 */
public final class Size {
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,19}(?:\\.\\d{1,6})?)\\s*([KMGT]?)B?", Pattern.CASE_INSENSITIVE);

  private Size() {}

  /**
   * Bytes.
   *
   * @param defaultUnit what a bare number counts: ' ' for bytes, or one of K M G T
   * @throws IllegalArgumentException if it is no size
   */
  public static long parse(String text, char defaultUnit) {
    Matcher m = SIZE.matcher(text.strip());
    if (!m.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a size (a number with K, M, G or T, such as 512M)");
    }
    boolean bytes = m.group(2).isEmpty() && text.strip().toUpperCase(Locale.ROOT).endsWith("B");
    char unit = m.group(2).isEmpty() ? defaultUnit : m.group(2).charAt(0);
    double value = Double.parseDouble(m.group(1)) * (bytes ? 1 : factor(unit));
    if (value >= Long.MAX_VALUE) {
      throw new IllegalArgumentException("'" + text + "' is too large");
    }
    return (long) value;
  }

  private static double factor(char unit) {
    int power = " KMGT".indexOf(Character.toUpperCase(unit));
    return Math.pow(1024, power);
  }

  /** For people: {@code 512M}, {@code 1.5G}. */
  public static String text(long bytes) {
    double value = bytes;
    int power = 0;
    while (value >= 1024 && power < 4) {
      value /= 1024;
      power++;
    }
    String digits =
        value == Math.rint(value)
            ? Long.toString((long) value)
            : String.format(Locale.ROOT, "%.1f", value);
    return digits + (power == 0 ? "B" : String.valueOf(" KMGT".charAt(power)));
  }
}
