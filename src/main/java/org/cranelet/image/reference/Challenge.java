package org.cranelet.image.reference;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a server wants its caller to prove himself: one challenge of a {@code WWW-Authenticate}
 * header (RFC 9110, section 11.6.1). The JDK's and Netty's parsers are not for use by others.
 *
 * @param scheme in lower case, such as {@code basic} and {@code bearer}
 * @param parameters their names in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

  /** A parameter: NAME=TOKEN or NAME="TEXT", in TEXT a backslash before what it quotes. */
  private static final Pattern PARAMETER =
      Pattern.compile(
          "(" + TOKEN + ")\\s*=\\s*(?:\"([^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+)\"|(" + TOKEN + "))");

  /** A scheme, with a space or at the end, or before a comma. */
  private static final Pattern SCHEME = Pattern.compile("(" + TOKEN + ")(?:\\s+|$|(?=,))");

  private static final Pattern TOKEN_68 = Pattern.compile("[0-9A-Za-z._~+/-]+=*(?=\\s*(?:,|$))");
  private static final Pattern COMMAS = Pattern.compile("(?:\\s*,)*\\s*");

  /** Longer headers are nobody's. */
  private static final int MAX_LENGTH = 8 << 10;

  /**
   * All challenges of all headers. From where a header cannot be understood, its rest is left out:
   * what a server says beyond our knowledge is no reason not to use what we know.
   */
  static List<Challenge> parse(List<String> headers) {
    List<Challenge> all = new ArrayList<>();
    for (String header : headers) {
      if (header.length() <= MAX_LENGTH) {
        parse(header, all);
      }
    }
    return List.copyOf(all);
  }

  private static void parse(String header, List<Challenge> all) {
    int at = skip(COMMAS, header, 0);
    while (at < header.length()) {
      Matcher scheme = at(SCHEME, header, at);
      if (!scheme.lookingAt()) {
        return;
      }
      Map<String, String> parameters = new LinkedHashMap<>();
      int end = parameters(header, scheme.end(), parameters);
      all.add(new Challenge(scheme.group(1).toLowerCase(Locale.ROOT), Map.copyOf(parameters)));
      at = skip(COMMAS, header, parameters.isEmpty() ? skip(TOKEN_68, header, end) : end);
    }
  }

  /** Reads parameters up to the next scheme; where that begins. */
  private static int parameters(String header, int begin, Map<String, String> parameters) {
    int at = begin;
    Matcher parameter = at(PARAMETER, header, at);
    while (parameter.lookingAt()) {
      String quoted = parameter.group(2);
      parameters.putIfAbsent(
          parameter.group(1).toLowerCase(Locale.ROOT),
          quoted == null ? parameter.group(3) : quoted.replaceAll("\\\\(.)", "$1"));
      at = skip(COMMAS, header, parameter.end());
      parameter = at(PARAMETER, header, at);
    }
    return at;
  }

  private static Matcher at(Pattern pattern, String text, int begin) {
    return pattern.matcher(text).region(begin, text.length());
  }

  private static int skip(Pattern pattern, String text, int begin) {
    Matcher matcher = at(pattern, text, begin);
    return matcher.lookingAt() ? matcher.end() : begin;
  }

  static Optional<Challenge> of(String scheme, List<Challenge> all) {
    return all.stream().filter(c -> c.scheme().equals(scheme)).findFirst();
  }

  Optional<String> parameter(String name) {
    return Optional.ofNullable(parameters.get(name)).filter(value -> !value.isEmpty());
  }
}
