package io.stagepost.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.Schemas.Framing;
import io.stagepost.spi.Encoded;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

class JsonSchemaTest {
  record Order(String id, BigDecimal amount, @Nullable List<Line> lines) {}

  record Line(String article, int quantity) {}

  /** What has setters, as older code has. */
  public static final class Bean {
    private String id = "";

    public String getId() {
      return id;
    }

    public void setId(String id) {
      this.id = id;
    }
  }

  private static final String SCHEMA =
      """
      {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Order",
        "type": "object",
        "required": ["id"],
        "properties": {
          "id": {"type": "string", "minLength": 1, "x-sensitive": true},
          "amount": {"type": "number", "minimum": 0, "multipleOf": 0.01},
          "lines": {"type": ["array", "null"], "items": {"$ref": "#/$defs/line"}}
        },
        "$defs": {
          "line": {
            "type": "object",
            "required": ["article", "quantity"],
            "properties": {"article": {"type": "string"}, "quantity": {"type": "integer", "minimum": 1}}
          }
        }
      }
      """;
  private static final Order ORDER =
      new Order("1", new BigDecimal("149.90"), List.of(new Line("a", 2)));
  private static final JsonSchema CODEC = JsonSchema.codec(SCHEMA);
  private static final EventType<Order> TYPE =
      EventType.of("com.example.order.v1", Order.class).channel("orders").codec(CODEC);

  private final CountingRegistry registry = new CountingRegistry();

  @Test
  void records_round_trip_exactly_and_say_their_schema() {
    Encoded encoded = CODEC.encode(TYPE, ORDER);
    assertThat(encoded.bytes()).isEqualTo(Json.codec().encode(TYPE, ORDER).bytes());
    assertThat(encoded.contentType()).isEqualTo("application/json");
    assertThat(encoded.schema()).hasScheme("ni");
    assertThat(CODEC.decode(TYPE, encoded)).isEqualTo(ORDER);
  }

  @Test
  void beans_and_trees_are_payloads_too() {
    EventType<Bean> beans = EventType.of("b.v1", Bean.class);
    Bean bean = new Bean();
    bean.setId("7");
    assertThat(CODEC.decode(beans, CODEC.encode(beans, bean)).getId()).isEqualTo("7");
    EventType<JsonNode> trees = EventType.of("t.v1", JsonNode.class);
    assertThat(CODEC.decode(trees, body("{\"id\":\"7\",\"more\":[1]}")).path("more").size())
        .isEqualTo(1);
  }

  @Test
  void a_mapper_of_the_users_is_used() {
    record Parcel(String trackingNumber) {}

    JsonSchema codec =
        JsonSchema.codec("{\"required\":[\"tracking_number\"]}")
            .mapper(
                JsonMapper.builder()
                    .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                    .build());
    EventType<Parcel> type = EventType.of("p.v1", Parcel.class);
    assertThat(codec.decode(type, codec.encode(type, new Parcel("x")))).isEqualTo(new Parcel("x"));
  }

  @Test
  void what_is_not_as_the_schema_says_is_not_written() {
    assertThatThrownBy(
            () -> CODEC.encode(TYPE, new Order("", new BigDecimal("-7777.125"), List.of())))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-221")
        .hasMessageContaining("/id minLength; /amount minimum; /amount multipleOf")
        .hasMessageNotContaining("7777");
    assertThatCode(
            () -> CODEC.withoutCheckingWrites().encode(TYPE, new Order("", BigDecimal.ONE, null)))
        .doesNotThrowAnyException();
  }

  @Test
  void d05_what_is_not_as_the_schema_says_is_poison() {
    Encoded bad =
        body("{\"lines\":[{\"article\":\"a\",\"quantity\":0},{\"article\":7,\"quantity\":1}]}");
    assertThatThrownBy(() -> CODEC.decode(TYPE, bad))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-222")
        .hasMessageContaining("the document required id")
        .hasMessageContaining("/lines/0/quantity minimum")
        .hasMessageContaining("/lines/1/article type");
  }

  @Test
  void reads_need_not_be_checked() {
    assertThat(CODEC.withoutCheckingReads().decode(TYPE, body("{\"id\":\"\"}")).id()).isEmpty();
  }

  @Test
  void an_error_lists_ten_violations_and_counts_the_others() {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 25; i++) {
      lines.append(i == 0 ? "" : ",").append("{\"article\":\"a\",\"quantity\":0}");
    }
    assertThatThrownBy(() -> CODEC.decode(TYPE, body("{\"id\":\"1\",\"lines\":[" + lines + "]}")))
        .hasMessageContaining("/lines/9/quantity minimum; and 15 more")
        .hasMessageNotContaining("/lines/10/");
  }

  /** Neither values nor the names that a document brings, in any message or stack trace. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"properties\":{\"a\":{\"const\":\"x\"}}}|{\"a\":\"secret-4711\"}",
        "{\"properties\":{\"a\":{\"enum\":[\"x\"]}}}|{\"a\":\"secret-4711\"}",
        "{\"properties\":{\"a\":{\"pattern\":\"^x\"}}}|{\"a\":\"secret-4711\"}",
        "{\"properties\":{\"a\":{\"format\":\"date\"}}}|{\"a\":\"secret-4711\"}",
        "{\"additionalProperties\":{\"type\":\"integer\"}}|{\"secret-4711\":\"x\"}",
        "{\"properties\":{},\"additionalProperties\":false}|{\"secret-4711\":\"x\"}",
        "{\"propertyNames\":{\"maxLength\":3}}|{\"secret-4711\":\"x\"}",
        "{\"dependencies\":{\"a\":[\"b\"]}}|{\"a\":\"secret-4711\"}",
        "{\"properties\":{\"a\":{\"type\":\"integer\"}}}|{\"a\":\"secret-4711\"}",
        "{\"anyOf\":[{\"required\":[\"b\"]},{\"maxProperties\":0}]}|{\"secret-4711\":\"x\"}",
        "{}|{\"amount\":\"secret-4711\"}",
        "{}|{\"lines\":[{\"quantity\":\"secret-4711\"}]}",
        "{}|{\"lines\":{\"secret-4711\":1}}",
        "{}|{\"amount\": secret-4711 }",
        "{}|{\"id\":\"secret-4711}",
      })
  void d05_an_error_never_shows_what_the_document_says(String schema, String document) {
    JsonSchema codec = JsonSchema.codec(schema);
    Throwable failure = null;
    try {
      codec.decode(TYPE, body(document));
    } catch (DecodeException refused) {
      failure = refused;
    }
    assertThat(failure).isNotNull();
    StringWriter text = new StringWriter();
    Objects.requireNonNull(failure).printStackTrace(new PrintWriter(text));
    assertThat(text.toString()).doesNotContain("secret-4711").doesNotContain("4711");
  }

  @Test
  void an_error_in_writing_never_shows_the_payload_either() {
    record Failing(List<String> more) {}

    List<String> failing =
        new AbstractList<>() {
          @Override
          public String get(int index) {
            throw new IllegalStateException("secret-4711");
          }

          @Override
          public int size() {
            return 1;
          }
        };
    try {
      Json.codec().encode(EventType.of("f.v1", Failing.class), new Failing(failing));
      Assertions.fail("it cannot be written");
    } catch (MessagingException refused) {
      StringWriter text = new StringWriter();
      refused.printStackTrace(new PrintWriter(text));
      assertThat(text.toString())
          .startsWith("io.stagepost.MessagingException: SP-SCHEMA-001")
          .contains("more", "JsonSchemaTest", "java.lang.IllegalStateException")
          .doesNotContain("4711");
    }
  }

  @Test
  void keys_of_maps_are_not_shown() {
    EventType<Object> type = EventType.of("m.v1", Object.class);
    record Ages(Map<String, Integer> ages) {}

    EventType<Ages> ages = EventType.of("a.v1", Ages.class);
    assertThatThrownBy(
            () -> Json.codec().decode(ages, body("{\"ages\":{\"ada@example.com\":\"old\"}}")))
        .hasMessageContaining("/ages/*")
        .hasMessageNotContaining("ada");
    assertThat(Json.codec().decode(type, body("{}"))).isNotNull();
  }

  // ---- schemas

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{\"type\":\"strng\"}",
        "{\"$schema\":\"http://json-schema.org/draft-04/schema#\"}",
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"minLength\":\"1\"}",
        "{\"$ref\":\"https://example.com/other.json\"}",
        "{\"$ref\":\"file:///etc/passwd\"}",
        "{\"$ref\":\"classpath:/logback.xml\"}",
        "{\"$ref\":\"#/definitions/nothing\"}",
        "{\"pattern\":\"(\"}",
      })
  void a_schema_that_is_none_is_refused_at_once(String schema) {
    assertThatThrownBy(() -> JsonSchema.codec(schema))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-220");
  }

  @Test
  void a_schema_without_a_dialect_is_draft_07() {
    JsonSchema codec = JsonSchema.codec("{\"dependencies\":{\"amount\":[\"id\"]}}");
    assertThatThrownBy(() -> codec.decode(TYPE, body("{\"amount\":1}")))
        .hasMessageContaining("dependencies");
  }

  @Test
  void a_schema_refers_to_others_by_its_references_alone() {
    registry.register(
        "line", Schema.of(Format.JSON, "{\"properties\":{\"quantity\":{\"minimum\":5}}}"), false);
    for (String id : new String[] {"", "\"$id\":\"https://example.com/shop/order.json\","}) {
      for (String name : new String[] {"line.json", "https://example.com/common/line.json"}) {
        Schema schema =
            new Schema(
                Format.JSON,
                "{" + id + "\"properties\":{\"lines\":{\"items\":{\"$ref\":\"" + name + "\"}}}}",
                List.of(new Schema.Reference(name, "line", 1)));
        JsonSchema codec = JsonSchema.codec(schema, Schemas.in(registry));
        assertThatThrownBy(
                () -> codec.decode(TYPE, body("{\"lines\":[{\"article\":\"a\",\"quantity\":4}]}")))
            .as(id + name)
            .hasMessageContaining("/lines/0/quantity minimum");
        assertThat(
                codec
                    .decode(TYPE, body("{\"lines\":[{\"article\":\"a\",\"quantity\":5}]}"))
                    .lines())
            .hasSize(1);
      }
    }
  }

  // ---- registry

  @ParameterizedTest
  @EnumSource(Framing.class)
  void a_reader_reads_every_framing_with_its_own_schema_the_writers_or_none(Framing framing) {
    JsonSchema writer =
        JsonSchema.codec(SCHEMA, Schemas.in(registry).autoRegister().framing(framing));
    assertThat(writer.isReady(TYPE)).isFalse();
    writer.prepare(TYPE);
    assertThat(writer.isReady(TYPE)).isTrue();
    Encoded encoded = writer.encode(TYPE, ORDER);
    JsonSchema latest = JsonSchema.codec(Schemas.in(registry).latest().framing(framing));
    assertThat(latest.encode(TYPE, ORDER).bytes()).isEqualTo(encoded.bytes());
    for (JsonSchema reader :
        List.of(
            CODEC,
            writer,
            latest,
            JsonSchema.codec(Schemas.in(registry)),
            JsonSchema.codec(Schemas.in(registry)).withoutCheckingReads())) {
      assertThat(reader.decode(TYPE, encoded)).isEqualTo(ORDER);
    }
    if (framing != Framing.NONE) {
      Encoded bare = new Encoded(encoded.bytes(), null, null, encoded.headers());
      assertThat(JsonSchema.codec(Schemas.in(registry)).decode(TYPE, bare)).isEqualTo(ORDER);
    }
  }

  @Test
  void d05_without_its_own_a_reader_checks_by_the_writers_schema() {
    registry.register(
        "orders-value",
        Schema.of(Format.JSON, "{\"title\":\"Order\",\"required\":[\"amount\"]}"),
        false);
    byte[] framed = Frames.withId(1, List.of(), "{\"id\":\"1\"}".getBytes(UTF_8));
    assertThatThrownBy(
            () ->
                JsonSchema.codec(Schemas.in(registry))
                    .decode(TYPE, new Encoded(framed, "application/json", null, List.of())))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("writer's")
        .hasMessageContaining("required amount");
    assertThatThrownBy(
            () -> JsonSchema.codec(Schemas.in(registry)).decode(TYPE, body("{\"id\":\"1\"}")))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-209");
  }

  @Test
  void d05_a_writers_schema_that_is_none_is_final() {
    registry.register("a", Schema.of(Format.JSON, "{\"type\":\"strng\"}"), false);
    registry.register(
        "b",
        new Schema(
            Format.JSON,
            "{\"$ref\":\"c.json\"}",
            List.of(new Schema.Reference("c.json", "nowhere", 1))),
        false);
    for (int id = 1; id <= 2; id++) {
      Encoded framed =
          new Encoded(Frames.withId(id, List.of(), "{}".getBytes(UTF_8)), null, null, List.of());
      assertThatThrownBy(() -> JsonSchema.codec(Schemas.in(registry)).decode(TYPE, framed))
          .isInstanceOf(DecodeException.class)
          .hasMessageStartingWith("SP-SCHEMA-223");
    }
  }

  @Test
  void a_codec_without_a_schema_needs_a_registry() {
    assertThatThrownBy(() -> JsonSchema.codec(Schemas.plain()))
        .hasMessageStartingWith("SP-SCHEMA-212");
  }

  @Test
  void another_content_type_is_refused_by_name() {
    assertThatThrownBy(
            () -> CODEC.decode(TYPE, new Encoded(new byte[0], "text/plain", null, List.of())))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-002");
  }

  // ---- limits

  @Test
  void d05_what_is_beyond_a_limit_is_refused_with_the_limit() {
    EventType<Object> any = EventType.of("x.v1", Object.class);
    assertThatThrownBy(() -> decode(any, "[".repeat(201) + "]".repeat(201)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("(200,");
    assertThatThrownBy(() -> decode(any, "1".repeat(1_001))).hasMessageContaining("1000");
    assertThatThrownBy(() -> decode(any, "{\"" + "n".repeat(10_100) + "\":1}"))
        .hasMessageContaining("10000");
    assertThatThrownBy(() -> decode(any, "\"" + "s".repeat((8 << 20) + 70_000) + "\""))
        .hasMessageContaining("8388608");
    assertThatThrownBy(() -> decode(any, "[" + "1,".repeat(1_000_000) + "1]"))
        .hasMessageContaining("1000000");
    assertThatThrownBy(() -> decode(any, " ".repeat((16 << 20) + 1)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("16777217 bytes")
        .hasMessageContaining("16777216");
    assertThat(decode(any, "[".repeat(200) + "]".repeat(200))).isNotNull();
  }

  @Test
  void what_cannot_be_read_is_not_written() {
    Object deep = "x";
    for (int i = 0; i < 201; i++) {
      deep = List.of(deep);
    }
    Object tooDeep = deep;
    assertThatThrownBy(() -> Json.codec().encode(EventType.of("x.v1", Object.class), tooDeep))
        .hasMessageStartingWith("SP-SCHEMA-001")
        .hasMessageContaining("200");
  }

  @Test
  void what_no_reader_would_take_is_not_written() {
    EventType<String> type = EventType.of("text.v1", String.class);
    // longer than a text may be, and the whole is not too long
    assertThatThrownBy(() -> JsonSchema.codec("{}").encode(type, "x".repeat(JsonLimits.STRING + 1)))
        .isInstanceOf(MessagingException.class)
        .isNotInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-001");
  }

  @Test
  void d05_items_of_one_hash_do_not_make_an_array_slow() {
    // eight letters of "Aa" and "BB" each: 2 to the 16 texts of one hash
    StringBuilder body = new StringBuilder("[");
    for (int i = 0; i < 1 << 16; i++) {
      body.append(i == 0 ? "\"" : ",\"");
      for (int bit = 0; bit < 16; bit++) {
        body.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      body.append('"');
    }
    EventType<JsonNode> trees = EventType.of("t.v1", JsonNode.class);
    for (String dialect :
        List.of(
            "http://json-schema.org/draft-07/schema#",
            "https://json-schema.org/draft/2020-12/schema")) {
      JsonSchema codec = JsonSchema.codec("{\"$schema\":\"" + dialect + "\",\"uniqueItems\":true}");
      Assertions.assertTimeoutPreemptively(
          Duration.ofSeconds(10), () -> codec.decode(trees, body(body + "]")));
      assertThatThrownBy(() -> codec.decode(trees, body(body + ",\"x\",\"x\"]")))
          .isInstanceOf(DecodeException.class)
          .hasMessageContaining("the document uniqueItems");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "[1,2];true",
        "[1,1.0];false",
        "[10,1e1];false",
        "[0,-0.0];false",
        "[1,'1'];true",
        "[1,true];true",
        "['1:a','a'];true",
        "[[1],[1,null],[],{}];true",
        "[{'a':1,'b':[2]},{'b':[2.0],'a':1}];false",
        "[{'a':null},{}];true",
      })
  void items_are_unique_by_what_they_amount_to(String array, boolean isUnique) {
    JsonNode items = JsonMapper.shared().readTree(array.replace('\'', '"'));
    assertThat(JsonUniqueItems.areUnique(items)).isEqualTo(isUnique);
  }

  @ParameterizedTest
  @CsvSource({
    "email, ada@orders.example, true",
    "email, ada@localhost, true",
    "email, a.b+c@x-y.internal, true",
    "email, '\"a b\"@x.test', true",
    "email, ada@[127.0.0.1], true",
    "email, ada@[IPv6:::1], true",
    "email, ada, false",
    "email, ada@, false",
    "email, @x.example, false",
    "email, a..b@x.example, false",
    "email, .a@x.example, false",
    "email, a@-x.example, false",
    "email, a@x..example, false",
    "email, a b@x.example, false",
    "email, größe@x.example, false",
    "idn-email, größe@münchen.example, true",
    "idn-email, größe, false",
  })
  void emails_are_mailboxes_in_whatever_domain(String format, String text, boolean isValid) {
    assertThat(
            JsonValidator.compile(
                    Schema.of(Schema.Format.JSON, "{\"format\":\"" + format + "\"}"), Map.of())
                .check(JsonMapper.shared().getNodeFactory().stringNode(text))
                .isEmpty())
        .isEqualTo(isValid);
  }

  @Test
  void a_mappers_own_limits_hold() {
    JsonMapper small =
        JsonMapper.builder(
                JsonFactory.builder()
                    .streamReadConstraints(
                        StreamReadConstraints.builder().maxDocumentLength(10).build())
                    .build())
            .build();
    EventType<Object> any = EventType.of("x.v1", Object.class);
    assertThatThrownBy(() -> Json.codec(small).decode(any, body("[1,2,3,4,5,6]")))
        .hasMessageContaining("10 are the limit");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1e1000000000",
        "-1e1000000000",
        "1e-1000000000",
        "1e2147483647",
        "1e99999999999",
        "123456789e999999"
      })
  void d05_numbers_that_would_fill_the_memory_are_refused_or_read_at_once(String number) {
    record Big(BigInteger n) {}

    EventType<Big> big = EventType.of("big.v1", Big.class);
    for (String rule :
        new String[] {
          "\"type\":\"integer\"",
          "\"multipleOf\":0.01",
          "\"minimum\":3",
          "\"const\":5",
          "\"enum\":[1]"
        }) {
      JsonSchema codec = JsonSchema.codec("{\"properties\":{\"n\":{" + rule + "}}}");
      Assertions.assertTimeoutPreemptively(
          Duration.ofSeconds(10),
          () ->
              assertThatThrownBy(() -> codec.decode(big, body("{\"n\":" + number + "}")))
                  .isInstanceOf(DecodeException.class));
    }
  }

  @Test
  void d05_a_schema_whose_branches_multiply_ends() {
    StringBuilder schema = new StringBuilder("{\"definitions\":{\"d0\":{\"type\":\"string\"}");
    for (int i = 1; i <= 30; i++) {
      String below = "{\"$ref\":\"#/definitions/d" + (i - 1) + "\"}";
      schema.append(",\"d" + i + "\":{\"anyOf\":[" + below + "," + below + "]}");
    }
    JsonSchema codec = JsonSchema.codec(schema + "},\"$ref\":\"#/definitions/d30\"}");
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () ->
            assertThatThrownBy(() -> codec.decode(TYPE, body("{\"id\":\"1\"}")))
                .isInstanceOf(DecodeException.class)
                .hasMessageContaining("1000000"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        // As deep as the text is long, square in it, and doubling with each character.
        "{\"pattern\":\"^(a|b)*$\"};ab;100000;StackOverflowError",
        "{\"pattern\":\"a+b\"};a;100000;100000000 characters",
        "{\"pattern\":\"^(a|aa)+\\\\1b$\"};a;100;100000000 characters",
        // What the library's own formats do.
        "{\"format\":\"uri-template\"};a;100000;StackOverflowError",
        "{\"format\":\"json-pointer\"};/;100000;StackOverflowError",
        "{\"format\":\"hostname\"};a.;100000;StackOverflowError",
        "{\"format\":\"regex\"};\\\\p{;1000000;the document format",
        "{\"format\":\"regex\"};(;5000;the document format"
      })
  void d05_patterns_end_on_any_text(String schema, String text, int times, String violation) {
    JsonSchema codec = JsonSchema.codec(schema);
    EventType<JsonNode> trees = EventType.of("t.v1", JsonNode.class);
    Encoded body = body("\"" + text.repeat(times) + "!\"");
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () ->
            assertThatThrownBy(() -> codec.decode(trees, body))
                .isInstanceOf(DecodeException.class)
                .hasMessageContaining(violation));
  }

  @Test
  void patterns_on_a_long_text_are_no_problem() {
    JsonSchema codec = JsonSchema.codec("{\"pattern\":\"^[a-z ]+$\",\"minLength\":1}");
    EventType<JsonNode> trees = EventType.of("t.v1", JsonNode.class);
    Encoded body = body("\"" + "long text ".repeat(800_000) + "\"");
    assertThat(codec.decode(trees, body).stringValue()).hasSize(8_000_000);
    assertThat(codec.decode(trees, body).stringValue()).hasSize(8_000_000);
  }

  @Test
  void d05_a_schema_that_is_itself_and_nothing_else_ends() {
    assertThatThrownBy(
            () ->
                JsonSchema.codec("{\"allOf\":[{\"$ref\":\"#\"}]}")
                    .decode(TYPE, body("{\"id\":\"1\"}")))
        .isInstanceOf(MessagingException.class);
  }

  @Test
  void d05_noise_is_a_document_or_poison_and_nothing_else() {
    Random random = new Random(13);
    byte[] order = CODEC.encode(TYPE, ORDER).bytes();
    String alphabet = "{}[]\",:0123456789eE+-.tfn\\u \0";
    EventType<JsonNode> trees = EventType.of("t.v1", JsonNode.class);
    int poison = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] noise = i % 2 == 0 ? order.clone() : new byte[random.nextInt(40)];
      for (int at = 0; at < noise.length; at++) {
        if (i % 2 == 1 || random.nextInt(order.length) == 0) {
          noise[at] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
        }
      }
      Encoded body = new Encoded(noise, "application/json", null, List.of());
      try {
        assertThat(CODEC.decode(TYPE, body)).isNotNull();
        assertThat(CODEC.decode(trees, body)).isNotNull();
      } catch (DecodeException refused) {
        poison++;
      }
    }
    assertThat(poison).isBetween(1_000, 19_999);
  }

  private static Object decode(EventType<Object> type, String text) {
    return JsonSchema.codec("true").decode(type, body(text));
  }

  private static Encoded body(String text) {
    return new Encoded(text.getBytes(UTF_8), "application/json", null, List.of());
  }
}
