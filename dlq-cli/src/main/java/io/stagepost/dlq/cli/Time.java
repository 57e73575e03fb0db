package io.stagepost.dlq.cli;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Instants and lengths of time, as options give them and tables show them. */
final class Time {
  private static final Pattern PART = Pattern.compile("(\\d{1,9})(ms|s|m|h|d|w)");

  private Time() {}

  /** An age such as {@code 90s}, {@code 2h30m} or {@code 7d}. */
  static Duration duration(String text) {
    Matcher part = PART.matcher(text);
    Duration sum = Duration.ZERO;
    int end = 0;
    while (part.find() && part.start() == end) {
      long number = Long.parseLong(part.group(1));
      sum =
          sum.plus(
              switch (part.group(2)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                case "h" -> Duration.ofHours(number);
                case "d" -> Duration.ofDays(number);
                default -> Duration.ofDays(7 * number);
              });
      end = part.end();
    }
    if (end == 0 || end < text.length()) {
      throw new TypeConversionException(
          "'" + text + "' is no length of time: write 90s, 2h30m or 7d");
    }
    return sum;
  }

  /**
   * A moment: an age before now, a day (UTC), or a date and time (UTC unless it says otherwise).
   */
  static Instant instant(String text) {
    if (PART.matcher(text).lookingAt()) {
      try {
        return Clock.systemUTC().instant().minus(duration(text));
      } catch (TypeConversionException none) {
        // a date begins with digits, too
      }
    }
    try {
      if (text.length() == 10) {
        return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
      }
      return text.matches(".*(?:Z|[+-]\\d\\d:?\\d\\d)")
          ? OffsetDateTime.parse(text).toInstant()
          : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException none) {
      throw new TypeConversionException(
          "'" + text + "' is no time: write 2h or 7d (ago), 2026-11-22 or 2026-11-22T13:00:00Z");
    }
  }

  /** Two figures of it, such as {@code 3d4h}. */
  static String shortly(Duration length) {
    long seconds = Math.max(0, length.toSeconds());
    long[] sizes = {86_400, 3_600, 60, 1};
    String[] names = {"d", "h", "m", "s"};
    for (int i = 0; i < sizes.length - 1; i++) {
      if (seconds >= sizes[i]) {
        long rest = seconds % sizes[i] / sizes[i + 1];
        return seconds / sizes[i] + names[i] + (rest == 0 ? "" : rest + names[i + 1]);
      }
    }
    return seconds + "s";
  }

  /** For picocli. */
  static final class InstantConverter implements ITypeConverter<Instant> {
    /** For picocli. */
    InstantConverter() {}

    @Override
    public Instant convert(String value) {
      return instant(value);
    }
  }

  /** For picocli. */
  static final class DurationConverter implements ITypeConverter<Duration> {
    /** For picocli. */
    DurationConverter() {}

    @Override
    public Duration convert(String value) {
      return duration(value);
    }
  }
}
