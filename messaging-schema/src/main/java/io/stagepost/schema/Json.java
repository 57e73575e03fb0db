package io.stagepost.schema;

import static java.util.Objects.requireNonNull;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON (RFC 8259) on Jackson 3.
 *
 * <p>As we set it up: properties in a fixed order (a record's as declared), so that equal payloads
 * give equal bytes; unknown properties ignored, so that a reader survives a newer writer; duplicate
 * properties and trailing text refused; null for a primitive refused, while a missing property
 * gives null or zero; decimals exact, never by way of a binary {@code double} where the payload
 * says {@code BigDecimal}, and written in plain notation; dates and times as ISO 8601 text.
 *
 * <p>Immutable and thread-safe.
 */
public final class Json implements Codec {
  private static final Json DEFAULT =
      new Json(
          JsonMapper.builder()
              .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
              .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
              .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
              .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
              .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
              .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
              .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
              .disable(DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
              .build());

  private final JsonMapper mapper;
  private final Map<Class<?>, ObjectReader> readers = new ConcurrentHashMap<>();

  private Json(JsonMapper mapper) {
    this.mapper = mapper;
  }

  /**
   * The JSON codec.
   *
   * @return the same at every call
   */
  public static Codec codec() {
    return DEFAULT;
  }

  /**
   * A JSON codec on a mapper of the caller's, with all its settings.
   *
   * @param mapper the mapper; it should write properties in a fixed order
   * @return a codec
   */
  public static Codec codec(JsonMapper mapper) {
    return new Json(requireNonNull(mapper, "mapper"));
  }

  @Override
  public <T> Encoded encode(EventType<T> type, T data) {
    try {
      return Encoded.of(mapper.writeValueAsBytes(data), "application/json");
    } catch (JacksonException unfit) {
      throw new MessagingException(
          "SP-SCHEMA-001",
          "The payload of "
              + type
              + ", a "
              + type.payload().getName()
              + ", cannot be written as JSON at "
              + at(unfit)
              + ": "
              + unfit.getOriginalMessage()
              + ".",
          unfit);
    }
  }

  @Override
  public <T> T decode(EventType<T> type, Encoded encoded) {
    String contentType = encoded.contentType();
    if (contentType != null && !isJson(contentType)) {
      throw new DecodeException(
          "SP-SCHEMA-002",
          "An event of "
              + type
              + " came with the content type "
              + contentType
              + ", not JSON; give the event type the codec that its publisher uses.",
          null);
    }
    try {
      T data =
          readers.computeIfAbsent(type.payload(), mapper::readerFor).readValue(encoded.bytes());
      if (data == null) {
        throw unreadable(type, "the body is null", null);
      }
      return data;
    } catch (JacksonException unreadable) {
      // Only where and what kind: the text itself may hold what must not be logged.
      throw unreadable(
          type, unreadable.getClass().getSimpleName() + " at " + at(unreadable), unreadable);
    }
  }

  private static DecodeException unreadable(
      EventType<?> type, String why, @Nullable Throwable cause) {
    return new DecodeException(
        "SP-SCHEMA-003",
        "The body of an event of "
            + type
            + " is no JSON of "
            + type.payload().getName()
            + ": "
            + why
            + ". Its bytes are kept in the dead letter.",
        cause);
  }

  private static String at(JacksonException failure) {
    String path = failure instanceof DatabindException databind ? databind.getPathReference() : "";
    return failure.getLocation() == null
        ? path
        : "line "
            + failure.getLocation().getLineNr()
            + ", column "
            + failure.getLocation().getColumnNr()
            + (path.isEmpty() ? "" : " (" + path + ")");
  }

  private static boolean isJson(String contentType) {
    String mediaType = contentType.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
    return mediaType.equals("application/json")
        || mediaType.endsWith("+json")
        || mediaType.equals("text/json");
  }

  @Override
  public String toString() {
    return "JSON";
  }
}
