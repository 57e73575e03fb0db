package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Locale;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** The media types that tell how a record holds events. All are compared without regard to case. */
final class ContentTypes {
  static final String HEADER = "content-type";
  static final String JSON_EVENT = "application/cloudevents+json";

  /** What the content types of structured and batched mode begin with. */
  private static final String CLOUD_EVENTS = "application/cloudevents";

  private static final String BATCH = "-batch";

  private ContentTypes() {}

  /** Whether the value holds attributes and data, of one event or several. */
  static boolean isStructured(String contentType) {
    return contentType.length() >= CLOUD_EVENTS.length()
        && (contentType.charAt(CLOUD_EVENTS.length() - 1) | ' ') == 's' // most differ here
        && contentType.regionMatches(true, 0, CLOUD_EVENTS, 0, CLOUD_EVENTS.length());
  }

  static boolean isJsonEvent(String contentType) {
    return isStructured(contentType) && mediaType(contentType).equals(CLOUD_EVENTS + "+json");
  }

  static boolean isJsonBatch(String contentType) {
    return isStructured(contentType)
        && mediaType(contentType).equals(CLOUD_EVENTS + BATCH + "+json");
  }

  /** What a batch's content type is for one of its events; parameters are kept. */
  static String ofOneEvent(String batch) {
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

  /** The last header of that name that has a value; -1 if there is none. */
  static int find(Header[] headers) {
    int i = headers.length - 1;
    while (i >= 0 && (headers[i].value() == null || !headers[i].key().equalsIgnoreCase(HEADER))) {
      i--;
    }
    return i;
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

  static String text(byte[] value) {
    return new String(value, UTF_8);
  }
}
