package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.EventType;
import io.stagepost.dlq.cli.Stand.Kind;
import io.stagepost.dlq.cli.Stand.Result;
import io.stagepost.schema.Avro;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.Schemas;
import io.stagepost.schema.Schemas.Framing;
import io.stagepost.schema.registry.RestRegistry;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.testkit.fixture.SchemaRegistryFixture;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Letters whose schemas a real registry has: checked, encoded anew, and when they are gone. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RegisteredSchemasTest {
  private static final String FIRST =
      """
      {"type": "record", "name": "Order", "fields": [{"name": "order", "type": "int"}]}""";
  private static final String SECOND =
      """
      {"type": "record", "name": "Order", "fields": [{"name": "order", "type": "long"},
       {"name": "currency", "type": "string", "default": "EUR"}]}""";

  private static final String REGISTRY = SchemaRegistryFixture.shared().url();

  /** The id of a schema that the registry does not have. */
  private static final int GONE = 1 << 30;

  /** Nobody listens there. */
  private static final String NOBODY = "http://127.0.0.1:1";

  @TempDir private Path folder;

  private final RestRegistry registry = RestRegistry.at(REGISTRY);

  @AfterEach
  void close() {
    registry.close();
  }

  @ParameterizedTest
  @EnumSource
  void letters_are_sent_as_they_are_unless_they_are_to_be_encoded_anew(Kind kind) {
    try (Stand stand = new Stand(kind, folder)) {
      int first = register(stand, FIRST);
      write(stand, "e1", avro(FIRST, stand, 17));
      write(stand, "e2", avro(FIRST, stand, 18));
      int second = register(stand, SECOND);

      Result plain =
          stand.dlq(
              "replay", stand.letters, "--validate", "--registry", REGISTRY, "--limit=1", "--yes");
      assertThat(plain.code()).as("%s", plain).isZero();
      Result anew = stand.dlq("replay", stand.letters, "--upcast", "--registry", REGISTRY, "--yes");
      assertThat(anew.code()).as("%s", anew).isZero();
      assertThat(anew.err()).contains("encoded anew");

      List<CloudEvent> sent =
          stand.at(stand.channel).stream().map(stand.transport::decode).toList();
      assertThat(sent)
          .extracting(event -> ByteBuffer.wrap(bytes(event)).getInt(1))
          .containsExactlyInAnyOrder(first, second);
      CloudEvent current =
          sent.stream()
              .filter(event -> ByteBuffer.wrap(bytes(event)).getInt(1) == second)
              .findFirst()
              .orElseThrow();
      GenericRecord order =
          codec(SECOND).decode(type(stand), Encoded.of(bytes(current), "application/avro"));
      assertThat(order.get("currency")).hasToString("EUR");
      assertThat(order.get("order")).isIn(17L, 18L);
      assertThat(stand.ids(stand.channel)).containsExactlyInAnyOrder("e1", "e2");
    }
  }

  @ParameterizedTest
  @EnumSource
  void what_is_not_as_the_registry_says_is_left_alone_with_the_reason(Kind kind) {
    try (Stand stand = new Stand(kind, folder)) {
      int id = register(stand, SECOND);
      byte[] sound = avro(SECOND, stand, 17);
      write(stand, "sound", sound);
      write(stand, "cut", Arrays.copyOf(sound, 6));
      write(stand, "gone", gone(sound));
      write(stand, "text", "order 17".getBytes(UTF_8));
      Result checked =
          stand.dlq("replay", stand.letters, "--validate", "--registry", REGISTRY, "--yes");
      assertThat(checked.code()).as("%s", checked).isEqualTo(4);
      assertThat(checked.err()).contains("left alone    3").contains("invalid: SP-SCHEMA-");
      assertThat(checked.err()).contains("" + GONE).doesNotContain("schema " + id + ",");
      assertThat(stand.ids(stand.channel)).containsExactly("sound");
    }
  }

  /** As it is with ids of a registry that was lost, or of another one. */
  @ParameterizedTest
  @EnumSource
  void a_letter_whose_schema_is_gone_is_shown_and_replayed_by_its_bytes(Kind kind) {
    try (Stand stand = new Stand(kind, folder)) {
      int unused = register(stand, FIRST);
      byte[] bytes = gone(avro(FIRST, stand, 17));
      write(stand, "e1", bytes);

      Cli.Result shown = show(stand);
      assertThat(shown.code()).as(shown.err()).isZero();
      assertThat(shown.out())
          .contains("\"form\":\"binary\"")
          .contains("with schema " + GONE + ", which the registry does not have");
      Result checked =
          stand.dlq("replay", stand.letters, "--validate", "--registry", REGISTRY, "--yes");
      assertThat(checked.code()).as("%s", checked).isEqualTo(8);
      assertThat(checked.err()).contains("invalid: ").contains("" + GONE);
      Result replayed = stand.dlq("replay", stand.letters, "--yes");
      assertThat(replayed.code()).as("%s", replayed).isZero();
      assertThat(bytes(stand.transport.decode(stand.at(stand.channel).get(0)))).isEqualTo(bytes);
    }
  }

  @Test
  void a_registry_that_does_not_answer_is_an_error_and_no_verdict_on_letters() {
    try (Stand stand = new Stand(Kind.KAFKA, folder)) {
      int unused = register(stand, FIRST);
      write(stand, "e1", avro(FIRST, stand, 17));
      Result checked =
          stand.dlq("replay", stand.letters, "--validate", "--registry", NOBODY, "--yes");
      assertThat(checked.code()).as("%s", checked).isEqualTo(1);
      assertThat(checked.err()).contains("SP-SCHEMA-305 ").doesNotContain("left alone");
      assertThat(stand.ids(stand.channel)).isEmpty();
    }
  }

  private static Cli.Result show(Stand stand) {
    Cli.Result peeked =
        Cli.run("peek", stand.letters, "--broker", stand.url, "--output", "csv", "--limit", "1");
    String letter = peeked.out().lines().skip(1).findFirst().orElseThrow().split(",", -1)[0];
    return Cli.run(
        "show", letter, "--broker", stand.url, "--registry", REGISTRY, "--output", "ndjson");
  }

  // ---- the registry

  private int register(Stand stand, String schema) {
    return registry.register(stand.channel + "-value", Schema.of(Format.AVRO, schema), false).id();
  }

  // ---- letters

  private Avro codec(String schema) {
    return Avro.codec(Schemas.in(registry).framing(Framing.CONFLUENT_ID)).schema(schema);
  }

  private static EventType<GenericRecord> type(Stand stand) {
    return EventType.of("com.example.order.v1", GenericRecord.class)
        .source("urn:test")
        .channel(stand.channel);
  }

  private byte[] avro(String schema, Stand stand, int number) {
    org.apache.avro.Schema parsed = new org.apache.avro.Schema.Parser().parse(schema);
    GenericRecord order = new GenericData.Record(parsed);
    boolean isInt = parsed.getField("order").schema().getType() == org.apache.avro.Schema.Type.INT;
    order.put("order", isInt ? (Object) number : (Object) (long) number);
    if (parsed.getField("currency") != null) {
      order.put("currency", "EUR");
    }
    return codec(schema).encode(type(stand), order).bytes();
  }

  private static byte[] gone(byte[] framed) {
    return ByteBuffer.allocate(framed.length).put(framed).putInt(1, GONE).array();
  }

  private static void write(Stand stand, String id, byte[] payload) {
    List<Header> failure = new ArrayList<>();
    failure.add(new Header(FailureHeaders.REASON, "broken".getBytes(UTF_8)));
    failure.add(new Header(FailureHeaders.ORIGIN_ADDRESS, stand.channel.getBytes(UTF_8)));
    stand.write(
        stand
            .transport
            .encode(
                stand.letters,
                "k1",
                CloudEventBuilder.v1()
                    .withId(id)
                    .withSource(URI.create("urn:test"))
                    .withType("com.example.order.v1")
                    .withDataContentType("application/avro")
                    .withData(payload)
                    .build())
            .with(failure));
  }

  private static byte[] bytes(CloudEvent event) {
    return requireNonNull(event.getData()).toBytes();
  }
}
