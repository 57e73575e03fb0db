package io.stagepost.cloudevents;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.data.BytesCloudEventData;
import io.stagepost.DecodeException;
import io.stagepost.cloudevents.Attributes.Form;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * The JSON event format of CloudEvents 1.0.2, one event or an array of them.
 *
 * <p>Data is never parsed into objects and written again: what is a JSON value in the document is
 * taken out, or put in, byte for byte. On the way out that goes for data whose content type says
 * JSON and that is one JSON value with nothing around it; all other data is written in Base64. So
 * what comes back is what went, with one exception: the format has no types of its own for binary,
 * URI and timestamp, so extensions of these come back as text.
 *
 * <p>Thread-safe.
 *
 * @see <a
 *     href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md">JSON
 *     event format 1.0.2</a>
 */
public final class JsonEvents {
  /** Reads data on its own. */
  private static final JsonFactory DATA = factory(StreamReadConstraints.DEFAULT_MAX_DEPTH);

  /** Reads events and batches, so that data which is just deep enough fits in. */
  private static final JsonFactory EVENTS = factory(StreamReadConstraints.DEFAULT_MAX_DEPTH + 2);

  private final BoundedCache<String, URI> uris;

  /**
   * The format.
   *
   * @param uris makes URIs of text
   */
  public JsonEvents(BoundedCache<String, URI> uris) {
    this.uris = uris;
  }

  private static JsonFactory factory(int depth) {
    return JsonFactory.builder()
        // always UTF-8, as RFC 8259 has it: only then the parser tells where in the bytes it is
        .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(depth)
                .maxStringLength(Integer.MAX_VALUE) // a message is bounded by the broker
                .build())
        .build();
  }

  private static JsonParser parser(JsonFactory factory, byte[] json) {
    return factory.createParser(ObjectReadContext.empty(), json);
  }

  // ---- out -------------------------------------------------------------------------------------

  /**
   * Writes one event.
   *
   * @param event any
   * @return the document
   */
  public byte[] write(CloudEvent event) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    try (JsonGenerator json = EVENTS.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      write(json, "specversion", "1.0");
      write(json, "id", event.getId());
      write(json, "source", event.getSource());
      write(json, "type", event.getType());
      write(json, "datacontenttype", event.getDataContentType());
      write(json, "dataschema", event.getDataSchema());
      write(json, "subject", event.getSubject());
      write(json, "time", event.getTime());
      for (String name : event.getExtensionNames()) {
        write(json, name, event.getExtension(name));
      }
      CloudEventData data = event.getData();
      if (data != null) {
        write(json, out, data.toBytes(), event.getDataContentType());
      }
      json.writeEndObject();
    }
    return out.toByteArray();
  }

  private static void write(JsonGenerator json, String name, @Nullable Object value) {
    if (value == null) {
      return;
    }
    json.writeName(name);
    if (value instanceof Boolean bool) {
      json.writeBoolean(bool);
    } else if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      json.writeNumber(((Number) value).intValue());
    } else {
      byte[] text = canonical(value);
      json.writeUTF8String(text, 0, text.length);
    }
  }

  private static void write(
      JsonGenerator json, ByteArrayOutputStream out, byte[] data, @Nullable String contentType) {
    if (contentType != null && ContentTypes.isJson(contentType) && isOneValue(data)) {
      json.writeName("data");
      json.writeRawValue(""); // the colon
      json.flush();
      out.writeBytes(data);
    } else {
      write(json, "data_base64", data);
    }
  }

  private static boolean isOneValue(byte[] data) {
    try (JsonParser parser = parser(DATA, data)) {
      return parser.nextToken() != null
          && from(parser) == 0
          && to(parser) == data.length
          && parser.nextToken() == null;
    } catch (JacksonException notJson) {
      return false;
    }
  }

  /**
   * A value's canonical string form (CloudEvents 1.0.2, type system).
   *
   * @param value an attribute's
   * @return in UTF-8
   */
  public static byte[] canonical(Object value) {
    if (value instanceof OffsetDateTime time) {
      return Rfc3339.write(time);
    }
    if (value instanceof byte[] binary) {
      return Base64.getEncoder().encode(binary);
    }
    return value.toString().getBytes(UTF_8);
  }

  // ---- in --------------------------------------------------------------------------------------

  /**
   * The event that a message in structured mode holds.
   *
   * @param contentType the message's, for which {@link ContentTypes#isStructured} holds
   * @param body the message's
   * @return the event
   * @throws DecodeException if it holds none, several, or one in another format
   */
  public CloudEvent structured(String contentType, byte @Nullable [] body) {
    if (ContentTypes.isJsonEvent(contentType)) {
      return read(body);
    }
    if (ContentTypes.isJsonBatch(contentType)) {
      throw new DecodeException(
          "SP-CE-007",
          "A message holds a batch of "
              + split(body).size()
              + " CloudEvents, and one was asked for. A subscription gets each of them.",
          null);
    }
    throw new DecodeException(
        "SP-CE-001",
        "A message with the content type "
            + contentType
            + " holds a CloudEvent in a format that is not read; let its producer write "
            + ContentTypes.JSON_EVENT
            + " or binary mode.",
        null);
  }

  /**
   * The event that a document holds.
   *
   * @param document one JSON object
   * @return the event
   * @throws DecodeException if it is none
   */
  public CloudEvent read(byte @Nullable [] document) {
    if (document == null) {
      throw malformed("it is missing", null);
    }
    try (JsonParser parser = parser(EVENTS, document)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw malformed("it is not a JSON object", null);
      }
      Reading reading = new Reading(document, parser);
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName().toLowerCase(Locale.ROOT);
        parser.nextToken();
        reading.take(name);
      }
      if (parser.nextToken() != null) {
        throw malformed("something follows the JSON object", null);
      }
      return reading.event();
    } catch (JacksonException malformed) {
      throw malformed(where(malformed), malformed);
    }
  }

  /** The members met so far; of a repeated one the last counts, and null is as good as none. */
  private final class Reading {
    private final byte[] document;
    private final JsonParser parser;
    private final Attributes attributes = new Attributes();
    private @Nullable String base64;

    /** The member {@code data} as it stands. */
    private byte @Nullable [] data;

    private @Nullable JsonToken dataToken;

    Reading(byte[] document, JsonParser parser) {
      this.document = document;
      this.parser = parser;
    }

    void take(String name) {
      switch (name) {
        case "specversion" -> attributes.specVersion = text(name);
        case "id" -> attributes.id = text(name);
        case "source" -> attributes.source = text(name);
        case "type" -> attributes.type = text(name);
        case "subject" -> attributes.subject = text(name);
        case "dataschema" -> attributes.dataSchema = text(name);
        case "datacontenttype" -> attributes.contentType = text(name);
        case "time" -> {
          String time = text(name);
          attributes.time = time == null ? null : time.getBytes(UTF_8);
        }
        case "data_base64" -> base64 = text(name);
        case "data" -> {
          dataToken = parser.currentToken();
          data = value();
        }
        default -> {
          Object value = extension();
          if (value != null) {
            attributes.extension(name, value);
          }
        }
      }
    }

    private @Nullable String text(String name) {
      JsonToken token = parser.currentToken();
      if (token == JsonToken.VALUE_NULL) {
        return null;
      }
      if (token != JsonToken.VALUE_STRING) {
        throw Attributes.malformed(name, ContentTypes.text(value()), "a JSON string", null);
      }
      return parser.getString();
    }

    /**
     * Booleans, integers and text by their type. What the type system has no place for, larger
     * numbers and secondary mappings, is kept as its JSON text.
     */
    private @Nullable Object extension() {
      JsonToken token = parser.currentToken();
      if (token == JsonToken.VALUE_NUMBER_INT
          && parser.getNumberType() == JsonParser.NumberType.INT) {
        return parser.getIntValue();
      }
      return switch (token) {
        case VALUE_NULL -> null;
        case VALUE_STRING -> parser.getString();
        case VALUE_TRUE -> true;
        case VALUE_FALSE -> false;
        default -> ContentTypes.text(value());
      };
    }

    /** The bytes of the current value; the parser stands at its end then. */
    private byte[] value() {
      int from = from(parser);
      return Arrays.copyOfRange(document, from, to(parser));
    }

    CloudEvent event() {
      byte[] bytes = base64 == null ? data() : binary(base64);
      return attributes.event(
          Form.JSON, uris, bytes == null ? null : BytesCloudEventData.wrap(bytes));
    }

    private byte[] binary(String base64) {
      if (data != null && dataToken != JsonToken.VALUE_NULL) {
        throw malformed("it has both data and data_base64", null);
      }
      try {
        return Base64.getDecoder().decode(base64);
      } catch (IllegalArgumentException notBase64) {
        throw malformed("its data_base64 is not Base64", notBase64);
      }
    }

    private byte @Nullable [] data() {
      if (data == null) {
        return null;
      }
      if (attributes.contentType == null) {
        attributes.contentType = "application/json"; // implied (section 3.1.2)
      }
      if (ContentTypes.isJson(attributes.contentType)) {
        return data;
      }
      if (dataToken == JsonToken.VALUE_NULL) {
        return null;
      }
      if (dataToken != JsonToken.VALUE_STRING) {
        throw malformed("its data is of a content type that is not JSON, but no string", null);
      }
      try (JsonParser string = parser(EVENTS, data)) {
        string.nextToken();
        return encoded(string.getString(), attributes.contentType);
      }
    }
  }

  /** Text as its content type says that it is encoded. */
  private static byte[] encoded(String text, String contentType) {
    String charset = ContentTypes.parameter(contentType, "charset");
    if (charset == null) {
      return text.getBytes(UTF_8);
    }
    try {
      ByteBuffer bytes = Charset.forName(charset).newEncoder().encode(CharBuffer.wrap(text));
      byte[] encoded = new byte[bytes.remaining()];
      bytes.get(encoded);
      return encoded;
    } catch (CharacterCodingException
        | IllegalArgumentException
        | UnsupportedOperationException unfit) {
      throw malformed("its data cannot be encoded in the charset of its datacontenttype", unfit);
    }
  }

  // ---- batches ---------------------------------------------------------------------------------

  /**
   * Where a JSON value lies.
   *
   * @param from its first byte
   * @param to the one behind its last
   */
  public record Range(int from, int to) {}

  /**
   * Whether a body can be a batch at all: a quick look that spares nearly all messages another at
   * their content type.
   *
   * @param body a message's
   * @return whether it begins as an array does
   */
  public static boolean mayBeBatch(byte @Nullable [] body) {
    if (body == null) {
      return false;
    }
    int i = 0;
    while (i < body.length && body[i] <= ' ' && body[i] > 0) {
      i++;
    }
    return i < body.length && body[i] == '[';
  }

  /**
   * Where each event of a batch lies.
   *
   * @param batch a JSON array
   * @return in their order
   * @throws DecodeException if it is not one JSON array from beginning to end
   */
  public static List<Range> split(byte @Nullable [] batch) {
    if (batch == null) {
      throw malformedBatch("it is missing", null);
    }
    try (JsonParser parser = parser(EVENTS, batch)) {
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        throw malformedBatch("it is not a JSON array", null);
      }
      List<Range> events = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        int from = from(parser);
        events.add(new Range(from, to(parser)));
      }
      if (parser.nextToken() != null) {
        throw malformedBatch("something follows the JSON array", null);
      }
      return events;
    } catch (JacksonException malformed) {
      throw malformedBatch(where(malformed), malformed);
    }
  }

  private static int from(JsonParser parser) {
    return (int) parser.currentTokenLocation().getByteOffset();
  }

  /** Behind the current value, however deep it is. */
  private static int to(JsonParser parser) {
    parser.skipChildren();
    parser.finishToken();
    return (int) parser.currentLocation().getByteOffset();
  }

  // ---- errors ----------------------------------------------------------------------------------

  /** Only where and what kind: the text itself may hold what must not be logged. */
  private static String where(JacksonException malformed) {
    return malformed.getClass().getSimpleName()
        + (malformed.getLocation() == null
            ? ""
            : " at line "
                + malformed.getLocation().getLineNr()
                + ", column "
                + malformed.getLocation().getColumnNr());
  }

  private static DecodeException malformed(String why, @Nullable Throwable cause) {
    return new DecodeException(
        "SP-CE-005",
        "The body of a message in structured mode is no CloudEvent in JSON: "
            + why
            + ". Let its producer write the JSON event format of CloudEvents 1.0.",
        cause);
  }

  private static DecodeException malformedBatch(String why, @Nullable Throwable cause) {
    return new DecodeException(
        "SP-CE-006",
        "The body of a message in batched mode is no JSON array of CloudEvents: "
            + why
            + ". It is kept whole, since its events cannot be told apart; let its producer write"
            + " the JSON batch format of CloudEvents 1.0.",
        cause);
  }
}
