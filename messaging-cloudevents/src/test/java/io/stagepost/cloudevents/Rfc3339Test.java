package io.stagepost.cloudevents;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Rfc3339Test {
  @Test
  void timestamps_are_written_and_read_as_the_jdk_does() {
    Random random = new Random(5);
    for (int i = 0; i < 10_000; i++) {
      OffsetDateTime time = time(random);
      String text = new String(Rfc3339.write(time), UTF_8);
      assertThat(OffsetDateTime.parse(text)).isEqualTo(time);
      assertThat(Rfc3339.parse(text.getBytes(UTF_8))).isEqualTo(time);
      String jdk = DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(time);
      assertThat(Rfc3339.parse(jdk.getBytes(UTF_8))).isEqualTo(time);
      assertThat(Rfc3339.parse(jdk.toLowerCase(Locale.ROOT).getBytes(UTF_8))).isEqualTo(time);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "+10000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "2026-11-21T10:00:00+02:00"
      })
  void unusual_timestamps_come_back_too(String text) {
    OffsetDateTime time = OffsetDateTime.parse(text);
    assertThat(Rfc3339.parse(Rfc3339.write(time))).isEqualTo(time);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Z",
        "2026-11-21",
        "2026-11-21T10:00:00",
        "2026-11-21T10:00:00.",
        "2026-11-21T10:00:00x1Z",
        "2026-11-21T10:00:0\u0661Z",
        "2026-11-21T10:00:00.1234567890Z",
        "2026-02-30T10:00:00Z",
        "2026-11-21T25:00:00Z"
      })
  void what_is_no_timestamp_is_refused(String text) {
    assertThatThrownBy(() -> Rfc3339.parse(text.getBytes(UTF_8)))
        .isInstanceOf(DateTimeException.class);
  }

  private static OffsetDateTime time(Random random) {
    Instant instant =
        Instant.ofEpochSecond(
            random.nextInt(2_000_000_000),
            switch (random.nextInt(4)) {
              case 0 -> 0;
              case 1 -> 1_000_000L * random.nextInt(1_000);
              case 2 -> 1_000L * random.nextInt(1_000_000);
              default -> random.nextInt(1_000_000_000);
            });
    return instant.atOffset(
        random.nextInt(4) == 0 ? ZoneOffset.ofHoursMinutes(5, 30) : ZoneOffset.UTC);
  }
}
