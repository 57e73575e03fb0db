package io.stagepost.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.Schemas.Framing;
import io.stagepost.schema.Schemas.SubjectName;
import io.stagepost.schema.compatibility.Compatibility;
import io.stagepost.schema.registry.References;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.Header;
import io.stagepost.spi.UnansweredException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class WireTest {
  private static final EventType<String> ORDER =
      EventType.of("com.example.order.v1", String.class).channel("orders");
  private static final Schema AVRO = avro("Order", "id");
  private static final Schema OLDER = avro("Order", "number");
  private static final Schema JSON =
      Schema.of(Format.JSON, "{\"title\":\"Order\",\"type\":\"object\"}");
  private static final Schema PROTO = Schema.of(Format.PROTOBUF, "syntax = \"proto3\";");
  private static final byte[] PLAIN = {2, 'a'};

  private final CountingRegistry registry = new CountingRegistry();

  // ---- no registry

  @Test
  void without_a_registry_dataschema_names_the_schema_by_its_hash() {
    Wire wire = Schemas.plain().wire(Format.AVRO);
    Encoded encoded = wire.write(ORDER, AVRO, PLAIN, "application/avro");
    assertThat(encoded.bytes()).isSameAs(PLAIN);
    assertThat(encoded.contentType()).isEqualTo("application/avro");
    assertThat(encoded.headers()).isEmpty();
    assertThat(encoded.schema()).hasScheme("ni").hasPath("/sha-256;" + hash(encoded));
    assertThat(wire.read(ORDER, AVRO, encoded)).isEqualTo(new Wire.Incoming(AVRO, 0));
    assertThat(wire.isReady(ORDER, AVRO)).isTrue();
  }

  @Test
  void a_hash_does_not_depend_on_how_a_schema_is_laid_out() {
    assertThat(
            Fingerprint.of(
                Schema.of(Format.AVRO, "{ \"type\" :\n\"fixed\", \"size\": 2, \"name\" : \"F\" }")))
        .isEqualTo(
            Fingerprint.of(
                Schema.of(Format.AVRO, "{\"name\":\"F\",\"type\":\"fixed\",\"size\":2}")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"name\":\"F\",\"type\":\"bytes\",\"logicalType\":\"decimal\",\"scale\":3}",
        "{\"name\":\"F\",\"type\":\"bytes\",\"logicalType\":\"decimal\",\"scale\":2,\"x\":1}",
        "no JSON at all",
      })
  void schemas_that_are_read_differently_have_different_hashes(String other) {
    assertThat(
            Fingerprint.of(
                Schema.of(
                    Format.AVRO,
                    "{\"name\":\"F\",\"type\":\"bytes\",\"logicalType\":\"decimal\",\"scale\":2}")))
        .isNotEqualTo(Fingerprint.of(Schema.of(Format.AVRO, other)));
  }

  @Test
  void what_a_schema_refers_to_is_part_of_its_hash() {
    Schema refers =
        new Schema(Format.AVRO, AVRO.text(), List.of(new Schema.Reference("Line", "lines", 1)));
    assertThat(Fingerprint.of(refers)).isNotEqualTo(Fingerprint.of(AVRO));
  }

  @Test
  void the_schemas_of_older_writers_can_be_made_known() {
    Encoded old = Schemas.plain().wire(Format.AVRO).write(ORDER, OLDER, PLAIN, "application/avro");
    assertThat(Schemas.plain().known(OLDER).wire(Format.AVRO).read(ORDER, AVRO, old).schema())
        .isEqualTo(OLDER);
    assertThat(Schemas.in(registry).known(OLDER).wire(Format.AVRO).read(ORDER, AVRO, old).schema())
        .isEqualTo(OLDER);
  }

  @Test
  void d05_avro_with_a_schema_that_nobody_knows_is_not_guessed() {
    Encoded old = Schemas.plain().wire(Format.AVRO).write(ORDER, OLDER, PLAIN, "application/avro");
    for (Schemas schemas : List.of(Schemas.plain(), Schemas.in(registry))) {
      assertThatThrownBy(() -> schemas.wire(Format.AVRO).read(ORDER, AVRO, old))
          .isInstanceOf(DecodeException.class)
          .hasMessageStartingWith("SP-SCHEMA-201")
          .hasMessageContaining(String.valueOf(old.schema()));
    }
  }

  @Test
  void json_and_protobuf_are_read_with_the_readers_schema_whatever_the_writers_was() {
    URI elsewhere = URI.create("https://example.com/order.json");
    for (Schema own : List.of(JSON, PROTO)) {
      Wire wire = Schemas.plain().wire(own.format());
      assertThat(wire.read(ORDER, own, encoded(PLAIN, elsewhere)))
          .isEqualTo(new Wire.Incoming(null, 0));
    }
  }

  @Test
  void a_data_schema_of_the_types_own_stands_for_the_schema_that_it_was_said_to() {
    URI own = URI.create("https://example.com/order.avsc");
    EventType<String> type = ORDER.dataSchema(own);
    Wire wire = Schemas.plain().known(own, AVRO).wire(Format.AVRO);
    assertThat(wire.prepare(type, AVRO)).isEqualTo(AVRO);
    assertThat(wire.write(type, AVRO, PLAIN, "application/avro").schema()).isNull();
    assertThat(wire.read(type, OLDER, encoded(PLAIN, own)).schema()).isEqualTo(AVRO);
    assertThatThrownBy(() -> wire.prepare(type, OLDER)).hasMessageStartingWith("SP-SCHEMA-208");
  }

  @Test
  void d05_a_data_schema_of_the_types_own_does_not_stand_for_whatever_the_reader_has() {
    URI own = URI.create("https://example.com/order.avsc");
    EventType<String> type = ORDER.dataSchema(own);
    Wire wire = Schemas.plain().wire(Format.AVRO);
    assertThatThrownBy(() -> wire.prepare(type, AVRO))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-208")
        .hasMessageContaining(own.toString());
    assertThatThrownBy(() -> wire.read(type, AVRO, encoded(PLAIN, own)))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-201");
    // those whose readers need no writer's schema may have one
    assertThat(Schemas.plain().wire(Format.JSON).prepare(type, JSON)).isEqualTo(JSON);
  }

  @Test
  void without_a_registry_avro_that_says_nothing_is_left_to_the_readers_schema() {
    assertThat(Schemas.plain().wire(Format.AVRO).read(ORDER, AVRO, encoded(new byte[6], null)))
        .isEqualTo(new Wire.Incoming(null, 0));
  }

  @Test
  void d05_a_schema_in_a_registry_that_the_reader_lacks_is_named() {
    Encoded encoded =
        registering(Framing.CONFLUENT_HEADER).write(ORDER, AVRO, PLAIN, "application/avro");
    assertThatThrownBy(() -> Schemas.plain().wire(Format.AVRO).read(ORDER, AVRO, encoded))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-210");
  }

  @Test
  void without_a_registry_references_cannot_be_followed() {
    assertThatThrownBy(
            () ->
                Schemas.plain()
                    .wire(Format.AVRO)
                    .references(referring(new Schema.Reference("Line", "lines-value", 2))))
        .isInstanceOf(SchemaNotFoundException.class)
        .hasMessageStartingWith("SP-SCHEMA-202")
        .hasMessageContaining("lines-value");
  }

  // ---- framing

  @Test
  void the_frame_is_a_zero_and_the_id() {
    registry.register("other", OLDER, false);
    Encoded encoded =
        registering(Framing.CONFLUENT_ID).write(ORDER, AVRO, PLAIN, "application/avro");
    assertThat(encoded.bytes()).containsExactly(0, 0, 0, 0, 2, 2, 'a');
    assertThat(encoded.headers()).isEmpty();
    assertThat(encoded.schema()).hasToString("schema-registry:/schemas/ids/2");
  }

  @Test
  void the_header_is_a_one_and_the_guid() {
    Encoded encoded =
        registering(Framing.CONFLUENT_HEADER).write(ORDER, AVRO, PLAIN, "application/avro");
    UUID guid = guid("orders-value");
    assertThat(encoded.bytes()).isSameAs(PLAIN);
    assertThat(encoded.headers()).hasSize(1);
    assertThat(encoded.headers().get(0).name()).isEqualTo("__value_schema_id");
    assertThat(HexFormat.of().formatHex(value(encoded.headers().get(0))))
        .isEqualTo("01" + guid.toString().replace("-", ""));
  }

  @Test
  void no_frame_leaves_the_body_alone_and_dataschema_names_the_schema() {
    Encoded encoded = registering(Framing.NONE).write(ORDER, AVRO, PLAIN, "application/avro");
    assertThat(encoded.bytes()).isSameAs(PLAIN);
    assertThat(encoded.headers()).isEmpty();
    assertThat(encoded.schema()).hasToString("schema-registry:/schemas/ids/1");
  }

  @Test
  void dataschema_can_be_an_address_that_others_fetch_from() {
    Schemas schemas =
        Schemas.in(registry).autoRegister().address(URI.create("https://registry.example.com/"));
    Encoded encoded = schemas.wire(Format.AVRO).write(ORDER, AVRO, PLAIN, "application/avro");
    assertThat(encoded.schema()).hasToString("https://registry.example.com/schemas/ids/1");
    assertThat(schemas.wire(Format.AVRO).read(ORDER, AVRO, encoded).schema()).isEqualTo(AVRO);
  }

  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "0, 00",
    "1, 0202",
    "'0,0', 040000",
    "'2,1,63', 0604027e",
    "'64', 028001",
    "'8191,8192', '04fe7f808001'",
  })
  void a_protobuf_message_is_named_by_its_indexes(String path, String hex) {
    List<Integer> indexes =
        path.isEmpty() ? List.of() : Arrays.stream(path.split(",")).map(Integer::valueOf).toList();
    byte[] framed = Frames.withId(7, indexes, PLAIN);
    assertThat(HexFormat.of().formatHex(framed)).isEqualTo("0000000007" + hex + "0261");
    if (!path.isEmpty()) {
      assertThat(Frames.path(framed, Frames.LENGTH))
          .isEqualTo(new Frames.Path(indexes, framed.length - PLAIN.length));
    }
    byte[] header = Frames.header(new UUID(1, 2), indexes);
    assertThat(HexFormat.of().formatHex(header))
        .isEqualTo("0100000000000000010000000000000002" + hex);
    assertThat(Frames.guid(header)).isEqualTo(new UUID(1, 2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // ends before it begins
        "04", // two indexes are said to follow
        "0480", // ends within one
        "01", // minus one index
        "0201", // index minus one
        "ca01", // a hundred and one
        "0280808080808080", // more than 32 bits
      })
  void d05_indexes_that_are_none_are_refused(String hex) {
    byte[] body = HexFormat.of().parseHex("0000000007" + hex);
    assertThatThrownBy(
            () -> Schemas.plain().wire(Format.PROTOBUF).read(ORDER, PROTO, encoded(body, null)))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-204");
  }

  // ---- recognising

  @ParameterizedTest
  @EnumSource(Framing.class)
  void every_framing_is_read_by_a_reader_that_is_told_nothing(Framing framing) {
    for (Schema own : List.of(AVRO, JSON, PROTO)) {
      Wire.Part part = own.equals(PROTO) ? new Wire.Part("Order", List.of(1)) : null;
      Encoded encoded =
          Schemas.in(registry)
              .autoRegister()
              .framing(framing)
              .wire(own.format())
              .write(type(own.format()), own, part, PLAIN, "application/x");
      Wire.Incoming incoming =
          Schemas.in(registry).wire(own.format()).read(type(own.format()), own, encoded);
      assertThat(payload(encoded, incoming)).isEqualTo(PLAIN);
      assertThat(incoming.schema()).isEqualTo(own.equals(AVRO) ? AVRO : null);
      // and without the attributes of CloudEvents, unless they alone say it
      if (framing != Framing.NONE) {
        Encoded bare = new Encoded(encoded.bytes(), null, null, encoded.headers());
        assertThat(Schemas.in(registry).wire(own.format()).read(ORDER, own, bare))
            .isEqualTo(incoming);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Framing.class)
  void json_and_protobuf_are_taken_out_of_their_frames_without_a_registry_too(Framing framing) {
    for (Schema own : List.of(JSON, PROTO)) {
      Encoded encoded =
          Schemas.in(registry)
              .autoRegister()
              .framing(framing)
              .wire(own.format())
              .write(
                  type(own.format()),
                  own,
                  own.equals(PROTO) ? new Wire.Part("Order", List.of(0)) : null,
                  PLAIN,
                  "application/x");
      int asked = registry.questions.get();
      Wire.Incoming incoming = Schemas.plain().wire(own.format()).read(ORDER, own, encoded);
      assertThat(payload(encoded, incoming)).isEqualTo(PLAIN);
      Schemas.in(registry).wire(own.format()).read(ORDER, own, encoded);
      assertThat(registry.questions).hasValue(asked);
    }
  }

  @Test
  void a_reader_of_json_without_a_schema_takes_the_writers() {
    for (Framing framing : Framing.values()) {
      Encoded encoded =
          Schemas.in(registry)
              .autoRegister()
              .framing(framing)
              .wire(Format.JSON)
              .write(type(Format.JSON), JSON, PLAIN, "application/json");
      assertThat(Schemas.in(registry).wire(Format.JSON).read(ORDER, null, encoded).schema())
          .isEqualTo(JSON);
    }
  }

  /**
   * Every body of Avro that begins with zeros, as records of small numbers do, in every framing.
   */
  @Test
  void avro_that_begins_with_zeros_is_never_mistaken() {
    for (int i = 0; i < 70; i++) {
      registry.register("filler-" + i, avro("Filler", "f" + i), false);
    }
    Random random = new Random(7);
    for (Framing framing : Framing.values()) {
      Wire writer = registering(framing);
      int id = registry.register("orders-value", AVRO, false).id();
      for (int i = 0; i < 2_000; i++) {
        byte[] body = new byte[random.nextInt(8)];
        for (int at = 4; at < body.length; at++) {
          body[at] = (byte) random.nextInt(at == 4 ? 80 : 256);
        }
        Encoded encoded = writer.write(ORDER, AVRO, body, "application/avro");
        Wire.Incoming incoming = Schemas.in(registry).wire(Format.AVRO).read(ORDER, OLDER, encoded);
        assertThat(incoming.schema()).isEqualTo(AVRO);
        assertThat(payload(encoded, incoming)).isEqualTo(body);
      }
      byte[] likeAFrame = ByteBuffer.allocate(8).put((byte) 0).putInt(id).array();
      Encoded encoded = writer.write(ORDER, AVRO, likeAFrame, "application/avro");
      if (framing == Framing.NONE) {
        assertThat(encoded.schema())
            .hasToString("schema-registry:/subjects/orders-value/versions/1");
      }
      Wire.Incoming incoming = Schemas.in(registry).wire(Format.AVRO).read(ORDER, OLDER, encoded);
      assertThat(incoming.schema()).isEqualTo(AVRO);
      assertThat(payload(encoded, incoming)).isEqualTo(likeAFrame);
    }
  }

  @Test
  void avro_that_begins_with_zeros_and_is_named_by_its_hash_is_not_framed() {
    registry.register("orders-value", OLDER, false);
    byte[] body = {0, 0, 0, 0, 1, 9};
    Encoded encoded =
        Schemas.plain().wire(Format.AVRO).write(ORDER, AVRO, body, "application/avro");
    assertThat(Schemas.in(registry).wire(Format.AVRO).read(ORDER, AVRO, encoded))
        .isEqualTo(new Wire.Incoming(AVRO, 0));
  }

  @Test
  void a_frame_is_recognised_beside_a_dataschema_of_somebody_elses() {
    registry.register("orders-value", AVRO, false);
    for (String elsewhere : List.of("order.avsc", "schemas/ids/1", "versions/2")) {
      assertThat(
              Schemas.in(registry)
                  .wire(Format.AVRO)
                  .read(
                      ORDER,
                      OLDER,
                      encoded(
                          new byte[] {0, 0, 0, 0, 1, 9},
                          URI.create("https://example.com/" + elsewhere))))
          .isEqualTo(new Wire.Incoming(AVRO, 5));
    }
  }

  /** A payload without a frame may begin like one with an id that our registry has. */
  @ParameterizedTest
  @ValueSource(strings = {"schemas/ids/9", "subjects/orders-value/versions/1"})
  void d05_what_is_named_in_somebody_elses_registry_is_no_frame_of_ours(String elsewhere) {
    registry.register("orders-value", AVRO, false);
    URI said = URI.create("https://example.com/" + elsewhere);
    assertThatThrownBy(
            () ->
                Schemas.in(registry)
                    .wire(Format.AVRO)
                    .read(ORDER, OLDER, encoded(new byte[] {0, 0, 0, 0, 1, 9}, said)))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-201")
        .hasMessageContaining(said.toString());
  }

  @Test
  void d05_an_event_does_not_say_which_context_of_the_registry_is_asked() {
    registry.register(":.secret:orders-value", AVRO, false);
    int asked = registry.questions.get();
    URI said = URI.create("schema-registry:/subjects/%3A.secret%3Aorders-value/versions/1");
    assertThatThrownBy(
            () -> Schemas.in(registry).wire(Format.AVRO).read(ORDER, OLDER, encoded(PLAIN, said)))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-201");
    assertThat(registry.questions).hasValue(asked);
  }

  @Test
  void copies_of_a_type_share_what_was_looked_up() {
    Wire wire = registering(Framing.CONFLUENT_ID);
    wire.prepare(ORDER, AVRO);
    int asked = registry.questions.get();
    EventType<String> copy = ORDER.source("urn:elsewhere");
    assertThat(wire.isReady(copy, AVRO)).isTrue();
    wire.write(copy, AVRO, PLAIN, "application/avro");
    assertThat(registry.questions).hasValue(asked);
    assertThat(wire.isReady(ORDER.channel("others"), AVRO)).isFalse();
  }

  @Test
  void d05_with_a_registry_avro_that_says_nothing_is_not_guessed() {
    assertThatThrownBy(
            () -> Schemas.in(registry).wire(Format.AVRO).read(ORDER, AVRO, encoded(PLAIN, null)))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-209");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "01", "0100", "0000", "02000000000000000000000000000000ff"})
  void d05_a_header_that_names_no_schema_is_refused(String hex) {
    assertThatThrownBy(
            () ->
                Schemas.in(registry)
                    .wire(Format.AVRO)
                    .read(
                        ORDER,
                        AVRO,
                        new Encoded(
                            PLAIN,
                            null,
                            null,
                            List.of(new Header(Wire.HEADER, HexFormat.of().parseHex(hex))))))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-204");
  }

  @Test
  void of_a_header_that_comes_twice_the_last_one_with_a_value_counts() {
    registry.register("orders-value", AVRO, false);
    List<Header> headers = new ArrayList<>();
    headers.add(new Header(Wire.HEADER, new byte[] {0, 0, 0, 0, 7}));
    headers.add(new Header(Wire.HEADER, new byte[] {0, 0, 0, 0, 1}));
    headers.add(new Header(Wire.HEADER, null));
    assertThat(
            Schemas.in(registry)
                .wire(Format.AVRO)
                .read(ORDER, OLDER, new Encoded(PLAIN, null, null, headers)))
        .isEqualTo(new Wire.Incoming(AVRO, 0));
  }

  @Test
  void d05_json_that_begins_like_a_frame_and_ends_is_refused() {
    assertThatThrownBy(
            () -> Schemas.plain().wire(Format.JSON).read(ORDER, JSON, encoded(new byte[3], null)))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-204");
  }

  @Test
  void an_empty_body_is_an_empty_body() {
    assertThat(Schemas.plain().wire(Format.PROTOBUF).read(ORDER, PROTO, encoded(new byte[0], null)))
        .isEqualTo(new Wire.Incoming(null, 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "schema-registry:/schemas/ids/x",
        "schema-registry:/schemas/ids/99999999999",
        "schema-registry:/subjects/orders-value",
        "schema-registry:/subjects/orders-value/versions/",
        "schema-registry:/subjects/versions/1",
        "schema-registry:x",
        "https://attacker.example/schemas/ids/1",
      })
  void d05_other_names_are_not_looked_up(String uri) {
    registry.register("orders-value", AVRO, false);
    int asked = registry.questions.get();
    assertThatThrownBy(
            () ->
                Schemas.in(registry)
                    .wire(Format.AVRO)
                    .read(ORDER, AVRO, encoded(PLAIN, URI.create(uri))))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-201");
    assertThat(registry.questions).hasValue(asked);
  }

  @Test
  void d05_noise_is_recognised_or_refused_and_nothing_else() {
    registry.register("orders-value", AVRO, false);
    registry.register("json", JSON, false);
    registry.register("proto", PROTO, false);
    Random random = new Random(17);
    String[] schemas = {
      "schema-registry:/schemas/ids/1",
      "schema-registry:/schemas/ids/7",
      "schema-registry:/subjects/orders-value/versions/1",
      "schema-registry:/subjects/%C3/versions/1",
      "ni:///sha-256;x",
      "urn:x"
    };
    int recognised = 0;
    for (int i = 0; i < 30_000; i++) {
      byte[] body = new byte[random.nextInt(10)];
      byte[] header = new byte[random.nextInt(20)];
      for (byte[] each : List.of(body, header)) {
        for (int at = 0; at < each.length; at++) {
          each[at] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : random.nextInt(3));
        }
      }
      Encoded encoded =
          new Encoded(
              body,
              null,
              random.nextBoolean() ? null : URI.create(schemas[random.nextInt(schemas.length)]),
              random.nextInt(3) > 0 ? List.of() : List.of(new Header(Wire.HEADER, header)));
      for (Schema own : List.of(AVRO, JSON, PROTO)) {
        for (Schemas where : List.of(Schemas.plain(), Schemas.in(registry))) {
          try {
            Wire.Incoming incoming = where.wire(own.format()).read(ORDER, own, encoded);
            assertThat(incoming.offset()).isBetween(0, body.length);
            recognised++;
          } catch (DecodeException refused) {
            assertThat(refused.code()).startsWith("SP-SCHEMA-2");
          }
        }
      }
    }
    assertThat(recognised).isBetween(10_000, 179_999);
  }

  // ---- the registry

  @Test
  void d05_an_id_that_the_registry_lacks_makes_a_dead_letter_that_names_both() {
    assertThatThrownBy(
            () ->
                Schemas.in(registry)
                    .wire(Format.AVRO)
                    .read(ORDER, AVRO, encoded(new byte[] {0, 0, 0, 0, 42, 1}, null)))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-205")
        .hasMessageContaining("id 42")
        .hasMessageContaining("the registry of this test");
  }

  @Test
  void a_registry_that_gives_no_answer_is_no_fault_of_the_event() {
    registry.failure = new MessagingException("SP-TEST-002", "out of reach");
    assertThatThrownBy(
            () ->
                Schemas.in(registry)
                    .wire(Format.AVRO)
                    .read(ORDER, AVRO, encoded(new byte[] {0, 0, 0, 0, 42, 1}, null)))
        .isInstanceOf(UnansweredException.class)
        .hasMessage("SP-TEST-002 out of reach")
        .hasCause(registry.failure);
  }

  @Test
  void d05_a_schema_of_another_format_is_refused() {
    registry.register("orders-value", JSON, false);
    assertThatThrownBy(
            () ->
                Schemas.in(registry)
                    .wire(Format.AVRO)
                    .read(ORDER, AVRO, encoded(new byte[] {0, 0, 0, 0, 1, 1}, null)))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-206");
    assertThatThrownBy(() -> Schemas.in(registry).latest().wire(Format.AVRO).prepare(ORDER, AVRO))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-206");
  }

  @Test
  void the_registry_is_asked_once() {
    Wire wire = registering(Framing.CONFLUENT_ID);
    assertThat(wire.isReady(ORDER, AVRO)).isFalse();
    wire.prepare(ORDER, AVRO);
    assertThat(wire.isReady(ORDER, AVRO)).isTrue();
    Encoded encoded = wire.write(ORDER, AVRO, PLAIN, "application/avro");
    wire.write(ORDER, AVRO, PLAIN, "application/avro");
    assertThat(registry.questions).hasValue(1);
    wire.read(ORDER, OLDER, encoded);
    wire.read(ORDER, OLDER, encoded);
    assertThat(registry.questions).hasValue(2);
    registry.failure = new MessagingException("SP-TEST-002", "out of reach");
    wire.read(ORDER, OLDER, encoded);
  }

  @Test
  void what_is_remembered_is_bounded() {
    Wire wire = Schemas.in(registry).wire(Format.AVRO);
    for (int i = 0; i < 3 * Bounded.SCHEMAS; i++) {
      int id = registry.register("s" + i, avro("S", "f" + i), false).id();
      wire.read(ORDER, AVRO, encoded(Frames.withId(id, List.of(), PLAIN), null));
    }
    assertThat(wire.remembered()).isLessThanOrEqualTo(Bounded.SCHEMAS);
  }

  @Test
  void nothing_is_registered_unless_asked_for() {
    assertThatThrownBy(() -> Schemas.in(registry).wire(Format.AVRO).prepare(ORDER, AVRO))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-203")
        .hasMessageContaining("orders-value");
    assertThat(registry.versions("orders-value")).isEmpty();
  }

  @Test
  void a_pinned_version_is_what_is_written_with() {
    registry.register("orders-value", OLDER, false);
    registry.register("orders-value", AVRO, false);
    Wire first = Schemas.in(registry).version(1).wire(Format.AVRO);
    assertThat(first.prepare(ORDER, AVRO)).isEqualTo(OLDER);
    assertThat(first.write(ORDER, AVRO, PLAIN, "application/avro").schema())
        .hasToString("schema-registry:/schemas/ids/1");
    Wire latest = Schemas.in(registry).latest().wire(Format.AVRO);
    assertThat(latest.prepare(ORDER, null)).isEqualTo(AVRO);
    registry.register("orders-value", avro("Order", "newest"), false);
    assertThat(latest.prepare(ORDER, null)).isEqualTo(AVRO);
  }

  @ParameterizedTest
  @CsvSource({
    "TOPIC, orders-value, orders-value, orders-value",
    "RECORD, com.example.Order, Order, shop.Order",
    "TOPIC_RECORD, orders-com.example.Order, orders-Order, orders-shop.Order",
  })
  void subjects_are_named_as_confluent_names_them(
      SubjectName how, String avro, String json, String proto) {
    Schemas schemas = Schemas.in(registry).subjects(how).autoRegister();
    schemas.wire(Format.AVRO).prepare(ORDER, AVRO);
    schemas.wire(Format.JSON).prepare(ORDER, JSON);
    schemas.wire(Format.PROTOBUF).prepare(ORDER, PROTO, new Wire.Part("shop.Order", List.of(0)));
    assertThat(registry.versions(avro)).isNotEmpty();
    assertThat(registry.versions(json)).isNotEmpty();
    assertThat(registry.versions(proto)).isNotEmpty();
  }

  @Test
  void a_schema_without_a_name_cannot_name_a_subject() {
    Schema nameless = Schema.of(Format.JSON, "{\"type\":\"object\"}");
    assertThatThrownBy(
            () ->
                Schemas.in(registry)
                    .subjects(SubjectName.RECORD)
                    .wire(Format.JSON)
                    .prepare(ORDER, nameless))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-214")
        .hasMessageContaining("title");
  }

  @Test
  void subjects_with_any_character_survive_dataschema() {
    EventType<String> odd = ORDER.channel("a/b versions/ü+%");
    Wire wire = Schemas.in(registry).autoRegister().wire(Format.AVRO);
    byte[] likeAFrame = {0, 0, 0, 0, 1};
    Encoded encoded = wire.write(odd, AVRO, likeAFrame, "application/avro");
    assertThat(String.valueOf(encoded.schema())).contains("/subjects/");
    assertThat(Schemas.in(registry).wire(Format.AVRO).read(odd, OLDER, encoded))
        .isEqualTo(new Wire.Incoming(AVRO, 0));
  }

  @Test
  void references_are_found_in_the_registry() {
    registry.register("lines-value", OLDER, false);
    assertThat(
            Schemas.in(registry)
                .wire(Format.AVRO)
                .references(referring(new Schema.Reference("Line", "lines-value", 1))))
        .containsExactly(Map.entry("Line", OLDER));
  }

  @Test
  void a_reference_to_the_newest_version_is_to_that() {
    registry.register("lines-value", AVRO, false);
    registry.register("lines-value", OLDER, false);
    assertThat(
            Schemas.in(registry)
                .wire(Format.AVRO)
                .references(
                    referring(new Schema.Reference("Line", "lines-value", References.LATEST))))
        .containsExactly(Map.entry("Line", OLDER));
  }

  @Test
  void what_a_schema_refers_to_is_compared_before_it_is_registered() {
    registry.register("line.avsc", avro("Line", "sku"), false);
    Wire wire =
        Schemas.in(registry).autoRegister().verify(Compatibility.BACKWARD).wire(Format.AVRO);
    assertThatThrownBy(() -> wire.refer("line.avsc", avro("Line", "number")))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageStartingWith("SP-SCHEMA-403");
    assertThat(registry.versions("line.avsc")).containsExactly(1);
  }

  private static Schema referring(Schema.Reference reference) {
    return new Schema(Format.AVRO, "{}", List.of(reference));
  }

  // ---- settings

  @Test
  void a_registry_without_guids_cannot_name_schemas_in_headers() {
    Wire wire =
        Schemas.in(new CountingRegistry(false))
            .autoRegister()
            .framing(Framing.CONFLUENT_HEADER)
            .wire(Format.AVRO);
    assertThatThrownBy(() -> wire.prepare(ORDER, AVRO)).hasMessageStartingWith("SP-SCHEMA-207");
  }

  @Test
  void a_data_schema_of_the_types_own_would_hide_the_registrys() {
    EventType<String> type = ORDER.dataSchema(URI.create("https://example.com/order"));
    assertThatThrownBy(
            () -> Schemas.in(registry).autoRegister().wire(Format.AVRO).prepare(type, AVRO))
        .hasMessageStartingWith("SP-SCHEMA-208");
    Wire framed = registering(Framing.CONFLUENT_ID);
    Encoded encoded = framed.write(type, AVRO, PLAIN, "application/avro");
    assertThat(framed.read(type, OLDER, encoded(encoded.bytes(), type.dataSchema())))
        .isEqualTo(new Wire.Incoming(AVRO, 5));
  }

  @Test
  void settings_that_contradict_each_other_are_refused() {
    assertThatThrownBy(() -> Schemas.plain().framing(Framing.CONFLUENT_ID))
        .hasMessageStartingWith("SP-SCHEMA-212")
        .hasMessageContaining("framing");
    assertThatThrownBy(() -> Schemas.in(registry).autoRegister().latest())
        .hasMessageStartingWith("SP-SCHEMA-213");
    assertThatThrownBy(() -> Schemas.in(registry).version(3).autoRegister())
        .hasMessageStartingWith("SP-SCHEMA-213");
    assertThatThrownBy(() -> Schemas.in(registry).version(0))
        .hasMessageStartingWith("SP-SCHEMA-211");
    assertThatThrownBy(() -> Schemas.plain().wire(Format.JSON).prepare(ORDER, null))
        .hasMessageStartingWith("SP-SCHEMA-215");
    assertThatThrownBy(() -> Schemas.in(registry).wire(Format.JSON).prepare(ORDER, null))
        .hasMessageStartingWith("SP-SCHEMA-215");
  }

  @Test
  void settings_show_in_its_text() {
    assertThat(Schemas.plain()).hasToString("no registry");
    assertThat(
            Schemas.in(registry)
                .framing(Framing.CONFLUENT_ID)
                .subjects(SubjectName.RECORD)
                .autoRegister()
                .normalize())
        .hasToString(
            "the registry of this test, framing CONFLUENT_ID, subjects RECORD, auto-registration");
    assertThat(Schemas.in(registry).latest()).hasToString("the registry of this test, latest");
  }

  // ----

  private Wire registering(Framing framing) {
    return Schemas.in(registry).autoRegister().framing(framing).wire(Format.AVRO);
  }

  private static EventType<String> type(Format format) {
    return ORDER.channel("orders-" + format);
  }

  private static Schema avro(String name, String field) {
    return Schema.of(
        Format.AVRO,
        "{\"type\":\"record\",\"name\":\""
            + name
            + "\",\"namespace\":\"com.example\",\"fields\":[{\"name\":\""
            + field
            + "\",\"type\":\"string\"}]}");
  }

  private static Encoded encoded(byte[] body, @Nullable URI schema) {
    return new Encoded(body, null, schema, List.of());
  }

  private static byte[] payload(Encoded encoded, Wire.Incoming incoming) {
    return Arrays.copyOfRange(encoded.bytes(), incoming.offset(), encoded.bytes().length);
  }

  private static byte[] value(Header header) {
    byte[] value = header.value();
    return value == null ? new byte[0] : value;
  }

  private UUID guid(String subject) {
    UUID guid = registry.latest(subject).guid();
    assertThat(guid).isNotNull();
    return guid == null ? new UUID(0, 0) : guid;
  }

  private static String hash(Encoded encoded) {
    String schema = String.valueOf(encoded.schema());
    return new String(schema.getBytes(UTF_8), UTF_8).substring("ni:///sha-256;".length());
  }
}
