package org.cranelet.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * CraneSched's hostlists: {@code cn[15-16]}, {@code cn[1-3,5]}, {@code a[01-04]} (zeros kept),
 * several brackets, parts separated by commas. Also used for device paths and CDI names.
 */
public final class Hostlist {
  /**
   * More names than any cluster has; a typing mistake such as {@code cn[1-999999999]} ends here.
   */
  private static final int MAX_NAMES = 100_000;

  private Hostlist() {}

  /**
   * The names a hostlist stands for, in order.
   *
   * @throws IllegalArgumentException if it is malformed; the message says what is wrong
   */
  public static List<String> expand(String hostlist) {
    List<String> names = new ArrayList<>();
    for (String part : splitOutsideBrackets(hostlist)) {
      if (part.isBlank()) {
        throw new IllegalArgumentException("an empty name in '" + hostlist + "'");
      }
      names.addAll(expandPart(part.strip()));
      bounded(names);
    }
    return names;
  }

  private static List<String> splitOutsideBrackets(String text) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '[') {
        depth++;
      } else if (c == ']') {
        depth--;
      } else if (c == ',' && depth == 0) {
        parts.add(text.substring(start, i));
        start = i + 1;
      }
      if (depth < 0 || depth > 1) {
        throw new IllegalArgumentException("unbalanced brackets in '" + text + "'");
      }
    }
    if (depth != 0) {
      throw new IllegalArgumentException("unbalanced brackets in '" + text + "'");
    }
    parts.add(text.substring(start));
    return parts;
  }

  private static List<String> expandPart(String part) {
    int open = part.indexOf('[');
    if (open < 0) {
      return List.of(part);
    }
    int close = part.indexOf(']', open);
    String head = part.substring(0, open);
    List<String> tails = expandPart(part.substring(close + 1));
    List<String> names = new ArrayList<>();
    for (String number : numbers(part.substring(open + 1, close))) {
      for (String tail : tails) {
        names.add(head + number + tail);
      }
      bounded(names);
    }
    return names;
  }

  private static List<String> numbers(String ranges) {
    List<String> numbers = new ArrayList<>();
    for (String range : ranges.split(",", -1)) {
      String[] ends = range.strip().split("-", -1);
      if (ends.length > 2 || !isNumber(ends[0]) || !isNumber(ends[ends.length - 1])) {
        throw new IllegalArgumentException("'" + range + "' is not a number or a range of them");
      }
      long first = Long.parseLong(ends[0]);
      long last = Long.parseLong(ends[ends.length - 1]);
      if (last < first) {
        throw new IllegalArgumentException("the range '" + range + "' runs backwards");
      }
      for (long n = first; n <= last; n++) {
        numbers.add(String.format(Locale.ROOT, "%0" + ends[0].length() + "d", n));
        bounded(numbers);
      }
    }
    return numbers;
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty() && text.length() <= 18 && text.chars().allMatch(Character::isDigit);
  }

  private static void bounded(List<String> names) {
    if (names.size() > MAX_NAMES) {
      throw new IllegalArgumentException("more than " + MAX_NAMES + " names");
    }
  }
}
