package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.v1.CloudEventV1;
import io.stagepost.DecodeException;
import java.net.URI;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The attributes of an event that is being read. Of a repeated one the last counts. */
final class Attributes {
  /** Where attributes stand, for errors. */
  enum Form {
    HEADERS(
        "header ce_",
        "Let its producer write CloudEvents; if its topic holds plain records, say what they mean:"
            + " KafkaTransport.builder().mapping(topic, ...)."),
    JSON("member ", "Let its producer write the JSON event format of CloudEvents 1.0.");

    private final String place;
    private final String remedy;

    Form(String place, String remedy) {
      this.place = place;
      this.remedy = remedy;
    }
  }

  @Nullable String specVersion;
  @Nullable String id;
  @Nullable String source;
  @Nullable String type;
  @Nullable String subject;
  @Nullable String dataSchema;
  @Nullable String contentType;
  byte @Nullable [] time;
  private @Nullable Map<String, Object> extensions;

  void extension(String name, Object value) {
    if (extensions == null) {
      extensions = new HashMap<>();
    }
    extensions.put(name, value);
  }

  /** Whether it has none of those that every CloudEvent has. */
  boolean isNoEvent() {
    return specVersion == null && id == null && source == null && type == null;
  }

  /**
   * The event that has them.
   *
   * @throws DecodeException if one is missing or malformed
   */
  CloudEvent event(Form form, BoundedCache<String, URI> uris, @Nullable CloudEventData data) {
    String version = required(form, "specversion", specVersion);
    if (!version.equals("1.0")) {
      throw new DecodeException(
          "SP-KAFKA-022",
          "A message has the CloudEvents specversion \""
              + brief(version)
              + "\"; only 1.0 is read. Let its producer write 1.0.",
          null);
    }
    return new CloudEventV1(
        required(form, "id", id),
        uri(uris, "source", required(form, "source", source)),
        required(form, "type", type),
        contentType,
        dataSchema == null ? null : uri(uris, "dataschema", dataSchema),
        subject,
        time == null ? null : timestamp(time),
        data,
        extensions == null ? Map.of() : extensions);
  }

  private static String required(Form form, String attribute, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw new DecodeException(
          "SP-KAFKA-021",
          "A message is no CloudEvent: the "
              + form.place
              + attribute
              + (value == null ? " is missing. " : " is empty. ")
              + form.remedy,
          null);
    }
    return value;
  }

  private static URI uri(BoundedCache<String, URI> uris, String attribute, String value) {
    try {
      return uris.get(value);
    } catch (IllegalArgumentException noUri) {
      throw malformed(attribute, value, "a URI reference", noUri);
    }
  }

  private static OffsetDateTime timestamp(byte[] value) {
    try {
      return Rfc3339.parse(value);
    } catch (DateTimeException noTime) {
      throw malformed("time", new String(value, UTF_8), "an RFC 3339 timestamp", noTime);
    }
  }

  static DecodeException malformed(
      String attribute, String value, String form, @Nullable Throwable cause) {
    return new DecodeException(
        "SP-KAFKA-023",
        "A message is no CloudEvent: its "
            + attribute
            + " is \""
            + brief(value)
            + "\", which is not "
            + form
            + ".",
        cause);
  }

  private static String brief(String value) {
    return value.length() <= 100 ? value : value.substring(0, 100) + "…";
  }
}
