package io.stagepost.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.amqp.ProtonAmqpMessageFactory;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.v1.CloudEventV1;
import io.stagepost.ContentMode;
import io.stagepost.DecodeException;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.net.URI;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AmqpBindingTest {
  private final AmqpBinding binding = new AmqpBinding(ContentMode.BINARY);
  private final AmqpBinding structured = new AmqpBinding(ContentMode.STRUCTURED);

  private static CloudEvent event(byte @Nullable [] data, Map<String, Object> extensions) {
    return new CloudEventV1(
        "id-1",
        URI.create("urn:test"),
        "test.v1",
        "application/json",
        null,
        null,
        null,
        data == null ? null : BytesCloudEventData.wrap(data),
        extensions);
  }

  /** Names and values, a string or bytes. */
  private static Message message(byte @Nullable [] body, @Nullable Object... headers) {
    List<Header> list = new ArrayList<>();
    for (int i = 0; i < headers.length; i += 2) {
      Object value = headers[i + 1];
      list.add(
          new Header(
              String.valueOf(headers[i]),
              value instanceof String text ? text.getBytes(UTF_8) : (byte[]) value));
    }
    return new Message("orders", null, list, body);
  }

  /** An event's, and whatever is added. */
  private static Message eventMessage(@Nullable Object... more) {
    List<@Nullable Object> headers =
        new ArrayList<>(
            List.of(
                "cloudEvents_specversion",
                "1.0",
                "cloudEvents_id",
                "1",
                "cloudEvents_source",
                "urn:a",
                "cloudEvents_type",
                "t"));
    for (Object header : more) {
      headers.add(header);
    }
    return message(new byte[] {1}, headers.toArray());
  }

  private static @Nullable String header(Message message, String name) {
    byte[] value = message.header(name);
    return value == null ? null : new String(value, UTF_8);
  }

  private static List<String> names(Message message) {
    return message.headers().stream().map(Header::name).toList();
  }

  /** With headers that are no longer ours: as an outbox or a dead letter carries them. */
  private static Message copied(Message message) {
    return new Message(
        message.address(), message.key(), new ArrayList<>(message.headers()), message.body());
  }

  // ---- round trips -----------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void d14_any_event_comes_back_as_it_went_types_of_extensions_included(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      CloudEvent event = random(random, true);
      Message message = binding.encode("orders", random.nextBoolean() ? null : "key-ü", event);
      CloudEvent back = binding.decode(message);
      // arrays, which extensions may be, do not equal each other
      assertThat(back).as("seed %d, event %d", seed, i).usingRecursiveComparison().isEqualTo(event);
      assertThat(binding.decode(copied(message))).usingRecursiveComparison().isEqualTo(event);
      assertThat(names(binding.encode("orders", null, back)))
          .containsExactlyInAnyOrderElementsOf(names(message));

      CloudEvent inJson = random(random, false);
      assertThat(structured.decode(structured.encode("orders", null, inJson))).isEqualTo(inJson);
      assertThat(binding.decode(copied(structured.encode("orders", null, inJson))))
          .isEqualTo(inJson);
    }
  }

  private static CloudEvent random(Random random, boolean binary) {
    Map<String, Object> extensions = new HashMap<>();
    for (int n = random.nextInt(6); n > 0; n--) {
      byte[] bytes = new byte[random.nextInt(6)];
      random.nextBytes(bytes);
      extensions.put(
          "ext" + random.nextInt(100),
          switch (random.nextInt(binary ? 5 : 3)) {
            case 0 -> random.nextInt();
            case 1 -> random.nextBoolean();
            case 2 -> text(random);
            case 3 -> bytes;
            default -> text(random).getBytes(UTF_8);
          });
    }
    byte[] data = new byte[1 + random.nextInt(100)];
    random.nextBytes(data);
    return new CloudEventV1(
        text(random),
        URI.create("urn:test:" + random.nextInt(2_000)),
        text(random),
        random.nextBoolean() ? null : "application/" + random.nextInt(9),
        random.nextBoolean() ? null : URI.create("https://EXAMPLE.com/%7e" + random.nextInt(9)),
        random.nextBoolean() ? null : text(random),
        random.nextBoolean()
            ? null
            : OffsetDateTime.of(
                2026, 11, 21, 10, 0, 0, random.nextInt(1_000_000_000), offset(random)),
        random.nextInt(4) == 0 ? null : BytesCloudEventData.wrap(data),
        extensions);
  }

  private static ZoneOffset offset(Random random) {
    return random.nextBoolean() ? ZoneOffset.UTC : ZoneOffset.ofHoursMinutes(5, 30);
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int n = 1 + random.nextInt(12); n > 0; n--) {
      int c = random.nextInt(11);
      text.appendCodePoint(
          switch (c) {
            case 0 -> 0x1F600 + random.nextInt(40);
            case 1 -> 0xE4;
            case 2 -> 0xFFFD; // what malformed bytes become
            default -> ' ' + random.nextInt(95);
          });
    }
    return text.toString();
  }

  @Test
  void attributes_are_application_properties_as_the_specification_says() {
    Message message =
        binding.encode(
            "orders",
            "key",
            CloudEventBuilder.v1()
                .withId("id-ü")
                .withSource(URI.create("/orders"))
                .withType("test.v1")
                .withSubject("a b")
                .withDataSchema(URI.create("https://example.com/s"))
                .withTime(OffsetDateTime.parse("2026-11-21T10:00:00.123456789+01:00"))
                .withData("text/plain", "body".getBytes(UTF_8))
                .build());
    assertThat(header(message, "cloudEvents_specversion")).isEqualTo("1.0");
    assertThat(header(message, "cloudEvents_id")).isEqualTo("id-ü");
    assertThat(header(message, "cloudEvents_source")).isEqualTo("/orders");
    assertThat(header(message, "cloudEvents_type")).isEqualTo("test.v1");
    assertThat(header(message, "cloudEvents_subject")).isEqualTo("a b");
    assertThat(header(message, "cloudEvents_dataschema")).isEqualTo("https://example.com/s");
    assertThat(header(message, "cloudEvents_time"))
        .isEqualTo("2026-11-21T10:00:00.123456789+01:00");
    assertThat(header(message, "amqp:content-type")).isEqualTo("text/plain");
    assertThat(message.headers()).hasSize(8);
    assertThat(message.key()).isEqualTo("key".getBytes(UTF_8));
    assertThat(message.body()).isEqualTo("body".getBytes(UTF_8));
  }

  @Test
  void extensions_are_of_amqps_types_and_otherwise_in_their_canonical_form() {
    Map<String, Object> extensions = new HashMap<>();
    extensions.put("int", -42);
    extensions.put("long", 5_000_000_000L);
    extensions.put("bool", true);
    extensions.put("uri", URI.create("https://example.com/a?b#c"));
    extensions.put("when", OffsetDateTime.parse("2026-11-21T10:00:00.5+02:00"));
    extensions.put("bin", new byte[] {0, -1, 62});
    extensions.put("ascii", "abc".getBytes(UTF_8));
    Message message = binding.encode("orders", null, event(null, extensions));
    assertThat(header(message, "amqp:property:long:cloudEvents_int")).isEqualTo("-42");
    assertThat(header(message, "cloudEvents_long")).isEqualTo("5000000000");
    assertThat(header(message, "amqp:property:boolean:cloudEvents_bool")).isEqualTo("true");
    assertThat(header(message, "cloudEvents_uri")).isEqualTo("https://example.com/a?b#c");
    assertThat(header(message, "cloudEvents_when")).isEqualTo("2026-11-21T10:00:00.5+02:00");
    assertThat(message.header("cloudEvents_bin")).isEqualTo(new byte[] {0, -1, 62});
    assertThat(header(message, "amqp:property:binary:cloudEvents_ascii")).isEqualTo("abc");
  }

  @Test
  void empty_bodies_are_empty_data_if_they_have_a_content_type_and_no_data_otherwise() {
    CloudEvent typed = event(new byte[0], Map.of());
    CloudEventData data = binding.decode(binding.encode("orders", null, typed)).getData();
    assertThat(data == null ? null : data.toBytes()).isEmpty();
    CloudEvent untyped = CloudEventBuilder.v1(typed).withDataContentType(null).build();
    assertThat(binding.decode(binding.encode("orders", null, untyped)).getData()).isNull();
  }

  // ---- reading what others write ---------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"cloudEvents_", "cloudEvents:"})
  void both_spellings_of_the_names_are_read(String prefix) {
    // the specification's example
    CloudEvent event =
        binding.decode(
            message(
                "{}".getBytes(UTF_8),
                "amqp:to",
                "myqueue",
                "amqp:content-type",
                "application/json; charset=utf-8",
                prefix + "specversion",
                "1.0",
                prefix + "type",
                "com.example.someevent",
                prefix + "time",
                "2018-04-05T03:56:24Z",
                prefix + "id",
                "1234-1234-1234",
                prefix + "source",
                "/mycontext/subcontext",
                prefix + "subject",
                "s",
                prefix + "dataschema",
                "urn:s",
                prefix + "traceParent",
                "00-1"));
    assertThat(event)
        .isEqualTo(
            new CloudEventV1(
                "1234-1234-1234",
                URI.create("/mycontext/subcontext"),
                "com.example.someevent",
                "application/json; charset=utf-8",
                URI.create("urn:s"),
                "s",
                OffsetDateTime.parse("2018-04-05T03:56:24Z"),
                BytesCloudEventData.wrap("{}".getBytes(UTF_8)),
                Map.of("traceparent", "00-1")));
  }

  @ParameterizedTest
  @CsvSource({
    "timestamp, 1700000000123",
    "long, 1700000000123",
    "ulong, 1700000000123",
    "string, 2023-11-14T22:13:20.123Z",
  })
  void time_is_read_as_a_timestamp_and_as_text(String type, String value) {
    for (String name : List.of("cloudEvents_time", "cloudEvents:time", "cloudEvents_Time")) {
      assertThat(
              binding.decode(eventMessage("amqp:property:" + type + ":" + name, value)).getTime())
          .isEqualTo("2023-11-14T22:13:20.123Z");
    }
  }

  @Test
  void every_attribute_is_read_from_amqps_types() {
    CloudEvent event =
        binding.decode(
            message(
                null,
                "amqp:property:symbol:cloudEvents_specversion",
                "1.0",
                "amqp:property:long:cloudEvents_id",
                "7",
                "amqp:property:symbol:cloudEvents:source",
                "urn:a",
                "amqp:property:symbol:cloudEvents:type",
                "t",
                "amqp:property:boolean:cloudEvents_subject",
                "true",
                "cloudEvents_datacontenttype",
                "text/plain"));
    assertThat(event)
        .isEqualTo(
            new CloudEventV1(
                "7", URI.create("urn:a"), "t", "text/plain", null, "true", null, null, Map.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "byte, -1, -1",
    "ubyte, 255, 255",
    "short, -2, -2",
    "ushort, 65535, 65535",
    "int, 2147483647, 2147483647",
    "uint, 7, 7",
    "long, -2147483648, -2147483648",
    "ulong, 1, 1",
  })
  void extensions_of_any_integer_type_are_integers(String type, String value, int expected) {
    assertThat(extension(type, value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "long, 2147483648",
    "ulong, 18446744073709551615",
    "double, 1.5",
    "uuid, 00000000-0000-0001-0000-000000000002",
    "symbol, s",
    "char, c",
    "string, amqp:like",
    "timestamp, 1700000000123",
    "decimal64, 31c000000000007d",
  })
  void d14_extensions_outside_the_type_system_are_kept_as_text(String type, String value) {
    assertThat(extension(type, value)).isEqualTo(value);
  }

  private @Nullable Object extension(String type, String value) {
    return binding
        .decode(eventMessage("amqp:property:" + type + ":cloudEvents_ext", value))
        .getExtension("ext");
  }

  @Test
  void other_headers_and_null_values_are_passed_over() {
    CloudEvent event =
        binding.decode(
            eventMessage(
                "cloudEvents_id",
                "2",
                "cloudEvents_subject",
                null,
                "cloudEvents_",
                "no name",
                "cloudEvents",
                "nor here",
                "cloudEventsX",
                "nor here",
                "cloudEvents-a",
                "another separator",
                "CLOUDEVENTS_B",
                "names are case-sensitive in AMQP",
                "amqp:property:long:cloudEvents",
                "1",
                "amqp:property:long:size",
                "1",
                "amqp:property:",
                "odd",
                "amqp:annotation:string:cloudEvents_c",
                "not a property",
                "traceparent",
                "00-1",
                "stagepost-reason",
                "because"));
    assertThat(event.getId()).isEqualTo("2");
    assertThat(event.getSubject()).isNull();
    assertThat(event.getExtensionNames()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"specversion", "id", "source", "type"})
  void d05_a_message_that_lacks_a_required_attribute_is_no_event(String attribute) {
    List<Object> headers = new ArrayList<>();
    Map.of("specversion", "1.0", "id", "1", "source", "urn:a", "type", "t")
        .forEach(
            (name, value) -> {
              if (!name.equals(attribute)) {
                headers.addAll(List.of("cloudEvents_" + name, value));
              }
            });
    assertThatThrownBy(() -> binding.decode(message(null, headers.toArray())))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-CE-002")
        .hasMessageContaining("cloudEvents_" + attribute);
  }

  @ParameterizedTest
  @CsvSource({
    "cloudEvents_specversion, 0.3, SP-CE-003",
    "cloudEvents:source, '{', SP-CE-004",
    "cloudEvents_time, yesterday, SP-CE-004",
    "amqp:property:double:cloudEvents_time, 1.5, SP-CE-004",
    "cloudEvents_dataschema, '::', SP-CE-004",
    "amqp:content-type, application/cloudevents+avro, SP-CE-001",
    "amqp:content-type, APPLICATION/CloudEvents-batch+Protobuf; a=b, SP-CE-001",
  })
  void d05_a_malformed_attribute_and_an_unknown_format_are_told(
      String name, String value, String code) {
    assertThatThrownBy(() -> binding.decode(eventMessage(name, value)))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith(code)
        .hasMessageContaining(value);
  }

  // ---- structured mode -------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/cloudevents+json",
        "application/cloudevents+json; charset=utf-8",
        "Application/CloudEvents+JSON ;charset=UTF-8"
      })
  void structured_mode_is_told_by_the_content_type_and_properties_are_passed_over(
      String contentType) {
    CloudEvent event = event(new byte[] {1}, Map.of("n", 1));
    Message written = structured.encode("orders", "key", event);
    assertThat(names(written)).containsExactly("amqp:content-type");
    assertThat(header(written, "amqp:content-type")).isEqualTo("application/cloudevents+json");
    assertThat(written.key()).isEqualTo("key".getBytes(UTF_8));
    for (AmqpBinding reader : List.of(binding, structured)) {
      assertThat(
              reader.decode(
                  message(
                      written.body(),
                      "cloudEvents_id",
                      "another",
                      "amqp:content-type",
                      contentType)))
          .isEqualTo(event);
    }
  }

  // ---- batches ---------------------------------------------------------------------------------

  private static final String BATCH = "application/cloudevents-batch+json";

  @Test
  void a_batch_is_taken_apart_into_events_in_structured_mode_byte_for_byte() {
    byte[] one = structured.encode("orders", null, event(null, Map.of("n", 1))).body();
    byte[] two = structured.encode("orders", null, event(null, Map.of("n", 2))).body();
    Message batch =
        message(
            ("[ " + new String(one, UTF_8) + ",\n" + new String(two, UTF_8) + "]").getBytes(UTF_8),
            "tenant",
            "blue",
            "__value_schema_id",
            "of the batch",
            "amqp:content-type",
            "Application/cloudevents-BATCH+json; charset=utf-8");
    List<Message> events = AmqpBinding.split(batch);
    assertThat(events).extracting(Message::body).containsExactly(one, two);
    assertThat(events)
        .allSatisfy(
            event -> {
              assertThat(names(event)).containsExactly("tenant", "amqp:content-type");
              assertThat(header(event, "amqp:content-type"))
                  .isEqualTo("application/cloudevents+json; charset=utf-8");
              assertThat(event.address()).isEqualTo("orders");
            });
    assertThat(binding.decode(events.get(1)).getExtension("n")).isEqualTo(2);
    assertThat(AmqpBinding.split(message(" [ ] ".getBytes(UTF_8), "amqp:content-type", BATCH)))
        .isEmpty();
  }

  @Test
  void d05_what_is_no_batch_stays_whole() {
    for (Message whole :
        List.of(
            message(null, "amqp:content-type", BATCH),
            message("[1".getBytes(UTF_8), "amqp:content-type", BATCH),
            message("{}".getBytes(UTF_8), "amqp:content-type", BATCH),
            message("[1]".getBytes(UTF_8), "amqp:content-type", "application/json"),
            message("[1]".getBytes(UTF_8)))) {
      assertThat(AmqpBinding.split(whole)).containsExactly(whole);
    }
    assertThatThrownBy(
            () -> binding.decode(message("[1".getBytes(UTF_8), "amqp:content-type", BATCH)))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-CE-006");
    assertThatThrownBy(
            () -> binding.decode(message("[{},{}]".getBytes(UTF_8), "amqp:content-type", BATCH)))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-CE-007")
        .hasMessageContaining("2 CloudEvents");
  }

  // ---- headers ---------------------------------------------------------------------------------

  @Test
  void d14_headers_keep_bytes_that_are_no_text_and_null() {
    AmqpHeaders headers =
        AmqpHeaders.of(eventMessage("a", new byte[] {-1}, "b", null, "c", "\uFFFD").headers());
    assertThat(headers).hasSize(7);
    assertThat(headers.get(4).value()).isEqualTo(new byte[] {-1});
    assertThat(headers.get(5).value()).isNull();
    assertThat(headers.get(6).value()).isEqualTo("\uFFFD".getBytes(UTF_8));
    assertThat(AmqpHeaders.of(headers)).isSameAs(headers);
    assertThatThrownBy(() -> headers.get(7)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  // ---- the SDK's own binding -------------------------------------------------------------------

  private static Message ofProton(org.apache.qpid.proton.message.Message proton) {
    List<@Nullable Object> headers = new ArrayList<>();
    if (proton.getContentType() != null) {
      headers.addAll(List.of("amqp:content-type", proton.getContentType()));
    }
    if (proton.getApplicationProperties() != null) {
      proton
          .getApplicationProperties()
          .getValue()
          .forEach((name, value) -> headers.addAll(List.of(name, String.valueOf(value))));
    }
    byte[] body = proton.getBody() == null ? null : ((Data) proton.getBody()).getValue().getArray();
    return message(body, headers.toArray());
  }

  @Test
  void we_read_what_the_sdk_writes() {
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      CloudEvent event = CloudEventBuilder.v1(random(random, true)).build();
      CloudEvent plain = withoutExtensions(event);
      CloudEvent read =
          binding.decode(ofProton(ProtonAmqpMessageFactory.createWriter().writeBinary(event)));
      // it writes extensions without a prefix, so that nobody finds them, itself included
      assertThat(read).isEqualTo(plain);
    }
  }

  private static CloudEvent withoutExtensions(CloudEvent event) {
    return new CloudEventV1(
        event.getId(),
        event.getSource(),
        event.getType(),
        event.getDataContentType(),
        event.getDataSchema(),
        event.getSubject(),
        event.getTime(),
        event.getData(),
        Map.of());
  }

  /** It knows only the names with a colon. */
  @Test
  void the_sdk_reads_what_we_write_once_the_names_have_a_colon() {
    Random random = new Random(4);
    for (int i = 0; i < 200; i++) {
      CloudEvent event = withoutExtensions(random(random, true));
      Message message = binding.encode("orders", null, event);
      Map<String, Object> properties = new HashMap<>();
      org.apache.qpid.proton.message.Message proton =
          org.apache.qpid.proton.message.Message.Factory.create();
      for (Header header : message.headers()) {
        String text = String.valueOf(header(message, header.name()));
        if (header.name().equals("amqp:content-type")) {
          proton.setContentType(text);
        } else {
          properties.put(header.name().replace("cloudEvents_", "cloudEvents:"), text);
        }
      }
      proton.setApplicationProperties(new ApplicationProperties(properties));
      byte[] body = message.body();
      proton.setBody(new Data(new Binary(body == null ? new byte[0] : body)));
      assertThat(ProtonAmqpMessageFactory.createReader(proton).toEvent()).isEqualTo(event);
    }
  }
}
