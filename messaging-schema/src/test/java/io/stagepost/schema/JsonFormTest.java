package io.stagepost.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.spi.Encoded;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/** JSON by a form: what it reads and writes, and how it refuses. */
class JsonFormTest {
  record Line(BigDecimal price, List<Integer> sizes, Map<String, JsonNode> others) {
    Line {
      if (price.signum() < 0) {
        throw new IllegalArgumentException("Line.price must be at least 0");
      }
    }
  }

  /** As one is generated. */
  private static final class LineJson implements JsonForm<Line> {
    @Override
    public Line read(JsonInput in) {
      BigDecimal price = null;
      List<Integer> sizes = List.of();
      Map<String, JsonNode> others = new TreeMap<>();
      for (@Nullable String name = in.enter(); name != null; name = in.next()) {
        switch (name) {
          case "price" -> price = in.decimal();
          case "sizes" -> sizes = in.list(JsonInput::int32);
          case "skipped" -> in.skip();
          default -> others.put(name, in.tree());
        }
      }
      BigDecimal came = in.required(price, "price");
      try {
        return new Line(came, sizes, others);
      } catch (IllegalArgumentException refused) {
        throw in.refused(refused);
      }
    }

    @Override
    public void write(Line value, JsonGenerator out) {
      out.writeStartObject();
      out.writeNumberProperty("price", value.price());
      value
          .others()
          .forEach(
              (name, other) -> {
                out.writeName(name);
                out.writeTree(other);
              });
      out.writeEndObject();
    }
  }

  private static final EventType<Line> LINE =
      EventType.of("line.v1", Line.class).codec(Json.codec(new LineJson()));

  private static Line read(String json) {
    return LINE.codec()
        .decode(LINE, Encoded.of(json.getBytes(StandardCharsets.UTF_8), "application/json"));
  }

  private static String write(Line line) {
    return new String(LINE.codec().encode(LINE, line).bytes(), StandardCharsets.UTF_8);
  }

  @Test
  void numbers_keep_their_zeros_and_equal_values_are_equal_bytes() {
    assertThat(write(read("{\"z\":{\"b\":1.10,\"a\":null},\"a\":[],\"price\":149.90}")))
        .isEqualTo("{\"price\":149.90,\"a\":[],\"z\":{\"a\":null,\"b\":1.10}}");
    assertThat(write(read("{\"price\":1E+3}"))).isEqualTo("{\"price\":1000}");
  }

  @Test
  void what_is_skipped_is_passed_over_whole() {
    assertThat(read("{\"skipped\":{\"price\":[1,{}]},\"price\":1}").price())
        .isEqualTo(BigDecimal.ONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}|/price is missing",
        "[]|the body is an array, not an object",
        "null|the body is null, not an object",
        "{\"price\":\"secret\"}|/price is a string, not a number",
        "{\"price\":null}|/price is null, not a number",
        "{\"price\":1e10000}|/price has an exponent beyond 9999",
        "{\"price\":-1}|the body is refused: Line.price must be at least 0",
        "{\"price\":1,\"sizes\":[1,2.5]}|/sizes/1 is not a whole number",
        "{\"price\":1,\"sizes\":[2147483648]}|/sizes/0 does not fit into 32 bits",
        "{\"price\":1,\"price\":2}|StreamReadException",
        "{\"price\":1,\"secret\":1,\"secret\":2}|StreamReadException",
        "{\"price\":1} {}|something follows the value",
        "{\"price\":1|at line 1",
      })
  void what_does_not_fit_is_refused_with_its_place_and_without_its_value(
      String json, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-003")
        .hasMessageContaining(message)
        .hasMessageNotContaining("secret");
  }

  @Test
  void a_body_of_no_bytes_is_refused() {
    assertThatThrownBy(() -> read(""))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("the body is empty");
  }

  @Test
  void depth_and_length_have_limits() {
    assertThatThrownBy(() -> read("{\"a\":" + "[".repeat(300)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("StreamConstraintsException");
    assertThatThrownBy(() -> read("{\"a\":\"" + "a".repeat(17 << 20)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("are the limit");
  }

  @Test
  void a_kind_of_json_is_written_and_every_kind_is_read() {
    EventType<Line> vendor = LINE.codec(Json.codec(new LineJson(), "application/vnd.line+json"));
    Line line = new Line(BigDecimal.ONE, List.of(), Map.of());

    assertThat(vendor.codec().encode(vendor, line).contentType())
        .isEqualTo("application/vnd.line+json");
    assertThat(
            vendor
                .codec()
                .decode(
                    vendor,
                    Encoded.of("{\"price\":1}".getBytes(StandardCharsets.UTF_8), "text/json"))
                .price())
        .isEqualTo(BigDecimal.ONE);
    assertThatThrownBy(
            () -> vendor.codec().decode(vendor, Encoded.of(new byte[0], "application/avro")))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-002");
  }

  @Test
  void a_payload_of_another_class_is_told() {
    EventType<String> other = EventType.of("s.v1", String.class).codec(LINE.codec());

    assertThatThrownBy(() -> other.codec().encode(other, "secret"))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-001")
        .hasMessageNotContaining("secret");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "^[a-z]+$|abc|true",
        "^[a-z]+$|abc1|false",
        "b|abc|true",
        "^[[&&]+$|[&|true",
        "^[\\]a]+$|a]|true",
        "^\\$[0-9]$|$1|true",
        "^\\p{L}+$|größe|true",
      })
  void patterns_mean_what_ecma_says(String pattern, String text, boolean matches) {
    assertThat(TextPattern.of(pattern).isIn(text)).isEqualTo(matches);
  }

  @Test
  void the_end_of_a_text_is_not_before_its_last_line_break() {
    assertThat(TextPattern.of("^a$").isIn("a\n")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"^(a+)+$", "^(a|aa)+$", "(.*)*x", "(a?){50}b"})
  void patterns_end_on_hostile_texts(String pattern) {
    assertThat(TextPattern.of(pattern).isIn("a".repeat(100_000) + "!")).isFalse();
  }
}
