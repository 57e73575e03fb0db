package io.stagepost.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ListValue;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.schema.Bytes;
import io.stagepost.schema.Json;
import io.stagepost.schema.JsonSchema;
import io.stagepost.schema.Masking;
import io.stagepost.schema.Protobuf;
import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.Schemas;
import io.stagepost.schema.Schemas.Framing;
import io.stagepost.schema.Schemas.SubjectName;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.util.List;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The programs of the guide to schemas, and the limits that the table of defaults names. */
class SchemasGuideTest {
  private static final String SELF = "docs/src/test/java/io/stagepost/docs/SchemasGuideTest.java";

  record Order(String id, int quantity) {}

  private static final String orderSchema =
      "{\"title\":\"Order\",\"properties\":{\"quantity\":{\"minimum\":1}}}";

  @Test
  void the_guide_shows_what_runs_here() {
    String guide = Documents.read("docs/guide/schemas.md");
    for (String name : new String[] {"formats", "registry", "masking"}) {
      assertThat(guide).as(name).contains(Documents.snippet(SELF, name));
    }
  }

  @Test
  void formats() {
    // spotless:off
    // snippet: formats
    EventType<Order> ORDER_PLACED =
        EventType.of("com.example.order.placed.v1", Order.class)
            .source("urn:example:orders")
            .channel("orders")
            .codec(JsonSchema.codec(orderSchema));

    EventType<Timestamp> TICK =
        EventType.of("com.example.tick.v1", Timestamp.class)
            .source("urn:example:clock")
            .channel("ticks")
            .codec(Protobuf.codec());

    EventType<byte[]> INVOICE =
        EventType.of("com.example.invoice.v1", byte[].class)
            .source("urn:example:billing")
            .channel("invoices")
            .codec(Bytes.codec("application/pdf"));
    // end
    // spotless:on
    Order order = new Order("o-1", 2);
    assertThat(ORDER_PLACED.event(ORDER_PLACED.event(order).toCloudEvent()).data())
        .isEqualTo(order);
    Timestamp tick = Timestamp.newBuilder().setSeconds(7).build();
    assertThat(TICK.event(TICK.event(tick).toCloudEvent()).data()).isEqualTo(tick);
    assertThat(INVOICE.event(new byte[] {1}).toCloudEvent().getDataContentType())
        .isEqualTo("application/pdf");
    assertThatThrownBy(() -> ORDER_PLACED.event(new Order("o-2", 0)).toCloudEvent())
        .hasMessageContaining("/quantity minimum");
  }

  /** Compiled; run against registries where these are tested. */
  static EventType<Order> registry(SchemaRegistry registry, Messaging messaging) {
    // spotless:off
    // snippet: registry
    Schemas schemas = Schemas.in(registry);                                // dataschema names it, bodies are untouched
    Schemas framed = schemas.framing(Framing.CONFLUENT_ID);                // as Confluent's serializers write
    Schemas pinned = framed.subjects(SubjectName.RECORD).latest();         // what the registry has, not what the code has

    EventType<Order> ORDER_PLACED =
        EventType.of("com.example.order.placed.v1", Order.class)
            .source("urn:example:orders")
            .channel("orders")
            .codec(JsonSchema.codec(orderSchema, framed));

    messaging.prepare(ORDER_PLACED);                                       // asks the registry now, not in a transaction
    // end
    // spotless:on
    return ORDER_PLACED.codec(JsonSchema.codec(pinned));
  }

  @Test
  void masking() {
    Schema schema =
        Schema.of(Schema.Format.JSON, "{\"properties\":{\"card\":{\"x-sensitive\":true}}}");
    JsonNode payload = JsonMapper.shared().readTree("{\"id\":\"o-1\",\"card\":\"4711\"}");
    // spotless:off
    // snippet: masking
    JsonNode shown = Masking.of(schema).mask(payload);   // {"id":"o-1","card":"***"}
    // end
    // spotless:on
    assertThat(shown).hasToString("{\"id\":\"o-1\",\"card\":\"***\"}");
  }

  @Test
  void the_limits_of_json_are_those_of_the_table() {
    EventType<Object> any = EventType.of("x.v1", Object.class);
    Codec json = Json.codec();
    bound(any, json, "JSON document", n -> text("1" + " ".repeat(n - 1)));
    bound(any, json, "JSON tokens", n -> text("[" + "1,".repeat(n - 3) + "1]"));
    bound(any, json, "JSON depth", n -> text("[".repeat(n) + "]".repeat(n)));
    bound(any, json, "JSON number", n -> text("[" + "1".repeat(n) + "]"));
    bound(any, json, "JSON string", n -> text("\"" + "s".repeat(n) + "\""));
    bound(any, json, "JSON name", n -> text("{\"" + "n".repeat(n) + "\":1}"));
  }

  @Test
  void the_limits_of_protobuf_are_those_of_the_table() {
    bound(
        EventType.of("v.v1", Value.class),
        Protobuf.codec(),
        "Protobuf body",
        n -> Value.newBuilder().setStringValue("s".repeat(n - 5)).build().toByteArray());
    // a value in a list is two messages deep
    bound(
        EventType.of("v.v1", Value.class),
        Protobuf.codec(),
        "Protobuf depth",
        n -> nested(n / 2 + n % 2).toByteArray());
  }

  private static Value nested(int lists) {
    Value value = Value.newBuilder().setBoolValue(true).build();
    for (int i = 0; i < lists; i++) {
      value = Value.newBuilder().setListValue(ListValue.newBuilder().addValues(value)).build();
    }
    return value;
  }

  /** A body of the size in the table is read, one of a size more is not. */
  private static <T> void bound(
      EventType<T> type, Codec codec, String setting, IntFunction<byte[]> body) {
    Matcher row =
        Pattern.compile("^\\| " + setting + " \\| `(\\d+)` \\|", Pattern.MULTILINE)
            .matcher(Documents.read("docs/defaults.md"));
    assertThat(row.find()).as(setting).isTrue();
    int limit = Integer.parseInt(row.group(1));
    assertThatCode(() -> decode(type, codec, body.apply(limit)))
        .as(setting)
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> decode(type, codec, body.apply(limit + 1)))
        .as(setting)
        .isInstanceOf(DecodeException.class);
  }

  private static <T> void decode(EventType<T> type, Codec codec, byte[] body) {
    T unused = codec.decode(type, new Encoded(body, null, null, List.of()));
  }

  private static byte[] text(String text) {
    return text.getBytes(UTF_8);
  }
}
