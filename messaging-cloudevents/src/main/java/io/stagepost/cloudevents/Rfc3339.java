package io.stagepost.cloudevents;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Timestamps as CloudEvents carry them (RFC 3339). The form that nearly all have, years 0 to 9999
 * in UTC, is written and read by hand, since a formatter costs more than the rest of the binding;
 * the others go through the JDK's formatter.
 */
public final class Rfc3339 {
  private static final int SECONDS_END = "2026-11-21T00:00:00".length();

  private Rfc3339() {}

  /**
   * Writes a timestamp, with all its digits.
   *
   * @param time any
   * @return in ASCII
   */
  public static byte[] write(OffsetDateTime time) {
    int year = time.getYear();
    if (year < 0 || year > 9_999 || !time.getOffset().equals(ZoneOffset.UTC)) {
      return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(time).getBytes(UTF_8);
    }
    int nano = time.getNano();
    int digits = nano == 0 ? 0 : 9;
    while (digits > 0 && nano % 10 == 0) {
      nano /= 10;
      digits--;
    }
    byte[] text = new byte[SECONDS_END + (digits == 0 ? 0 : digits + 1) + 1];
    put(text, 0, 4, year);
    text[4] = '-';
    put(text, 5, 2, time.getMonthValue());
    text[7] = '-';
    put(text, 8, 2, time.getDayOfMonth());
    text[10] = 'T';
    put(text, 11, 2, time.getHour());
    text[13] = ':';
    put(text, 14, 2, time.getMinute());
    text[16] = ':';
    put(text, 17, 2, time.getSecond());
    if (digits > 0) {
      text[SECONDS_END] = '.';
      put(text, SECONDS_END + 1, digits, nano);
    }
    text[text.length - 1] = 'Z';
    return text;
  }

  /**
   * Reads a timestamp.
   *
   * @param text in ASCII
   * @return the timestamp, with its offset
   * @throws DateTimeException if it is none
   */
  public static OffsetDateTime parse(byte[] text) {
    return isPlain(text)
        ? OffsetDateTime.of(
            LocalDateTime.of(
                LocalDate.of(get(text, 0, 4), get(text, 5, 2), get(text, 8, 2)),
                LocalTime.of(get(text, 11, 2), get(text, 14, 2), get(text, 17, 2), nano(text))),
            ZoneOffset.UTC)
        : OffsetDateTime.parse(new String(text, UTF_8));
  }

  /** Whether it has the form 2026-11-21T00:00:00[.123456789]Z. */
  private static boolean isPlain(byte[] text) {
    if (text.length <= SECONDS_END
        || text.length > SECONDS_END + 11
        || text[text.length - 1] != 'Z'
        || text.length == SECONDS_END + 2
        || (text.length > SECONDS_END + 2 && text[SECONDS_END] != '.')) {
      return false;
    }
    for (int i = 0; i < text.length - 1; i++) {
      byte c = text[i];
      boolean fits =
          switch (i) {
            case 4, 7 -> c == '-';
            case 10 -> c == 'T';
            case 13, 16 -> c == ':';
            case 19 -> c == '.';
            default -> c >= '0' && c <= '9';
          };
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  private static int nano(byte[] text) {
    int digits = text.length - SECONDS_END - 2;
    if (digits <= 0) {
      return 0;
    }
    int nano = get(text, SECONDS_END + 1, digits);
    for (int i = digits; i < 9; i++) {
      nano *= 10;
    }
    return nano;
  }

  private static void put(byte[] text, int from, int digits, int value) {
    for (int i = from + digits - 1, rest = value; i >= from; i--, rest /= 10) {
      text[i] = (byte) ('0' + rest % 10);
    }
  }

  private static int get(byte[] text, int from, int digits) {
    int value = 0;
    for (int i = from; i < from + digits; i++) {
      value = value * 10 + text[i] - '0';
    }
    return value;
  }
}
