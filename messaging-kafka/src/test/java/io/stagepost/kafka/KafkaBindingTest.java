package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.message.Encoding;
import io.cloudevents.core.v1.CloudEventV1;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.CloudEventDeserializer;
import io.cloudevents.kafka.CloudEventSerializer;
import io.stagepost.ContentMode;
import io.stagepost.DecodeException;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.net.URI;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaBindingTest {
  private final KafkaBinding binding = new KafkaBinding(ContentMode.BINARY, Map.of());
  private final KafkaBinding structured = new KafkaBinding(ContentMode.STRUCTURED, Map.of());

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

  private static Message message(byte @Nullable [] body, @Nullable String... headers) {
    List<Header> list = new ArrayList<>();
    for (int i = 0; i < headers.length; i += 2) {
      String value = headers[i + 1];
      list.add(
          new Header(String.valueOf(headers[i]), value == null ? null : value.getBytes(UTF_8)));
    }
    return new Message("topic", null, list, body);
  }

  private static @Nullable String header(Message message, String name) {
    byte[] value = message.header(name);
    return value == null ? null : new String(value, UTF_8);
  }

  // ---- round trips -----------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void d14_any_event_comes_back_as_it_went(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      CloudEvent event = random(random);
      String key = random.nextBoolean() ? null : text(random);
      Message message = binding.encode("topic", key, event);
      assertThat(message.key()).isEqualTo(key == null ? null : key.getBytes(UTF_8));

      CloudEvent back = binding.decode(message);
      assertThat(back).as("seed %d, event %d", seed, i).isEqualTo(event);
      // and from headers that are no longer ours: as an outbox or a dead letter carries them
      Message copied =
          new Message("topic", null, new ArrayList<>(message.headers()), message.body());
      assertThat(binding.decode(copied)).isEqualTo(event);
      assertThat(binding.encode("topic", null, back).headers())
          .extracting(Header::name)
          .containsExactlyInAnyOrderElementsOf(names(message));
    }
  }

  private static CloudEvent random(Random random) {
    Map<String, Object> extensions = new HashMap<>();
    for (int n = random.nextInt(5); n > 0; n--) {
      extensions.put("ext" + random.nextInt(100), text(random));
    }
    byte[] data = new byte[random.nextInt(100)];
    random.nextBytes(data);
    return new CloudEventV1(
        text(random),
        URI.create("urn:test:" + random.nextInt(2_000)),
        text(random),
        random.nextBoolean() ? null : "application/" + random.nextInt(9),
        random.nextBoolean() ? null : URI.create("https://EXAMPLE.com/%7e" + random.nextInt(9)),
        random.nextBoolean() ? null : text(random),
        random.nextBoolean() ? null : time(random),
        random.nextInt(4) == 0 ? null : BytesCloudEventData.wrap(data),
        extensions);
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int n = 1 + random.nextInt(12); n > 0; n--) {
      int c = random.nextInt(10);
      text.appendCodePoint(
          c == 0 ? 0x1F600 + random.nextInt(40) : c == 1 ? 0xE4 : ' ' + random.nextInt(95));
    }
    return text.toString();
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

  private static List<String> names(Message message) {
    return message.headers().stream().map(Header::name).toList();
  }

  @Test
  void attributes_are_headers_as_the_specification_says() {
    Message message =
        binding.encode(
            "topic",
            "key",
            CloudEventBuilder.v1()
                .withId("id-ü")
                .withSource(URI.create("/orders"))
                .withType("test.v1")
                .withSubject("a b")
                .withDataSchema(URI.create("https://example.com/s"))
                .withTime(OffsetDateTime.parse("2026-11-21T10:00Z"))
                .withData("text/plain", "body".getBytes(UTF_8))
                .build());
    assertThat(header(message, "ce_specversion")).isEqualTo("1.0");
    assertThat(header(message, "ce_id")).isEqualTo("id-ü");
    assertThat(header(message, "ce_source")).isEqualTo("/orders");
    assertThat(header(message, "ce_type")).isEqualTo("test.v1");
    assertThat(header(message, "ce_subject")).isEqualTo("a b");
    assertThat(header(message, "ce_dataschema")).isEqualTo("https://example.com/s");
    assertThat(header(message, "ce_time")).isEqualTo("2026-11-21T10:00:00Z");
    assertThat(header(message, "content-type")).isEqualTo("text/plain");
    assertThat(message.headers()).hasSize(8);
    assertThat(message.key()).isEqualTo("key".getBytes(UTF_8));
    assertThat(message.body()).isEqualTo("body".getBytes(UTF_8));
  }

  @Test
  void extension_values_are_written_in_their_canonical_form() {
    Message message =
        binding.encode(
            "topic",
            null,
            event(
                null,
                Map.of(
                    "int",
                    -42,
                    "bool",
                    true,
                    "uri",
                    URI.create("https://example.com/a?b#c"),
                    "time",
                    OffsetDateTime.parse("2026-11-21T10:00:00.5+02:00"),
                    "bin",
                    new byte[] {0, -1, 62})));
    assertThat(header(message, "ce_int")).isEqualTo("-42");
    assertThat(header(message, "ce_bool")).isEqualTo("true");
    assertThat(header(message, "ce_uri")).isEqualTo("https://example.com/a?b#c");
    assertThat(header(message, "ce_time")).isEqualTo("2026-11-21T10:00:00.5+02:00");
    assertThat(header(message, "ce_bin")).isEqualTo("AP8+");
  }

  @Test
  void no_data_and_empty_data_are_different() {
    Message none = binding.encode("topic", null, event(null, Map.of()));
    Message empty = binding.encode("topic", null, event(new byte[0], Map.of()));
    assertThat(none.body()).isNull();
    assertThat(empty.body()).isEmpty();
    assertThat(binding.decode(none).getData()).isNull();
    assertThat(binding.decode(empty).getData()).isNotNull();
  }

  @Test
  void sources_that_equal_each_other_as_uris_keep_their_spelling() {
    for (String source : List.of("http://example.com/%7ea", "HTTP://EXAMPLE.COM/%7Ea")) {
      CloudEvent event =
          CloudEventBuilder.v1().withId("1").withType("t").withSource(URI.create(source)).build();
      Message message = binding.encode("topic", null, event);
      assertThat(header(message, "ce_source")).isEqualTo(source);
      assertThat(binding.decode(message).getSource()).hasToString(source);
    }
  }

  // ---- reading what others write ---------------------------------------------------------------

  @Test
  void header_names_are_read_in_any_case() {
    CloudEvent event =
        binding.decode(
            message(
                new byte[] {1},
                "CE_SpecVersion",
                "1.0",
                "Ce_Id",
                "1",
                "CE_SOURCE",
                "urn:a",
                "ce_Type",
                "t",
                "Content-Type",
                "text/plain",
                "CE_Tenant",
                "blue"));
    assertThat(event.getId()).isEqualTo("1");
    assertThat(event.getDataContentType()).isEqualTo("text/plain");
    assertThat(event.getExtension("tenant")).isEqualTo("blue");
  }

  @Test
  void of_a_repeated_header_the_last_counts_and_null_values_and_other_headers_are_passed_over() {
    CloudEvent event =
        binding.decode(
            message(
                new byte[] {1},
                "ce_specversion",
                "1.0",
                "ce_id",
                "1",
                "ce_id",
                "2",
                "ce_source",
                "urn:a",
                "ce_type",
                "t",
                "ce_subject",
                null,
                "ce_",
                "no name",
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
    Map<String, String> headers =
        new HashMap<>(Map.of("specversion", "1.0", "id", "1", "source", "urn:a", "type", "t"));
    headers.remove(attribute);
    List<String> list = new ArrayList<>();
    headers.forEach((name, value) -> list.addAll(List.of("ce_" + name, value)));
    assertThatThrownBy(() -> binding.decode(message(null, list.toArray(String[]::new))))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-CE-002")
        .hasMessageContaining("ce_" + attribute);
  }

  @ParameterizedTest
  @CsvSource({
    "ce_specversion, 0.3, SP-CE-003",
    "ce_source, '{', SP-CE-004",
    "ce_time, yesterday, SP-CE-004",
    "ce_time, 2026-13-41T00:00:00Z, SP-CE-004",
    "ce_dataschema, '::', SP-CE-004",
    "content-type, application/cloudevents+avro, SP-CE-001",
    "Content-Type, APPLICATION/CloudEvents-batch+Protobuf; a=b, SP-CE-001",
    "content-type, application/cloudevents, SP-CE-001",
  })
  void d05_a_malformed_attribute_and_an_unknown_format_are_told(
      String name, String value, String code) {
    Message message =
        message(
            null,
            "ce_specversion",
            "1.0",
            "ce_id",
            "1",
            "ce_source",
            "urn:a",
            "ce_type",
            "t",
            name,
            value);
    assertThatThrownBy(() -> binding.decode(message))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith(code)
        .hasMessageContaining(value);
  }

  // ---- structured mode -------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/cloudevents+json",
        "application/cloudevents+json; charset=UTF-8",
        "Application/CloudEvents+JSON ;charset=utf-8"
      })
  void structured_mode_is_told_by_the_content_type_and_whatever_else_headers_say_is_passed_over(
      String contentType) {
    CloudEvent event = event(new byte[] {1}, Map.of("n", 1));
    Message written = structured.encode("topic", "key", event);
    assertThat(names(written)).containsExactly("content-type");
    assertThat(header(written, "content-type")).isEqualTo("application/cloudevents+json");
    assertThat(written.key()).isEqualTo("key".getBytes(UTF_8));
    for (KafkaBinding reader : List.of(binding, structured)) {
      assertThat(
              reader.decode(
                  message(
                      written.body(),
                      "content-type",
                      "text/plain",
                      "ce_id",
                      "another",
                      "CONTENT-Type",
                      contentType)))
          .isEqualTo(event);
    }
  }

  @Test
  void a_batch_is_no_event() {
    assertThatThrownBy(
            () ->
                binding.decode(
                    message(
                        "[{},{}]".getBytes(UTF_8),
                        "content-type",
                        "application/cloudevents-batch+json")))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-CE-007")
        .hasMessageContaining("2 CloudEvents");
  }

  @Test
  void an_event_that_is_sent_on_has_each_header_once() {
    CloudEvent event = event("body".getBytes(UTF_8), Map.of("tenant", "blue"));
    CloudEvent again = binding.decode(binding.encode("topic", null, event));
    assertThat(names(binding.encode("topic", null, again))).doesNotHaveDuplicates();
    assertThat(binding.encode("topic", null, again).headers()).hasSize(6);
  }

  // ---- the SDK's own binding -------------------------------------------------------------------

  private static CloudEvent readBySdk(Message message) {
    try (CloudEventDeserializer sdk = new CloudEventDeserializer()) {
      return sdk.deserialize(
          "topic", new RecordHeaders(KafkaHeaders.raw(message.headers())), message.body());
    }
  }

  private static Message writtenBySdk(Encoding encoding, CloudEvent event) {
    try (CloudEventSerializer sdk = new CloudEventSerializer()) {
      sdk.configure(
          Map.of(
              CloudEventSerializer.ENCODING_CONFIG,
              encoding,
              CloudEventSerializer.EVENT_FORMAT_CONFIG,
              JsonFormat.CONTENT_TYPE),
          false);
      RecordHeaders headers = new RecordHeaders();
      byte[] body = sdk.serialize("topic", headers, event);
      return new Message("topic", null, new KafkaHeaders(headers.toArray()), body);
    }
  }

  @Test
  void the_sdk_reads_what_we_write_in_either_mode() {
    Random random = new Random(4);
    for (int i = 0; i < 200; i++) {
      CloudEvent event = random(random);
      if (event.getData() != null && event.getData().toBytes().length > 0) { // see below
        assertThat(readBySdk(binding.encode("topic", null, event))).isEqualTo(event);
      }
      assertThat(readBySdk(structured.encode("topic", null, event))).isEqualTo(event);
    }
    CloudEvent typed = event("{\"a\":[1,true]}".getBytes(UTF_8), Map.of("n", 1, "flag", true));
    CloudEvent read = readBySdk(structured.encode("topic", null, typed));
    assertThat(read.getExtension("n")).isEqualTo(1);
    assertThat(read.getExtension("flag")).isEqualTo(true);
    assertThat(requireNonNull(read.getData()).toBytes())
        .isEqualTo("{\"a\":[1,true]}".getBytes(UTF_8));
  }

  @Test
  void we_read_what_the_sdk_writes_in_either_mode() {
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      CloudEvent event = random(random);
      if (event.getData() == null || event.getDataContentType() != null) {
        // without a content type the SDK takes any bytes for JSON
        assertThat(binding.decode(writtenBySdk(Encoding.STRUCTURED, event))).isEqualTo(event);
      }
      assertThat(binding.decode(writtenBySdk(Encoding.BINARY, event))).isEqualTo(event);
    }
    CloudEvent typed = event("{\"a\":[1,true]}".getBytes(UTF_8), Map.of("n", 1, "flag", true));
    assertThat(binding.decode(writtenBySdk(Encoding.STRUCTURED, typed))).isEqualTo(typed);
  }
}
