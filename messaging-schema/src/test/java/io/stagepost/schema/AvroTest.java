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
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.util.ClassSecurityValidator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AvroTest {
  enum State {
    NEW,
    PAID
  }

  record Line(String sku, int quantity) {}

  sealed interface Payment permits Card, Transfer {}

  record Card(String last4) implements Payment {}

  record Transfer(String iban, @Nullable String text) implements Payment {}

  record Order(
      UUID id,
      String customer,
      BigDecimal amount,
      State state,
      short floor,
      LocalDate day,
      LocalTime hour,
      Instant at,
      LocalDateTime local,
      Duration took,
      Period guarantee,
      List<Line> lines,
      Map<String, Integer> counts,
      Set<String> tags,
      Optional<String> note,
      @Nullable Payment payment,
      ByteBuffer seal) {}

  record Chain(@Nullable Chain next) {}

  record Text(String text) {}

  private static final EventType<Order> ORDER = type(Order.class);
  private static final EventType<Text> TEXT = type(Text.class);
  private static final EventType<Chain> CHAIN = type(Chain.class);

  private static <T> EventType<T> type(Class<T> payload) {
    return EventType.of("com.example." + payload.getSimpleName() + ".v1", payload);
  }

  private static Order order() {
    return new Order(
        new UUID(1, 2),
        "Ørsted ✓",
        new BigDecimal("149.900"),
        State.PAID,
        (short) -3,
        LocalDate.of(9999, 12, 31),
        LocalTime.of(23, 59, 59, 999_999_000),
        Instant.parse("1969-12-31T23:59:59.999999Z"),
        LocalDateTime.of(2026, 3, 29, 2, 30),
        Duration.ofDays(60).plusMillis(1),
        Period.of(1, 2, 3),
        List.of(new Line("a", 1), new Line("b", -2)),
        Map.of("x", 1, "y", 2),
        new LinkedHashSet<>(List.of("t", "s")),
        Optional.of("n"),
        new Transfer("DE", null),
        ByteBuffer.wrap(new byte[] {1, 2}));
  }

  @Test
  void records_round_trip() {
    Encoded encoded = Avro.codec().encode(ORDER, order());
    assertThat(encoded.contentType()).isEqualTo("application/avro");
    assertThat(encoded.schema()).isNotNull();
    assertThat(Avro.codec().decode(ORDER, encoded)).isEqualTo(order());
  }

  @Test
  void equal_payloads_give_equal_bytes() {
    record Bag(Map<String, Integer> map, Set<String> set) {}
    Map<String, Integer> map = new HashMap<>(1_000);
    Map<String, Integer> same = new HashMap<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      map.put("k" + i, i);
      same.put("k" + (49 - i), 49 - i);
      names.add(0, "k" + i);
    }
    Avro avro = Avro.codec();
    EventType<Bag> type = type(Bag.class);
    assertThat(avro.encode(type, new Bag(map, new LinkedHashSet<>(names))).bytes())
        .isEqualTo(avro.encode(type, new Bag(same, new LinkedHashSet<>(map.keySet()))).bytes());
  }

  @Test
  void bytes_are_those_of_the_specification() {
    record Small(long a, String b) {}
    assertThat(Avro.codec().encode(type(Small.class), new Small(27, "foo")).bytes())
        .isEqualTo(new byte[] {0x36, 0x06, 0x66, 0x6f, 0x6f});
  }

  @Test
  void a_sealed_interface_is_a_union() {
    EventType<Payment> payment = type(Payment.class);
    Encoded card = Avro.codec().encode(payment, new Card("1234"));
    assertThat(card.bytes()[0]).isZero();
    assertThat(Avro.codec().decode(payment, card)).isEqualTo(new Card("1234"));
  }

  // ---- versions

  private static final String V1 =
      """
      {"type": "record", "name": "Text", "fields": [
        {"name": "body", "type": "bytes"}, {"name": "left", "type": {"type": "array",
          "items": {"type": "record", "name": "Gone", "fields": [
            {"name": "it", "type": ["null", "Gone", "double"]}]}}}]}
      """;

  private static final String V2 =
      """
      {"type": "record", "name": "Text", "fields": [
        {"name": "text", "aliases": ["body"], "type": "string"}]}
      """;

  @Test
  void a_reader_that_knows_an_older_schema_reads_what_was_written_with_it() {
    GenericRecord old = new GenericData.Record(new org.apache.avro.Schema.Parser().parse(V1));
    old.put("body", ByteBuffer.wrap("hello".getBytes(UTF_8)));
    old.put("left", List.of());
    Encoded encoded =
        Avro.codec().schema(V1).encode(EventType.of("t.v1", GenericRecord.class), old);
    Avro knows = Avro.codec(Schemas.plain().known(Schema.of(Schema.Format.AVRO, V1))).schema(V2);
    assertThat(knows.decode(TEXT, encoded)).isEqualTo(new Text("hello"));
    assertThatThrownBy(() -> Avro.codec().schema(V2).decode(TEXT, encoded))
        .as("it does not guess")
        .isInstanceOf(DecodeException.class);
  }

  @Test
  void without_dataschema_the_readers_own_is_taken() {
    Encoded encoded = Avro.codec().encode(TEXT, new Text("hello"));
    assertThat(
            Avro.codec().decode(TEXT, new Encoded(encoded.bytes(), "avro/binary", null, List.of())))
        .isEqualTo(new Text("hello"));
  }

  @Test
  void units_are_the_writers() {
    record Time(Instant at, BigDecimal sum) {}
    record RawTime(long at, ByteBuffer sum) {}
    String schema =
        """
        {"type": "record", "name": "Time", "fields": [
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-%s"}},
          {"name": "sum", "type": {"type": "bytes", "logicalType": "decimal",
            "precision": 9, "scale": %d}}]}
        """;
    Schema millis = Schema.of(Schema.Format.AVRO, schema.formatted("millis", 1));
    Encoded encoded =
        Avro.codec()
            .schema(millis.text())
            .encode(type(Time.class), new Time(Instant.ofEpochMilli(1_500), new BigDecimal("2.5")));
    Avro reader = Avro.codec(Schemas.plain().known(millis)).schema(schema.formatted("micros", 3));
    assertThat(reader.decode(type(Time.class), encoded))
        .isEqualTo(new Time(Instant.ofEpochMilli(1_500), new BigDecimal("2.500")));
    assertThatThrownBy(() -> reader.decode(type(RawTime.class), encoded))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("timestamp-millis");
    assertThatThrownBy(() -> reader.decode(EventType.of("t.v1", GenericRecord.class), encoded))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("timestamp-millis");
  }

  // ---- Avro's own classes

  @Test
  void generated_classes_need_no_permission_and_give_none() {
    EventType<AvroOrder> type = type(AvroOrder.class);
    AvroOrder order =
        new AvroOrder(
            "2", new BigDecimal("1.50"), new AvroOrder("1", new BigDecimal("0.10"), null));
    assertThat(Avro.codec().decode(type, Avro.codec().encode(type, order))).isEqualTo(order);
    assertThatThrownBy(() -> ClassSecurityValidator.validate(AvroOrder.class))
        .isInstanceOf(SecurityException.class);
  }

  @Test
  void a_generic_record_needs_a_schema_and_the_right_one() {
    EventType<GenericRecord> type = EventType.of("t.v1", GenericRecord.class);
    GenericRecord text = new GenericData.Record(new org.apache.avro.Schema.Parser().parse(V2));
    text.put("text", "hello");
    assertThatThrownBy(() -> Avro.codec().encode(type, text))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-102");
    assertThatThrownBy(() -> Avro.codec().schema(V1).encode(type, text))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-104");
  }

  // ---- what does not fit

  @Test
  void null_where_none_is_allowed_is_refused_with_its_place() {
    Avro avro = Avro.codec();
    assertThatThrownBy(() -> avro.encode(TEXT, nothing(Text.class)))
        .hasMessageStartingWith("SP-SCHEMA-104")
        .hasMessageContaining("Text.text is null");
    record Page(List<Map<String, Line>> lines) {}
    Map<String, Line> none = new HashMap<>();
    none.put("secret", null);
    assertThatThrownBy(() -> avro.encode(type(Page.class), new Page(List.of(none))))
        .hasMessageContaining("Page.lines[]{} is null")
        .hasMessageNotContaining("secret");
  }

  private static <T> T nothing(Class<T> record) {
    try {
      return record.cast(record.getDeclaredConstructors()[0].newInstance((Object) null));
    } catch (ReflectiveOperationException failure) {
      throw new LinkageError(failure.getMessage(), failure);
    }
  }

  @Test
  void d19_a_class_that_does_not_fit_is_found_before_anything_is_published() {
    assertThatThrownBy(() -> Avro.codec().schema(V1).prepare(TEXT))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-102")
        .hasMessageContaining("[body, left]")
        .hasMessageContaining("[text]");
    record Wrong(Object it) {}
    assertThatThrownBy(() -> Avro.codec().prepare(type(Wrong.class)))
        .hasMessageContaining("Wrong.it is a java.lang.Object");
    assertThatThrownBy(() -> Avro.codec().schema("{\"type\": \"lang\"}"))
        .hasMessageStartingWith("SP-SCHEMA-103");
  }

  /** Else it shows when the first event comes that was written before the field was. */
  @Test
  void d19_a_default_that_the_class_cannot_have_is_found_at_start() {
    record Inner(UUID id) {}
    record Outer(List<Inner> inner) {}
    Avro avro =
        Avro.codec()
            .schema(
                """
                {"type": "record", "name": "Outer", "fields": [{"name": "inner", "type":
                  {"type": "array", "items": {"type": "record", "name": "Inner", "fields": [
                    {"name": "id", "type": {"type": "string", "logicalType": "uuid"},
                     "default": "none"}]}}}]}
                """);
    assertThatThrownBy(() -> avro.prepare(type(Outer.class)))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-102")
        .hasMessageContaining("Inner.id cannot have the default");
    assertThatThrownBy(() -> avro.problems(type(Outer.class)))
        .hasMessageStartingWith("SP-SCHEMA-102");
  }

  @Test
  void references_may_lead_to_one_schema_in_two_versions() {
    CountingRegistry registry = new CountingRegistry();
    String id = "{\"type\":\"record\",\"name\":\"Id\",\"fields\":[FIELDS]}";
    String field = "{\"name\":\"a\",\"type\":\"int\",\"default\":1}";
    registry.register("id", avro(id.replace("FIELDS", "")), false);
    registry.register("id", avro(id.replace("FIELDS", field)), false);
    registry.register(
        "line",
        avro(
            "{\"type\":\"record\",\"name\":\"Line\",\"fields\":["
                + "{\"name\":\"id\",\"type\":\"Id\"}]}",
            new Schema.Reference("Id", "id", 1)),
        false);
    Schema order =
        avro(
            "{\"type\":\"record\",\"name\":\"Order\",\"fields\":["
                + "{\"name\":\"id\",\"type\":\"Id\"},{\"name\":\"line\",\"type\":\"Line\"}]}",
            new Schema.Reference("Line", "line", 1),
            new Schema.Reference("Id", "id", 2));
    int number = registry.register("order", order, false).id();
    record Empty() {}
    Avro avro =
        Avro.codec(Schemas.in(registry))
            .schema("{\"type\":\"record\",\"name\":\"Order\",\"fields\":[]}");
    byte[] framed = {0, 0, 0, 0, (byte) number};
    assertThat(avro.decode(type(Empty.class), Encoded.of(framed, "application/avro")))
        .isEqualTo(new Empty());
  }

  /** As nobody can register them, but may put them there. */
  @Test
  void d05_references_in_a_circle_are_final() {
    CountingRegistry registry = new CountingRegistry();
    Schema circle = avro("{\"type\":\"string\"}", new Schema.Reference("A", "a", 1));
    int number = registry.register("a", circle, false).id();
    assertThatThrownBy(
            () ->
                Avro.codec(Schemas.in(registry))
                    .decode(
                        TEXT,
                        Encoded.of(new byte[] {0, 0, 0, 0, (byte) number}, "application/avro")))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-108");
  }

  private static Schema avro(String text, Schema.Reference... references) {
    return new Schema(Schema.Format.AVRO, text, List.of(references));
  }

  @Test
  void decimals_are_exact_or_refused() {
    record Price(BigDecimal price) {}
    Avro avro =
        Avro.codec()
            .schema(
                """
                {"type": "record", "name": "Price", "fields": [{"name": "price", "type":
                  {"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 2}}]}
                """);
    EventType<Price> type = type(Price.class);
    assertThat(avro.decode(type, avro.encode(type, new Price(new BigDecimal("-1.5")))))
        .isEqualTo(new Price(new BigDecimal("-1.50")));
    for (String refused : List.of("0.001", "1234.56", "1E+1000000000")) {
      assertThatThrownBy(() -> avro.encode(type, new Price(new BigDecimal(refused))))
          .as(refused)
          .hasMessageStartingWith("SP-SCHEMA-104")
          .hasMessageContaining("Price.price")
          .hasMessageNotContaining(refused);
    }
  }

  // ---- what comes

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/avro",
        "Application/AVRO; x=y",
        "avro/binary",
        "application/vnd.apache.avro+binary",
        "application/order+avro"
      })
  void any_avro_content_type_is_read(String contentType) {
    byte[] bytes = Avro.codec().encode(TEXT, new Text("hello")).bytes();
    assertThat(Avro.codec().decode(TEXT, new Encoded(bytes, contentType, null, List.of())))
        .isEqualTo(new Text("hello"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json", "application/vnd.apache.avro+json", "text/avro"})
  void another_content_type_is_refused_by_name(String contentType) {
    assertThatThrownBy(() -> Avro.codec().decode(TEXT, Encoded.of(new byte[1], contentType)))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-105")
        .hasMessageContaining(contentType);
  }

  @Test
  void d05_what_is_no_such_payload_is_poison_and_says_where() {
    byte[] bytes = Avro.codec().encode(TEXT, new Text("secret")).bytes();
    poison(Avro.codec(), TEXT, Arrays.copyOf(bytes, 3), "SP-SCHEMA-106");
    poison(Avro.codec(), TEXT, Arrays.copyOf(bytes, bytes.length + 1), "SP-SCHEMA-106");
    poison(Avro.codec(), TEXT, new byte[0], "SP-SCHEMA-106");
    poison(Avro.codec(), TEXT, new byte[] {2, (byte) 0xff}, "SP-SCHEMA-106");
    poison(Avro.codec(), TEXT, new byte[] {1}, "SP-SCHEMA-106");
  }

  @Test
  void d05_a_constructor_that_refuses_makes_it_poison() {
    record Positive(int value) {
      @SuppressWarnings("UnusedMethod") // by its handle
      Positive {
        if (value < 0) {
          throw new IllegalArgumentException("negative");
        }
      }
    }
    poison(Avro.codec(), type(Positive.class), new byte[] {1}, "SP-SCHEMA-106");
  }

  @Test
  void d05_five_bytes_that_claim_two_billion_items_cost_nothing() {
    record Many(List<String> items) {}
    record Blob(ByteBuffer bytes) {}
    byte[] claim = {(byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f};
    poison(Avro.codec(), type(Many.class), claim, "SP-SCHEMA-107");
    poison(Avro.codec().maxItems(Integer.MAX_VALUE), type(Many.class), claim, "SP-SCHEMA-106");
    poison(Avro.codec(), type(Blob.class), claim, "SP-SCHEMA-106");
    poison(Avro.codec(), TEXT, claim, "SP-SCHEMA-106");
    // Items without bytes: the nulls of a writer, skipped and read, by us and by Avro.
    String nulls =
        """
        {"type": "record", "name": "Many", "fields": [
          {"name": "%s", "type": {"type": "array", "items": "null"}}]}
        """;
    for (String field : List.of("items", "other")) {
      Schema writer = Schema.of(Schema.Format.AVRO, nulls.formatted(field));
      String reader =
          """
          {"type": "record", "name": "Many", "fields": [{"name": "items", "default": [],
            "type": {"type": "array", "items": ["null", "string"]}}]}
          """;
      Avro avro = Avro.codec(Schemas.plain().known(writer)).schema(reader);
      Encoded bomb = new Encoded(claim, "application/avro", Fingerprint.of(writer), List.of());
      for (EventType<?> type :
          List.of(type(Many.class), EventType.of("t.v1", GenericRecord.class))) {
        assertThatThrownBy(() -> avro.decode(type, bomb))
            .isInstanceOf(DecodeException.class)
            .hasMessageStartingWith("SP-SCHEMA-107");
      }
    }
  }

  @Test
  void d05_depth_is_bounded_both_ways() {
    @Nullable Chain chain = null;
    for (int i = 0; i < 200; i++) {
      chain = new Chain(chain);
    }
    Chain deepest = new Chain(chain == null ? null : chain.next());
    Avro avro = Avro.codec();
    assertThat(avro.decode(CHAIN, avro.encode(CHAIN, deepest))).isEqualTo(deepest);
    Chain deeper = new Chain(new Chain(deepest));
    assertThatThrownBy(() -> avro.encode(CHAIN, deeper)).hasMessageStartingWith("SP-SCHEMA-104");
    byte[] deep = new byte[1 << 20];
    Arrays.fill(deep, (byte) 2);
    poison(avro, CHAIN, deep, "SP-SCHEMA-107");
    byte[] orders = new byte[3 << 18];
    for (int i = 0; i < orders.length; i += 3) {
      orders[i + 2] = 2; // no id, an amount of no bytes, and one before it
    }
    assertThatThrownBy(
            () -> avro.decode(type(AvroOrder.class), Encoded.of(orders, "application/avro")))
        .isInstanceOf(DecodeException.class);
  }

  @Test
  void d05_a_body_larger_than_its_limit_is_refused_both_ways() {
    Avro small = Avro.codec().maxBytes(10);
    assertThatThrownBy(() -> small.encode(TEXT, new Text("0123456789")))
        .hasMessageStartingWith("SP-SCHEMA-104");
    poison(small, TEXT, new byte[11], "SP-SCHEMA-107");
    assertThatThrownBy(() -> Avro.codec().maxDepth(0)).hasMessageStartingWith("SP-SCHEMA-101");
  }

  private static void poison(Codec codec, EventType<?> type, byte[] body, String error) {
    assertThatThrownBy(() -> codec.decode(type, Encoded.of(body, "application/avro")))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith(error)
        .hasMessageNotContaining("secret");
  }
}
