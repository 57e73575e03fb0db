package io.stagepost.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  record Order(
      String id, BigDecimal amount, int quantity, Instant at, LocalDate day, List<String> tags) {}

  private static final Codec JSON = Json.codec();
  private static final EventType<Order> ORDER =
      EventType.of("com.example.order.v1", Order.class).codec(JSON);

  @Test
  void records_round_trip_with_exact_decimals_and_iso_times() {
    Order order =
        new Order(
            "ø-1",
            new BigDecimal("149.90"),
            3,
            Instant.parse("2026-03-03T14:23:44.000000001Z"),
            LocalDate.of(2026, 3, 3),
            List.of("a", "b"));
    byte[] bytes = JSON.encode(ORDER, order).bytes();
    assertThat(new String(bytes, UTF_8))
        .isEqualTo(
            "{\"id\":\"ø-1\",\"amount\":149.90,\"quantity\":3,"
                + "\"at\":\"2026-03-03T14:23:44.000000001Z\",\"day\":\"2026-03-03\","
                + "\"tags\":[\"a\",\"b\"]}");
    assertThat(decode(ORDER, bytes, "application/json")).isEqualTo(order);
  }

  @Test
  void equal_payloads_give_equal_bytes() {
    Order order = new Order("1", BigDecimal.ONE, 1, Instant.EPOCH, LocalDate.EPOCH, List.of());
    assertThat(JSON.encode(ORDER, order).bytes()).isEqualTo(JSON.encode(ORDER, order).bytes());
  }

  @Test
  void decimals_stay_plain_and_exact_however_small_or_large() {
    EventType<BigDecimal[]> decimals = EventType.of("d.v1", BigDecimal[].class);
    BigDecimal[] values = {new BigDecimal("1E+30"), new BigDecimal("0.1"), new BigDecimal("1E-20")};
    byte[] bytes = JSON.encode(decimals, values).bytes();
    assertThat(new String(bytes, UTF_8))
        .isEqualTo("[1000000000000000000000000000000,0.1,0.00000000000000000001]");
    assertThat(decode(decimals, bytes, null)[1]).isEqualTo(new BigDecimal("0.1"));
  }

  @Test
  void a_reader_survives_a_newer_writer() {
    assertThat(
            decode(ORDER, "{\"id\":\"1\",\"quantity\":2,\"colour\":\"red\"}".getBytes(UTF_8), null)
                .quantity())
        .isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "{",
        "{\"id\":\"1\",\"id\":\"2\",\"quantity\":1}",
        "{\"id\":\"1\",\"quantity\":1} x",
        "{\"id\":\"1\",\"quantity\":null}",
        "{\"id\":\"1\",\"quantity\":\"many\"}",
        "[]",
      })
  void d05_what_is_no_such_payload_is_poison(String body) {
    assertThatThrownBy(() -> decode(ORDER, body.getBytes(UTF_8), null))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-003");
  }

  @Test
  void an_error_never_shows_the_body() {
    assertThatThrownBy(() -> decode(ORDER, "{\"quantity\":\"secret-value\"}".getBytes(UTF_8), null))
        .hasMessageNotContaining("secret-value");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"application/json", "Application/JSON; charset=utf-8", "application/vnd.x+json"})
  void any_json_content_type_is_read(String contentType) {
    assertThat(decode(EventType.of("m.v1", Order[].class), "[]".getBytes(UTF_8), contentType))
        .isEmpty();
  }

  @Test
  void another_content_type_is_refused_by_name() {
    assertThatThrownBy(() -> decode(ORDER, new byte[0], "application/avro"))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("application/avro");
  }

  @Test
  void a_payload_that_cannot_be_written_is_refused_with_its_class() {
    record Loop(Object self) {}
    Object[] self = new Object[1];
    self[0] = self;
    assertThatThrownBy(() -> JSON.encode(EventType.of("l.v1", Loop.class), new Loop(self)))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-001");
  }

  @Test
  void what_readers_would_refuse_is_not_written() {
    assertThatThrownBy(
            () ->
                JSON.encode(
                    EventType.of("l.v1", String[].class),
                    new String[] {"x".repeat(JsonLimits.DOCUMENT)}))
        .isInstanceOf(MessagingException.class)
        .isNotInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-001")
        .hasMessageContaining(String.valueOf(JsonLimits.DOCUMENT));
  }

  private static <T> T decode(EventType<T> type, byte[] bytes, @Nullable String contentType) {
    return JSON.decode(type, new Encoded(bytes, contentType, null, List.of()));
  }
}
