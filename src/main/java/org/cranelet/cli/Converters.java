package org.cranelet.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cranelet.config.Dns;
import org.cranelet.config.Hostlist;
import org.cranelet.config.PullPolicy;
import org.cranelet.config.Size;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the values of options; each failure says what is expected. */
final class Converters {
  private Converters() {}

  /** {@code --mem}: a size, in M without a unit; bytes. */
  static final class Memory implements ITypeConverter<Long> {
    @Override
    public Long convert(String value) {
      try {
        return Size.parse(value, 'M');
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }

  /** {@code --time}: {@code [D-]H:M:S}; seconds. */
  static final class TimeLimit implements ITypeConverter<Long> {
    private static final Pattern FORM =
        Pattern.compile("(?:(\\d{1,5})-)?(\\d{1,6}):(\\d{1,2}):(\\d{1,2})");

    @Override
    public Long convert(String value) {
      Matcher m = FORM.matcher(value);
      if (!m.matches()) {
        throw new TypeConversionException("'" + value + "' is not a time limit ([D-]H:M:S)");
      }
      long days = m.group(1) == null ? 0 : Long.parseLong(m.group(1));
      long seconds =
          ((days * 24 + Long.parseLong(m.group(2))) * 60 + Long.parseLong(m.group(3))) * 60
              + Long.parseLong(m.group(4));
      if (seconds == 0) {
        throw new TypeConversionException("a time limit of 0 lets nothing run");
      }
      return seconds;
    }
  }

  /** {@code --cpus-per-task}: cores, fractions too. */
  static final class Cpus implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      if (value.matches("\\d{0,6}(\\.\\d{1,6})?|\\d{1,6}")
          && !value.isEmpty()
          && Double.parseDouble(value) > 0) {
        return Double.parseDouble(value);
      }
      throw new TypeConversionException("'" + value + "' is not a number of cpus above 0");
    }
  }

  /** {@code --nodes}, {@code --ntasks-per-node}. */
  static final class Count implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      if (!value.matches("0*[1-9]\\d{0,8}")) {
        throw new TypeConversionException("'" + value + "' is not a whole number above 0");
      }
      return Integer.valueOf(value);
    }
  }

  /** {@code --timeout}: the grace period in seconds, of a week at most. */
  static final class Grace implements ITypeConverter<Integer> {
    private static final int MAX_SECONDS = 7 * 24 * 3600;

    @Override
    public Integer convert(String value) {
      if (value.matches("\\d{1,9}") && Integer.parseInt(value) <= MAX_SECONDS) {
        return Integer.valueOf(value);
      }
      throw new TypeConversionException(
          "'" + value + "' is not a number of seconds from 0 to " + MAX_SECONDS);
    }
  }

  /** {@code --tail}: a number of lines; {@code all}, as docker has it, for more than there are. */
  static final class Lines implements ITypeConverter<Integer> {
    static final int ALL = Integer.MAX_VALUE;

    @Override
    public Integer convert(String value) {
      if (value.equals("all")) {
        return ALL;
      }
      if (!value.matches("\\d{1,9}")) {
        throw new TypeConversionException("'" + value + "' is neither a number of lines nor all");
      }
      return Integer.valueOf(value);
    }
  }

  /** {@code --nodelist}, {@code --exclude}: a hostlist, kept as it is. */
  static final class Nodes implements ITypeConverter<String> {
    @Override
    public String convert(String value) {
      return checked(value, Hostlist::expand);
    }
  }

  /** {@code --pull-policy}, kept as it is. */
  static final class Policy implements ITypeConverter<String> {
    @Override
    public String convert(String value) {
      return checked(value, PullPolicy::parse);
    }
  }

  private static String checked(String value, Function<String, ?> parser) {
    try {
      var _ = parser.apply(value);
      return value;
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }

  /** {@code --dns}: the address of a server. */
  static final class DnsServer implements ITypeConverter<String> {
    @Override
    public String convert(String value) {
      if (!Dns.isIpv4(value)) {
        throw new TypeConversionException("'" + value + "' is not an IPv4 address");
      }
      return value;
    }
  }

  /** {@code --extra-attr}: a JSON object, kept as it is. */
  static final class JsonObject implements ITypeConverter<String> {
    private static final JsonMapper STRICT =
        JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    @Override
    public String convert(String value) {
      if (!isObject(value)) {
        throw new TypeConversionException("'" + value + "' is not a JSON object ({\"key\": …})");
      }
      return value;
    }

    private static boolean isObject(String value) {
      try {
        return STRICT.readTree(value).isObject();
      } catch (JsonProcessingException e) {
        return false;
      }
    }
  }

  /**
   * {@code --since}, {@code --until}: RFC 3339, or a time ago such as {@code 42m} or {@code 7d}.
   */
  static final class Moment implements ITypeConverter<Instant> {
    private static final Pattern AGO = Pattern.compile("(\\d{1,9})([smhd])");

    @Override
    public Instant convert(String value) {
      Matcher m = AGO.matcher(value);
      if (m.matches()) {
        long n = Long.parseLong(m.group(1));
        return Instant.now()
            .minus(
                switch (m.group(2)) {
                  case "s" -> Duration.ofSeconds(n);
                  case "m" -> Duration.ofMinutes(n);
                  case "h" -> Duration.ofHours(n);
                  default -> Duration.ofDays(n);
                });
      }
      try {
        return OffsetDateTime.parse(value).toInstant();
      } catch (DateTimeParseException e) {
        throw new TypeConversionException(
            "'" + value + "' is neither a time (2026-01-31T12:00:00Z) nor an age (42m, 7d)");
      }
    }
  }
}
