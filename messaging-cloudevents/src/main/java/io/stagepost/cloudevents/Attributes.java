package io.stagepost.cloudevents;

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

/**
 * The attributes of an event that is being read, each null until it is met. Of a repeated one the
 * last counts. For one thread.
 */
public final class Attributes {
  /**
   * Where attributes stand, for errors.
   *
   * @param place what is said before an attribute's name: {@code "header ce_"}
   * @param remedy what to do if one is missing, in a sentence
   */
  public record Form(String place, String remedy) {
    static final Form JSON =
        new Form("member ", "Let its producer write the JSON event format of CloudEvents 1.0.");
  }

  /** The attribute {@code specversion}. */
  public @Nullable String specVersion;

  /** The attribute {@code id}. */
  public @Nullable String id;

  /** The attribute {@code source}. */
  public @Nullable String source;

  /** The attribute {@code type}. */
  public @Nullable String type;

  /** The attribute {@code subject}. */
  public @Nullable String subject;

  /** The attribute {@code dataschema}. */
  public @Nullable String dataSchema;

  /** The attribute {@code datacontenttype}. */
  public @Nullable String contentType;

  /** The attribute {@code time}, RFC 3339 in ASCII. */
  public byte @Nullable [] time;

  private @Nullable Map<String, Object> extensions;

  /** None yet. */
  public Attributes() {}

  /**
   * Takes an extension.
   *
   * @param name its name, in lower case
   * @param value of one of the types that the CloudEvents SDK has for them
   */
  public void extension(String name, Object value) {
    if (extensions == null) {
      extensions = new HashMap<>();
    }
    extensions.put(name, value);
  }

  /**
   * Whether it has none of those that every CloudEvent has.
   *
   * @return whether the message is something else, not a damaged event
   */
  public boolean isNoEvent() {
    return specVersion == null && id == null && source == null && type == null;
  }

  /**
   * The event that has them.
   *
   * @param form where they stood
   * @param uris makes URIs of text; throws {@link IllegalArgumentException}
   * @param data the event's data
   * @return the event
   * @throws DecodeException if one is missing or malformed
   */
  public CloudEvent event(
      Form form, BoundedCache<String, URI> uris, @Nullable CloudEventData data) {
    String version = required(form, "specversion", specVersion);
    if (!version.equals("1.0")) {
      throw new DecodeException(
          "SP-CE-003",
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
          "SP-CE-002",
          "A message is no CloudEvent: the "
              + form.place()
              + attribute
              + (value == null ? " is missing. " : " is empty. ")
              + form.remedy(),
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
        "SP-CE-004",
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
