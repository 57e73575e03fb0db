package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.v1.CloudEventV1;
import io.stagepost.DecodeException;
import io.stagepost.kafka.KafkaHeaders.Raw;
import io.stagepost.spi.Message;
import java.net.URI;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Binds CloudEvents to Kafka messages: binary mode. Each attribute and extension is a header named
 * {@code ce_…} with its canonical string form in UTF-8, {@code datacontenttype} is the header
 * {@code content-type}, the data is the value, and the ordering key is the key.
 *
 * <p>What comes back is what went, with two exceptions that lie in binary mode itself: the types of
 * extension values are not carried (they come back as text), and a CloudEvent of version 0.3 comes
 * back as 1.0. No data and empty data are kept apart.
 *
 * <p>Thread-safe.
 *
 * @see <a
 *     href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md">Kafka
 *     protocol binding 1.0.2</a>
 */
final class KafkaBinding {
  private static final String PREFIX = "ce_";
  private static final String SPEC_VERSION = "ce_specversion";
  private static final String ID = "ce_id";
  private static final String SOURCE = "ce_source";
  private static final String TYPE = "ce_type";
  private static final String SUBJECT = "ce_subject";
  private static final String TIME = "ce_time";
  private static final String DATA_SCHEMA = "ce_dataschema";
  private static final String DATA_CONTENT_TYPE = "ce_datacontenttype";
  private static final String CONTENT_TYPE = "content-type";

  /** What the content types of structured and batched mode begin with. */
  private static final String STRUCTURED = "application/cloudevents";

  private static final Header VERSION_1 = new Raw(SPEC_VERSION, "1.0".getBytes(UTF_8));

  // What few events differ in is made once: the headers of these attributes, and parsed URIs.
  private final BoundedCache<String, Header> sources = headers(SOURCE);
  private final BoundedCache<String, Header> types = headers(TYPE);
  private final BoundedCache<String, Header> contentTypes = headers(CONTENT_TYPE);
  private final BoundedCache<String, Header> schemas = headers(DATA_SCHEMA);
  private final BoundedCache<String, String> extensionHeaders =
      new BoundedCache<>(name -> PREFIX + name);
  private final Texts texts = new Texts();
  private final BoundedCache<String, URI> uris = new BoundedCache<>(URI::create);

  private static BoundedCache<String, Header> headers(String name) {
    return new BoundedCache<>(value -> text(name, value));
  }

  private static Header text(String name, String value) {
    return new Raw(name, value.getBytes(UTF_8));
  }

  // ---- out -------------------------------------------------------------------------------------

  Message encode(String address, @Nullable String key, CloudEvent event) {
    Set<String> extensions = event.getExtensionNames();
    String contentType = event.getDataContentType();
    String subject = event.getSubject();
    URI schema = event.getDataSchema();
    OffsetDateTime time = event.getTime();
    int size =
        4
            + (contentType == null ? 0 : 1)
            + (subject == null ? 0 : 1)
            + (schema == null ? 0 : 1)
            + (time == null ? 0 : 1)
            + extensions.size();
    Header[] headers = new Header[size];
    int n = 0;
    headers[n++] = VERSION_1;
    headers[n++] = text(ID, event.getId());
    headers[n++] = sources.get(event.getSource().toString());
    headers[n++] = types.get(event.getType());
    if (contentType != null) {
      headers[n++] = contentTypes.get(contentType);
    }
    if (schema != null) {
      headers[n++] = schemas.get(schema.toString());
    }
    if (subject != null) {
      headers[n++] = text(SUBJECT, subject);
    }
    if (time != null) {
      headers[n++] = new Raw(TIME, Rfc3339.write(time));
    }
    for (String name : extensions) {
      headers[n++] = new Raw(extensionHeaders.get(name), canonical(event.getExtension(name)));
    }
    CloudEventData data = event.getData();
    return new Message(
        address,
        key == null ? null : key.getBytes(UTF_8),
        new KafkaHeaders(headers),
        data == null ? null : data.toBytes());
  }

  /** A value's canonical string form (CloudEvents 1.0.2, type system), in UTF-8. */
  private static byte @Nullable [] canonical(@Nullable Object value) {
    if (value instanceof OffsetDateTime time) {
      return Rfc3339.write(time);
    }
    if (value instanceof byte[] binary) {
      return Base64.getEncoder().encode(binary);
    }
    return value == null ? null : value.toString().getBytes(UTF_8);
  }

  // ---- in --------------------------------------------------------------------------------------

  CloudEvent decode(Message message) {
    Reading reading = new Reading();
    for (Header header : KafkaHeaders.raw(message.headers())) {
      byte[] value = header.value();
      if (value != null) {
        reading.take(header.key(), value);
      }
    }
    return reading.event(message.body());
  }

  /** The attributes met so far; of a repeated header the last one counts. */
  private final class Reading {
    private @Nullable String specVersion;
    private @Nullable String id;
    private @Nullable String source;
    private @Nullable String type;
    private @Nullable String subject;
    private @Nullable String dataSchema;
    private @Nullable String contentType;
    private @Nullable String dataContentType;
    private byte @Nullable [] time;
    private @Nullable Map<String, Object> extensions;

    void take(String name, byte[] value) {
      switch (name) {
        case SPEC_VERSION -> specVersion = texts.of(value);
        case ID -> id = string(value);
        case SOURCE -> source = texts.of(value);
        case TYPE -> type = texts.of(value);
        case SUBJECT -> subject = string(value);
        case DATA_SCHEMA -> dataSchema = texts.of(value);
        case TIME -> time = value;
        case CONTENT_TYPE -> contentType = texts.of(value);
        case DATA_CONTENT_TYPE -> dataContentType = texts.of(value);
        default -> {
          String lower = name.toLowerCase(Locale.ROOT);
          if (!lower.equals(name)) {
            take(lower, value);
          } else if (name.length() > PREFIX.length() && name.startsWith(PREFIX)) {
            if (extensions == null) {
              extensions = new HashMap<>();
            }
            extensions.put(name.substring(PREFIX.length()), string(value));
          }
        }
      }
    }

    CloudEvent event(byte @Nullable [] body) {
      if (contentType != null && isStructured(contentType)) {
        throw new DecodeException(
            "SP-KAFKA-020",
            "A message with the content type "
                + contentType
                + " holds a CloudEvent in structured or batched mode, which is not read yet; let its"
                + " producer write binary mode (ce_ headers).",
            null);
      }
      String version = required("specversion", specVersion);
      if (!version.equals("1.0")) {
        throw new DecodeException(
            "SP-KAFKA-022",
            "A message has the CloudEvents specversion \""
                + version
                + "\"; only 1.0 is read. Let its producer write 1.0.",
            null);
      }
      return new CloudEventV1(
          required("id", id),
          uri("source", required("source", source)),
          required("type", type),
          contentType == null ? dataContentType : contentType,
          dataSchema == null ? null : uri("dataschema", dataSchema),
          subject,
          time == null ? null : timestamp(time),
          body == null ? null : BytesCloudEventData.wrap(body),
          extensions == null ? Map.of() : extensions);
    }
  }

  private static boolean isStructured(String contentType) {
    return contentType.length() >= STRUCTURED.length()
        && (contentType.charAt(STRUCTURED.length() - 1) | ' ') == 's' // most differ here
        && contentType.regionMatches(true, 0, STRUCTURED, 0, STRUCTURED.length());
  }

  private static String string(byte[] value) {
    return new String(value, UTF_8);
  }

  private static String required(String attribute, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw new DecodeException(
          "SP-KAFKA-021",
          "A message is no CloudEvent: the header "
              + PREFIX
              + attribute
              + (value == null ? " is missing." : " is empty.")
              + " Let its producer write CloudEvents in binary mode.",
          null);
    }
    return value;
  }

  private URI uri(String attribute, String value) {
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
      throw malformed("time", string(value), "an RFC 3339 timestamp", noTime);
    }
  }

  private static DecodeException malformed(
      String attribute, String value, String form, Throwable cause) {
    return new DecodeException(
        "SP-KAFKA-023",
        "A message is no CloudEvent: its "
            + attribute
            + " is \""
            + (value.length() <= 100 ? value : value.substring(0, 100) + "…")
            + "\", which is not "
            + form
            + ".",
        cause);
  }
}
