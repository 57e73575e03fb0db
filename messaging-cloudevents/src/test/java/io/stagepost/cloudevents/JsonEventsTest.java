package io.stagepost.cloudevents;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.v1.CloudEventV1;
import io.stagepost.DecodeException;
import io.stagepost.cloudevents.JsonEvents.Range;
import java.net.URI;
import java.nio.charset.Charset;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonEventsTest {
  private static final String REQUIRED =
      "\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"urn:a\",\"type\":\"t\"";

  private final JsonEvents json = new JsonEvents(new BoundedCache<>(URI::create));

  private static CloudEvent event(
      @Nullable String contentType, byte @Nullable [] data, Map<String, Object> extensions) {
    return new CloudEventV1(
        "id-1",
        URI.create("urn:test"),
        "test.v1",
        contentType,
        null,
        null,
        null,
        data == null ? null : BytesCloudEventData.wrap(data),
        extensions);
  }

  private CloudEvent read(String members) {
    return json.read(("{" + REQUIRED + members + "}").getBytes(UTF_8));
  }

  private static byte @Nullable [] data(CloudEvent event) {
    return event.getData() == null ? null : event.getData().toBytes();
  }

  private static @Nullable String text(CloudEvent event) {
    byte[] data = data(event);
    return data == null ? null : new String(data, UTF_8);
  }

  // ---- round trips -----------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void d14_any_event_comes_back_as_it_went(long seed) {
    Random random = new Random(seed);
    List<CloudEvent> events = new ArrayList<>();
    List<byte[]> documents = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      CloudEvent event = random(random);
      byte[] document = json.write(event);
      assertThat(json.read(document)).as("seed %d, event %d", seed, i).isEqualTo(event);
      events.add(event);
      documents.add(document);
    }
    // and all of them in one batch, with whatever may stand between
    byte[] batch = batch(random, documents);
    List<Range> ranges = JsonEvents.split(batch);
    assertThat(ranges).hasSameSizeAs(events);
    for (int i = 0; i < ranges.size(); i++) {
      byte[] part = Arrays.copyOfRange(batch, ranges.get(i).from(), ranges.get(i).to());
      assertThat(part).isEqualTo(documents.get(i));
      assertThat(json.read(part)).isEqualTo(events.get(i));
    }
  }

  private static byte[] batch(Random random, List<byte[]> documents) {
    java.io.ByteArrayOutputStream batch = new java.io.ByteArrayOutputStream();
    batch.writeBytes((space(random) + "[").getBytes(UTF_8));
    for (int i = 0; i < documents.size(); i++) {
      batch.writeBytes(((i == 0 ? "" : ",") + space(random)).getBytes(UTF_8));
      batch.writeBytes(documents.get(i));
      batch.writeBytes(space(random).getBytes(UTF_8));
    }
    batch.writeBytes(("]" + space(random)).getBytes(UTF_8));
    return batch.toByteArray();
  }

  private static String space(Random random) {
    return List.of("", "", " ", "\n", "\r\n\t ").get(random.nextInt(5));
  }

  private static CloudEvent random(Random random) {
    Map<String, Object> extensions = new HashMap<>();
    for (int n = random.nextInt(5); n > 0; n--) {
      extensions.put(
          "ext" + random.nextInt(100),
          switch (random.nextInt(3)) {
            case 0 -> random.nextInt();
            case 1 -> random.nextBoolean();
            default -> string(random);
          });
    }
    byte[] binary = new byte[random.nextInt(100)];
    random.nextBytes(binary);
    String contentType =
        List.of("application/json", "text/xml; charset=\"utf-16\"", "application/x.y+JSON; a=b", "")
            .get(random.nextInt(4));
    byte[] data =
        switch (random.nextInt(4)) {
          case 0 -> null;
          case 1 -> binary;
          case 2 -> string(random).getBytes(UTF_8);
          default -> value(random, 0).getBytes(UTF_8);
        };
    return new CloudEventV1(
        string(random),
        URI.create("urn:test:" + random.nextInt(2_000)),
        string(random),
        contentType.isEmpty() ? null : contentType,
        random.nextBoolean() ? null : URI.create("https://EXAMPLE.com/%7e" + random.nextInt(9)),
        random.nextBoolean() ? null : string(random),
        random.nextBoolean()
            ? null
            : OffsetDateTime.parse("2026-11-21T10:00:00+01:00").plusNanos(random.nextLong() >>> 8),
        data == null ? null : BytesCloudEventData.wrap(data),
        extensions);
  }

  private static String string(Random random) {
    StringBuilder text = new StringBuilder();
    for (int n = 1 + random.nextInt(12); n > 0; n--) {
      int c = random.nextInt(10);
      text.appendCodePoint(
          c == 0 ? 0x1F600 + random.nextInt(40) : c == 1 ? 0xE4 : ' ' + random.nextInt(95));
    }
    return text.toString();
  }

  /** Any JSON, spelled in any way. */
  private static String value(Random random, int depth) {
    String space = space(random);
    return switch (random.nextInt(depth > 4 ? 5 : 7)) {
      case 0 -> "null";
      case 1 -> random.nextBoolean() ? "true" : "false";
      case 2 -> List.of("0", "-0.0", "1E400", "-12.3450e-7", "9".repeat(40)).get(random.nextInt(5));
      case 3 -> "\"a\\u00e4\\\"\\/ü\\ud83d\\ude00\"";
      case 4 -> "\"\"";
      case 5 ->
          "[" + space + value(random, depth + 1) + space + "," + value(random, depth + 1) + "]";
      default ->
          "{\"a\""
              + space
              + ":"
              + value(random, depth + 1)
              + ",\"a\":"
              + space
              + value(random, depth + 1)
              + space
              + "}";
    };
  }

  @Test
  void extensions_of_types_that_json_lacks_come_back_in_their_canonical_form() {
    CloudEvent back =
        json.read(
            json.write(
                event(
                    null,
                    null,
                    Map.of(
                        "bool",
                        true,
                        "int",
                        -42,
                        "long",
                        5_000_000_000L,
                        "bin",
                        new byte[] {0, -1, 62},
                        "uri",
                        URI.create("https://example.com/a?b#c"),
                        "when",
                        OffsetDateTime.parse("2026-11-21T10:00:00.5+02:00")))));
    assertThat(back.getExtension("bool")).isEqualTo(true);
    assertThat(back.getExtension("int")).isEqualTo(-42);
    assertThat(back.getExtension("long")).isEqualTo("5000000000");
    assertThat(back.getExtension("bin")).isEqualTo("AP8+");
    assertThat(back.getExtension("uri")).isEqualTo("https://example.com/a?b#c");
    assertThat(back.getExtension("when")).isEqualTo("2026-11-21T10:00:00.5+02:00");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":1.10,\"a\":2}",
        "1e400",
        "0.1000000000000000055511151231257827",
        "\"x\"",
        "null",
        "[ 1,\n2 ]",
        "{}"
      })
  void d14_data_that_is_json_stands_in_the_document_as_it_is(String data) {
    byte[] document = json.write(event("application/json", data.getBytes(UTF_8), Map.of()));
    assertThat(new String(document, UTF_8)).endsWith(",\"data\":" + data + "}");
    assertThat(text(json.read(document))).isEqualTo(data);
  }

  @ParameterizedTest
  @CsvSource({
    "application/json, ''",
    "application/json, '{\"a\":'",
    "application/json, '1 2'",
    "application/json, ' {}'",
    "application/json, '{} '",
    "application/json, NaN",
    "text/plain, plain",
    "text/plain, '{}'",
    ", '{}'",
  })
  void d14_all_other_data_stands_there_in_base64(@Nullable String contentType, String data) {
    CloudEvent event = event(contentType, data.getBytes(UTF_8), Map.of());
    byte[] document = json.write(event);
    assertThat(new String(document, UTF_8)).contains("\"data_base64\"").doesNotContain("\"data\"");
    assertThat(json.read(document)).isEqualTo(event);
  }

  @Test
  void no_data_and_empty_data_are_different() {
    assertThat(data(json.read(json.write(event("text/plain", null, Map.of()))))).isNull();
    assertThat(data(json.read(json.write(event("text/plain", new byte[0], Map.of()))))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 498, 499, 500, 501, 600})
  void d14_deep_data_comes_back_whatever_its_depth(int depth) {
    byte[] data = ("[".repeat(depth) + "]".repeat(depth)).getBytes(UTF_8);
    CloudEvent event = event("application/json", data, Map.of());
    byte[] document = json.write(event);
    assertThat(json.read(document)).isEqualTo(event);
    byte[] batch = ("[" + new String(document, UTF_8) + "]").getBytes(UTF_8);
    assertThat(JsonEvents.split(batch)).containsExactly(new Range(1, batch.length - 1));
  }

  @Test
  void attributes_stand_there_as_the_specification_says() {
    CloudEvent event =
        new CloudEventV1(
            "id-ü\n",
            URI.create("/orders"),
            "test.v1",
            "text/plain",
            URI.create("https://example.com/s"),
            "a \"b\"",
            OffsetDateTime.parse("2026-11-21T10:00Z"),
            BytesCloudEventData.wrap(new byte[] {1}),
            Map.of("flag", true));
    assertThat(new String(json.write(event), UTF_8))
        .isEqualTo(
            "{\"specversion\":\"1.0\",\"id\":\"id-ü\\n\",\"source\":\"/orders\",\"type\":\"test.v1\","
                + "\"datacontenttype\":\"text/plain\",\"dataschema\":\"https://example.com/s\","
                + "\"subject\":\"a \\\"b\\\"\",\"time\":\"2026-11-21T10:00:00Z\",\"flag\":true,"
                + "\"data_base64\":\"AQ==\"}");
  }

  // ---- reading what others write ---------------------------------------------------------------

  @Test
  void null_is_as_good_as_absent() {
    CloudEvent event =
        read(
            ",\"subject\":null,\"time\":null,\"datacontenttype\":null,\"dataschema\":null,"
                + "\"comexample\":null,\"data_base64\":null");
    assertThat(event)
        .isEqualTo(
            new CloudEventV1(
                "1", URI.create("urn:a"), "t", null, null, null, null, null, Map.of()));
  }

  @Test
  void names_are_read_in_any_case_and_of_a_repeated_one_the_last_counts() {
    CloudEvent event = read(",\"ID\":\"2\",\"traceParent\":\"00-1\",\"Subject\":\"s\"");
    assertThat(event.getId()).isEqualTo("2");
    assertThat(event.getSubject()).isEqualTo("s");
    assertThat(event.getExtensionNames()).containsExactly("traceparent");
  }

  @Test
  void d14_extension_values_outside_the_type_system_are_kept_as_their_json() {
    CloudEvent event =
        read(
            ",\"big\":5000000000,\"half\":0.50,\"map\":{ \"a\": [1] },\"list\":[1, 2],\"min\":-2147483648");
    assertThat(event.getExtension("big")).isEqualTo("5000000000");
    assertThat(event.getExtension("half")).isEqualTo("0.50");
    assertThat(event.getExtension("map")).isEqualTo("{ \"a\": [1] }");
    assertThat(event.getExtension("list")).isEqualTo("[1, 2]");
    assertThat(event.getExtension("min")).isEqualTo(Integer.MIN_VALUE);
  }

  @Test
  void data_before_its_content_type_is_read_as_that_says() {
    CloudEvent event = read(",\"data\":\"<a/>\",\"datacontenttype\":\"text/xml\"");
    assertThat(text(event)).isEqualTo("<a/>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'{ \"a\" : 1.0 }' | '{ \"a\" : 1.0 }'",
        "'\"just \\u0061 string\"' | '\"just \\u0061 string\"'",
        "null | null",
        "12 | 12",
      })
  void data_without_a_content_type_is_json_and_says_so(String member, String data) {
    CloudEvent event = read(",\"data\":" + member + ",\"x\":\"y\"");
    assertThat(text(event)).isEqualTo(data);
    assertThat(event.getDataContentType()).isEqualTo("application/json");
  }

  @ParameterizedTest
  @CsvSource({
    "text/plain, UTF-8",
    "text/plain; charset=ISO-8859-1, ISO-8859-1",
    "text/plain; a=b; Charset = \"utf-16le\", UTF-16LE",
  })
  void text_data_is_encoded_as_its_content_type_says(String contentType, String charset) {
    String quoted = contentType.replace("\"", "\\\"");
    CloudEvent event = read(",\"datacontenttype\":\"" + quoted + "\",\"data\":\"\\u00fc\\n\"");
    assertThat(data(event)).isEqualTo("ü\n".getBytes(Charset.forName(charset)));
  }

  @Test
  void null_as_data_that_is_not_json_is_no_data() {
    CloudEvent event = read(",\"datacontenttype\":\"text/plain\",\"data\":null");
    assertThat(event.getData()).isNull();
    assertThat(text(read(",\"data\":null,\"data_base64\":\"YQ==\""))).isEqualTo("a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "[]",
        "\"text\"",
        "{",
        "{\"a\":1",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\":01}",
        "{} {}",
        "{}x",
        "\uFEFF{}",
        "{\"data\":1,\"data_base64\":\"AA==\"}",
        "{\"data_base64\":\"%\"}",
        "{\"datacontenttype\":\"text/plain\",\"data\":{}}",
        "{\"datacontenttype\":\"text/plain; charset=us-ascii\",\"data\":\"ü\"}",
        "{\"datacontenttype\":\"text/plain; charset=klingon\",\"data\":\"a\"}",
      })
  void d05_what_is_no_json_event_is_told_without_its_content(String document) {
    assertThatThrownBy(() -> json.read(document.getBytes(UTF_8)))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-CE-005");
  }

  @Test
  void d05_other_encodings_and_no_value_at_all_are_refused() {
    for (byte[] document : new byte[][] {null, ("{" + REQUIRED + "}").getBytes(UTF_16BE)}) {
      assertThatThrownBy(() -> json.read(document)).hasMessageStartingWith("SP-CE-005");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'\"specversion\":\"0.3\"' | SP-CE-003",
        "'\"specversion\":null' | SP-CE-002",
        "'\"id\":\"\"' | SP-CE-002",
        "'\"id\":7' | SP-CE-004",
        "'\"type\":{}' | SP-CE-004",
        "'\"source\":\"{\"' | SP-CE-004",
        "'\"time\":\"yesterday\"' | SP-CE-004",
        "'\"data_base64\":5' | SP-CE-004",
      })
  void d05_a_missing_or_malformed_attribute_is_told(String member, String code) {
    assertThatThrownBy(() -> read("," + member))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith(code);
  }

  // ---- batches ---------------------------------------------------------------------------------

  @Test
  void a_batch_may_be_empty_and_its_elements_anything() {
    assertThat(JsonEvents.split(" [ ] ".getBytes(UTF_8))).isEmpty();
    assertThat(JsonEvents.split("[1, \"ü]\",{}, [ ],null]".getBytes(UTF_8)))
        .containsExactly(
            new Range(1, 2),
            new Range(4, 9),
            new Range(10, 12),
            new Range(14, 17),
            new Range(18, 22));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "[",
        "[1",
        "[1,]",
        "[1 2]",
        "[{\"a\":}]",
        "[]]",
        "[] []",
        "[\"a]",
        "\uFEFF[]"
      })
  void d05_what_is_no_array_is_told(String batch) {
    assertThatThrownBy(() -> JsonEvents.split(batch.getBytes(UTF_8)))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-CE-006");
  }

  @Test
  void d05_a_batch_without_a_value_is_told() {
    assertThatThrownBy(() -> JsonEvents.split(null)).hasMessageStartingWith("SP-CE-006");
  }
}
