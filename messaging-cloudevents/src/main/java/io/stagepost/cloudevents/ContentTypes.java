package io.stagepost.cloudevents;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The media types that tell how a message holds events. All are compared without regard to case.
 */
public final class ContentTypes {
  /** One event in JSON. */
  public static final String JSON_EVENT = "application/cloudevents+json";

  /**
   * The header with which Confluent's serializers name the schema of a message's value: bytes. Of a
   * batch it says nothing about the events in it.
   */
  public static final String SCHEMA_HEADER = "__value_schema_id";

  /** What the content types of structured and batched mode begin with. */
  private static final String CLOUD_EVENTS = "application/cloudevents";

  private static final String BATCH = "-batch";

  private ContentTypes() {}

  /**
   * Whether the body holds attributes and data, of one event or several.
   *
   * @param contentType a message's
   * @return whether it begins as the content types of structured and batched mode do
   */
  public static boolean isStructured(String contentType) {
    return contentType.length() >= CLOUD_EVENTS.length()
        && (contentType.charAt(CLOUD_EVENTS.length() - 1) | ' ') == 's' // most differ here
        && contentType.regionMatches(true, 0, CLOUD_EVENTS, 0, CLOUD_EVENTS.length());
  }

  /**
   * Whether the body is one event in JSON.
   *
   * @param contentType a message's
   * @return whatever its parameters are
   */
  public static boolean isJsonEvent(String contentType) {
    return isStructured(contentType) && mediaType(contentType).equals(CLOUD_EVENTS + "+json");
  }

  /**
   * Whether the body is a batch of events in JSON.
   *
   * @param contentType a message's
   * @return whatever its parameters are
   */
  public static boolean isJsonBatch(String contentType) {
    return isStructured(contentType)
        && mediaType(contentType).equals(CLOUD_EVENTS + BATCH + "+json");
  }

  /**
   * What a batch's content type is for one of its events.
   *
   * @param batch the content type of the batch
   * @return with the same parameters
   */
  public static String ofOneEvent(String batch) {
    return CLOUD_EVENTS + batch.substring((CLOUD_EVENTS + BATCH).length());
  }

  /** Whether data of that type is JSON (CloudEvents JSON event format 1.0.2, section 3.1.1). */
  static boolean isJson(String contentType) {
    String mediaType = mediaType(contentType);
    return mediaType.endsWith("/json") || mediaType.endsWith("+json");
  }

  /** Without parameters, in lower case. */
  private static String mediaType(String contentType) {
    int end = contentType.indexOf(';');
    return (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  /** A parameter's value, without quotes; null if the content type has none. */
  static @Nullable String parameter(String contentType, String name) {
    String[] parts = contentType.split(";", -1);
    for (int i = 1; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      if (equals >= 0 && parts[i].substring(0, equals).strip().equalsIgnoreCase(name)) {
        return parts[i].substring(equals + 1).strip().replace("\"", "");
      }
    }
    return null;
  }

  /**
   * Text in UTF-8.
   *
   * @param value the bytes
   * @return what is no UTF-8 replaced
   */
  public static String text(byte[] value) {
    return new String(value, UTF_8);
  }
}
