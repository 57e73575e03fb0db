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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
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
 * says {@code BigDecimal}, and written in plain notation; dates and times as ISO 8601 text; and
 * within limits of size, depth and length, which stand in {@code docs/defaults.md}. No error of it
 * quotes a payload.
 *
 * <p>It checks no schema; {@link JsonSchema} does.
 *
 * <p>Immutable and thread-safe.
 */
public final class Json implements Codec {
  private static final Json DEFAULT = new Json(settings().build());

  static final String CONTENT_TYPE = "application/json";

  private final JsonMapper mapper;
  private final Map<Class<?>, ObjectReader> readers = new ConcurrentHashMap<>();

  private Json(JsonMapper mapper) {
    this.mapper = mapper;
  }

  static JsonMapper.Builder settings() {
    return JsonMapper.builder(JsonLimits.factory())
        .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
        .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
        .disable(DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS);
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
   * @param mapper the mapper; it should write properties in a fixed order, and have limits
   * @return a codec
   */
  public static Codec codec(JsonMapper mapper) {
    return of(mapper);
  }

  /**
   * A JSON codec that knows how values are written and read, such as one generated from a contract;
   * with the limits and errors of {@link #codec()}, and duplicate properties refused as there.
   *
   * @param form of the payload's class
   * @return a codec
   */
  public static Codec codec(JsonForm<?> form) {
    return codec(form, CONTENT_TYPE);
  }

  /**
   * As {@link #codec(JsonForm)}, of a kind of JSON.
   *
   * @param form of the payload's class
   * @param contentType what events say that they carry, such as {@code application/vnd.order+json};
   *     all kinds of JSON are read
   * @return a codec
   */
  public static Codec codec(JsonForm<?> form, String contentType) {
    return new JsonFormCodec(
        requireNonNull(form, "form"), requireNonNull(contentType, "contentType"));
  }

  /** The codec as what other codecs of JSON build on. */
  static Json of(JsonMapper mapper) {
    return new Json(requireNonNull(mapper, "mapper"));
  }

  static Json usual() {
    return DEFAULT;
  }

  @Override
  public <T> Encoded encode(EventType<T> type, T data) {
    return Encoded.of(write(type, data), CONTENT_TYPE);
  }

  byte[] write(EventType<?> type, Object data) {
    byte[] body;
    try {
      body = mapper.writeValueAsBytes(data);
    } catch (RuntimeException unfit) {
      throw unwritable(type, unfit);
    }
    checkWritten(type, mapper, body);
    return body;
  }

  /** What no reader would take is not written. */
  static void checkWritten(EventType<?> type, JsonMapper mapper, byte[] body) {
    String tooLong = tooLong(mapper, body);
    if (tooLong != null) {
      throw unwritable(type, tooLong, null);
    }
  }

  static MessagingException unwritable(EventType<?> type, String why, @Nullable Throwable cause) {
    return new MessagingException(
        "SP-SCHEMA-001",
        "The payload of "
            + type
            + ", a "
            + type.payload().getName()
            + ", cannot be written as JSON: "
            + why
            + ". Mend the class, or make the payload smaller.",
        cause);
  }

  static MessagingException unwritable(EventType<?> type, RuntimeException unfit) {
    return unwritable(type, what(unfit), Redacted.of(unfit));
  }

  @Override
  public <T> T decode(EventType<T> type, Encoded encoded) {
    checkContentType(type, encoded.contentType());
    return read(type, encoded.bytes(), 0);
  }

  <T> T read(EventType<T> type, byte[] bytes, int offset) {
    checkLength(type, mapper, bytes);
    return read(type, reader -> reader.readValue(bytes, offset, bytes.length - offset));
  }

  /** What was written as a tree; refused if no reader would take it. */
  JsonNode written(EventType<?> type, byte[] bytes) {
    try {
      return mapper.readTree(bytes);
    } catch (RuntimeException unreadable) {
      throw unwritable(
          type,
          "what was written cannot be read again, " + what(unreadable),
          Redacted.of(unreadable));
    }
  }

  /** The body as a tree, of which {@link #map} makes the payload. */
  JsonNode tree(EventType<?> type, byte[] bytes, int offset) {
    checkLength(type, mapper, bytes);
    try {
      return mapper.readTree(bytes, offset, bytes.length - offset);
    } catch (RuntimeException unreadable) {
      throw unreadable(type, what(unreadable), unreadable);
    }
  }

  <T> T map(EventType<T> type, JsonNode tree) {
    return read(type, reader -> reader.readValue(tree));
  }

  private <T> T read(EventType<T> type, Function<ObjectReader, T> read) {
    T data;
    try {
      data = read.apply(readers.computeIfAbsent(type.payload(), mapper::readerFor));
    } catch (RuntimeException unreadable) {
      // Jackson's own, and what it lets through, such as a NumberFormatException of 1e99999999999.
      throw unreadable(type, what(unreadable), unreadable);
    }
    if (data == null) {
      throw unreadable(type, "the body is null", null);
    }
    return data;
  }

  static void checkContentType(EventType<?> type, @Nullable String contentType) {
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
  }

  /** Jackson measures streams, and no arrays. */
  private static @Nullable String tooLong(JsonMapper mapper, byte[] bytes) {
    long limit = mapper.tokenStreamFactory().streamReadConstraints().getMaxDocumentLength();
    return limit > 0 && bytes.length > limit
        ? "it has " + bytes.length + " bytes, and " + limit + " are the limit of its mapper"
        : null;
  }

  static void checkLength(EventType<?> type, JsonMapper mapper, byte[] bytes) {
    String tooLong = tooLong(mapper, bytes);
    if (tooLong != null) {
      throw unreadable(type, tooLong, null);
    }
  }

  static DecodeException unreadable(EventType<?> type, String why, @Nullable Throwable cause) {
    return new DecodeException(
        "SP-SCHEMA-003",
        "The body of an event of "
            + type
            + " is no JSON of "
            + type.payload().getName()
            + ": "
            + why
            + ". Its bytes are kept in the dead letter.",
        cause == null ? null : Redacted.of(cause));
  }

  /**
   * What went wrong and where, and nothing of the payload, which may hold what must not be logged.
   */
  static String what(RuntimeException any) {
    if (!(any instanceof JacksonException failure)) {
      return any.getClass().getSimpleName();
    }
    TokenStreamLocation location = failure.getLocation();
    String path = path(failure);
    return failure.getClass().getSimpleName()
        + (location == null
            ? ""
            : " at line " + location.getLineNr() + ", column " + location.getColumnNr())
        + (path.isEmpty() ? "" : " (" + path + ")")
        // Of a limit the message names the limit, and quotes nothing.
        + (failure instanceof StreamConstraintsException
            ? ": " + failure.getOriginalMessage()
            : "");
  }

  /** Keys of maps are data. */
  private static String path(JacksonException failure) {
    StringBuilder path = new StringBuilder();
    for (JacksonException.Reference step : failure.getPath()) {
      boolean map = step.from() instanceof Map || step.from() == Map.class;
      String name = map ? "*" : step.getPropertyName();
      path.append('/').append(name == null ? String.valueOf(step.getIndex()) : name);
    }
    return path.toString();
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
