package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.format.EventDeserializationException;
import io.cloudevents.core.v1.CloudEventV1;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.CloudEventDeserializer;
import io.cloudevents.kafka.CloudEventSerializer;
import io.cloudevents.rw.CloudEventRWException;
import io.stagepost.ContentMode;
import io.stagepost.cloudevents.BoundedCache;
import io.stagepost.cloudevents.JsonEvents;
import io.stagepost.spi.Message;
import java.net.URI;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the CloudEvents SDK does with events on Kafka, beside what we do. A test that fails because
 * the SDK has mended something takes a line off the page {@code docs/kafka.md}.
 */
class SdkDifferencesTest {
  private static final String REQUIRED =
      "\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"urn:a\",\"type\":\"t\"";

  private final CloudEventDeserializer sdk = new CloudEventDeserializer();
  private final JsonFormat sdkJson = new JsonFormat();
  private final KafkaBinding binding = new KafkaBinding(ContentMode.BINARY, Map.of());
  private final JsonEvents json = new JsonEvents(new BoundedCache<>(URI::create));

  private static CloudEvent event(byte[] data) {
    return new CloudEventV1(
        "1",
        URI.create("urn:a"),
        "t",
        "application/json",
        null,
        null,
        null,
        BytesCloudEventData.wrap(data),
        Map.of());
  }

  private static RecordHeaders headers(@Nullable String... namesAndValues) {
    RecordHeaders headers = new RecordHeaders();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      String value = namesAndValues[i + 1];
      headers.add(
          new KafkaHeaders.Raw(
              requireNonNull(namesAndValues[i]), value == null ? null : value.getBytes(UTF_8)));
    }
    return headers;
  }

  private static Message message(RecordHeaders headers, byte @Nullable [] body) {
    return new Message("topic", null, new KafkaHeaders(headers.toArray()), body);
  }

  private static byte[] document(String members) {
    return ("{" + REQUIRED + "," + members + "}").getBytes(UTF_8);
  }

  private static @Nullable String data(CloudEvent event) {
    return event.getData() == null ? null : new String(event.getData().toBytes(), UTF_8);
  }

  @ParameterizedTest
  @CsvSource({"Content-Type", "CE_SpecVersion"})
  void names_in_upper_case(String name) {
    boolean structured = name.equals("Content-Type");
    RecordHeaders headers =
        structured
            ? headers(name, "application/cloudevents+json")
            : headers(name, "1.0", "ce_id", "1", "ce_source", "urn:a", "ce_type", "t");
    byte[] body = document("\"data\":1");
    assertThatThrownBy(() -> sdk.deserialize("topic", headers, body))
        .isInstanceOf(CloudEventRWException.class);
    assertThat(binding.decode(message(headers, body)).getId()).isEqualTo("1");
  }

  @Test
  void an_event_that_is_sent_on_with_the_headers_it_came_with() {
    RecordHeaders headers = new RecordHeaders();
    try (CloudEventSerializer serializer = new CloudEventSerializer()) {
      var unused = serializer.serialize("topic", headers, event(new byte[] {1}));
      unused = serializer.serialize("topic", headers, event(new byte[] {1}));
    }
    assertThat(headers.headers("ce_id")).hasSize(2);
    Message once = binding.encode("topic", null, event(new byte[] {1}));
    Message again = binding.encode("topic", null, binding.decode(once));
    assertThat(again.headers()).hasSameSizeAs(once.headers());
  }

  @Test
  void empty_data() {
    Message empty = binding.encode("topic", null, event(new byte[0]));
    Header[] headers = KafkaHeaders.raw(empty.headers());
    assertThat(sdk.deserialize("topic", new RecordHeaders(headers), empty.body()).getData())
        .isNull();
    assertThat(data(binding.decode(empty))).isEmpty();
  }

  @Test
  void a_content_type_without_a_value() {
    RecordHeaders headers =
        headers(
            "ce_specversion",
            "1.0",
            "ce_id",
            "1",
            "ce_source",
            "urn:a",
            "ce_type",
            "t",
            "content-type",
            null);
    assertThatThrownBy(() -> sdk.deserialize("topic", headers, new byte[] {1}))
        .isInstanceOf(NullPointerException.class);
    assertThat(binding.decode(message(headers, new byte[] {1})).getDataContentType()).isNull();
  }

  @Test
  void json_with_an_extension_of_null() {
    byte[] document = document("\"tenant\":null");
    assertThat(sdkJson.deserialize(document).getExtension("tenant")).isEqualTo("null");
    assertThat(json.read(document).getExtension("tenant")).isNull();
  }

  @Test
  void json_with_a_decimal_that_no_double_holds() {
    byte[] document = document("\"data\":{ \"amount\": 12345678901234567.89 }");
    assertThat(data(sdkJson.deserialize(document))).isNotNull().doesNotContain("67.89");
    assertThat(data(json.read(document))).isEqualTo("{ \"amount\": 12345678901234567.89 }");
  }

  @Test
  void json_with_data_of_a_vendors_json() {
    byte[] document =
        document("\"datacontenttype\":\"application/vnd.example+json\",\"data\":{\"a\":1}");
    assertThatThrownBy(() -> sdkJson.deserialize(document))
        .isInstanceOf(EventDeserializationException.class);
    assertThat(data(json.read(document))).isEqualTo("{\"a\":1}");
  }

  @ParameterizedTest
  @CsvSource({"''", "'{\"a\":'"})
  void json_of_data_that_is_no_json(String data) {
    CloudEvent event = event(data.getBytes(UTF_8));
    byte[] bySdk = sdkJson.serialize(event);
    assertThatThrownBy(() -> json.read(bySdk)).hasMessageStartingWith("SP-CE-005");
    assertThat(json.read(json.write(event))).isEqualTo(event);
  }
}
