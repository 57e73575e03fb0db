package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.data.BytesCloudEventData;
import io.stagepost.ContentMode;
import io.stagepost.DecodeException;
import io.stagepost.cloudevents.Attributes;
import io.stagepost.cloudevents.Attributes.Form;
import io.stagepost.cloudevents.BoundedCache;
import io.stagepost.cloudevents.ContentTypes;
import io.stagepost.cloudevents.JsonEvents;
import io.stagepost.cloudevents.Rfc3339;
import io.stagepost.cloudevents.Texts;
import io.stagepost.kafka.KafkaHeaders.Raw;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import io.stagepost.spi.StoredMessage;
import java.net.URI;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Binds CloudEvents to Kafka messages.
 *
 * <p>In binary mode each attribute and extension is a header named {@code ce_…} with its canonical
 * string form in UTF-8, {@code datacontenttype} is the header {@code content-type}, and the data is
 * the value. In structured mode the header {@code content-type} begins with {@code
 * application/cloudevents}, and the value is the event in JSON. In both the ordering key is the
 * key. Both are read; which one is written is chosen. A message that is neither is what the {@link
 * Mapping} of its topic says.
 *
 * <p>What comes back is what went, with two exceptions: the types of extension values are not
 * carried in binary mode (they come back as text), and not all of them in structured mode; and a
 * CloudEvent of version 0.3 comes back as 1.0. No data and empty data are kept apart.
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
  private static final String CONTENT_TYPE = KafkaHeaders.CONTENT_TYPE;

  private static final Form HEADERS =
      new Form(
          "header ce_",
          "Let its producer write CloudEvents; if its topic holds plain records, say what they mean:"
              + " KafkaTransport.builder().mapping(topic, ...).");

  private static final Header VERSION_1 = text(SPEC_VERSION, "1.0");
  private static final Header JSON_EVENT = text(CONTENT_TYPE, ContentTypes.JSON_EVENT);

  private final ContentMode mode;
  private final Map<String, Mapping> mappings;

  // What few events differ in is made once: the headers of these attributes, and parsed URIs.
  private final BoundedCache<String, Header> sources = headers(SOURCE);
  private final BoundedCache<String, Header> types = headers(TYPE);
  private final BoundedCache<String, Header> contentTypes = headers(CONTENT_TYPE);
  private final BoundedCache<String, Header> schemas = headers(DATA_SCHEMA);
  private final BoundedCache<String, String> extensionHeaders =
      new BoundedCache<>(name -> PREFIX + name);
  private final Texts texts = new Texts();
  private final BoundedCache<String, URI> uris = new BoundedCache<>(URI::create);
  private final JsonEvents json = new JsonEvents(uris);

  KafkaBinding(ContentMode mode, Map<String, Mapping> mappings) {
    this.mode = mode;
    this.mappings = Map.copyOf(mappings);
  }

  private static BoundedCache<String, Header> headers(String name) {
    return new BoundedCache<>(value -> text(name, value));
  }

  private static Header text(String name, String value) {
    return new Raw(name, value.getBytes(UTF_8));
  }

  // ---- out -------------------------------------------------------------------------------------

  Message encode(String address, @Nullable String key, CloudEvent event) {
    byte[] keyBytes = key == null ? null : key.getBytes(UTF_8);
    return mode == ContentMode.BINARY
        ? binary(address, keyBytes, event)
        : new Message(
            address, keyBytes, new KafkaHeaders(new Header[] {JSON_EVENT}), json.write(event));
  }

  private Message binary(String address, byte @Nullable [] key, CloudEvent event) {
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
      Object value = event.getExtension(name);
      headers[n++] =
          new Raw(extensionHeaders.get(name), value == null ? null : JsonEvents.canonical(value));
    }
    CloudEventData data = event.getData();
    return new Message(
        address, key, new KafkaHeaders(headers), data == null ? null : data.toBytes());
  }

  // ---- in --------------------------------------------------------------------------------------

  /** What a message holds, wherever it lay. */
  CloudEvent decode(Message message) {
    return decode(message, null);
  }

  CloudEvent decode(Delivery delivery) {
    return decode(delivery.message(), delivery);
  }

  private CloudEvent decode(Message message, @Nullable Delivery delivery) {
    Attributes attributes = new Attributes();
    String contentType = null;
    for (Header header : KafkaHeaders.raw(message.headers())) {
      byte[] value = header.value();
      if (value != null) {
        String name = header.key();
        if (name.equalsIgnoreCase(CONTENT_TYPE)) {
          contentType = texts.of(value);
        } else {
          take(attributes, name, value);
        }
      }
    }
    byte[] body = message.body();
    if (contentType != null) {
      if (ContentTypes.isStructured(contentType)) {
        return json.structured(contentType, body);
      }
      attributes.contentType = contentType;
    }
    if (attributes.isNoEvent() && !mappings.isEmpty()) {
      CloudEvent mapped = mapped(message, delivery);
      if (mapped != null) {
        return mapped;
      }
    }
    return attributes.event(HEADERS, uris, body == null ? null : BytesCloudEventData.wrap(body));
  }

  private void take(Attributes attributes, String name, byte[] value) {
    switch (name) {
      case SPEC_VERSION -> attributes.specVersion = texts.of(value);
      case ID -> attributes.id = ContentTypes.text(value);
      case SOURCE -> attributes.source = texts.of(value);
      case TYPE -> attributes.type = texts.of(value);
      case SUBJECT -> attributes.subject = ContentTypes.text(value);
      case DATA_SCHEMA -> attributes.dataSchema = texts.of(value);
      case TIME -> attributes.time = value;
      case DATA_CONTENT_TYPE -> attributes.contentType = texts.of(value);
      default -> {
        String lower = name.toLowerCase(Locale.ROOT);
        if (!lower.equals(name)) {
          take(attributes, lower, value);
        } else if (name.length() > PREFIX.length() && name.startsWith(PREFIX)) {
          attributes.extension(name.substring(PREFIX.length()), ContentTypes.text(value));
        }
      }
    }
  }

  // ---- plain records ---------------------------------------------------------------------------

  /** The event that a plain record is; null if nobody has said. */
  private @Nullable CloudEvent mapped(Message message, @Nullable Delivery delivery) {
    Origin origin = firstOrigin(message);
    if (origin == null && delivery != null) {
      origin = delivery.origin();
    }
    Mapping mapping = mappings.get(origin == null ? message.address() : origin.address());
    if (mapping == null) {
      return null;
    }
    if (origin == null) {
      throw new DecodeException(
          "SP-KAFKA-028",
          "A plain record of the topic "
              + message.address()
              + " is no event without its partition and offset, which are not known here. Receive"
              + " it by a subscription.",
          null);
    }
    return mapping.event(new StoredMessage(message, origin));
  }

  /** Where a dead letter lay before it became one; null if it is none. */
  private static @Nullable Origin firstOrigin(Message message) {
    String address = text(message, FailureHeaders.ORIGIN_ADDRESS);
    String partition = text(message, FailureHeaders.ORIGIN_PARTITION);
    String position = text(message, FailureHeaders.ORIGIN_POSITION);
    return address == null || partition == null || position == null
        ? null
        : new Origin(
            address, partition, position, instant(text(message, FailureHeaders.ORIGIN_TIME)));
  }

  private static @Nullable Instant instant(@Nullable String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException unreadable) {
      return null;
    }
  }

  private static @Nullable String text(Message message, String header) {
    byte[] value = message.header(header);
    return value == null ? null : ContentTypes.text(value);
  }
}
