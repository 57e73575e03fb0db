package io.stagepost.amqp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
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
import io.stagepost.cloudevents.JsonEvents.Range;
import io.stagepost.cloudevents.Rfc3339;
import io.stagepost.spi.Message;
import java.net.URI;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Binds CloudEvents to AMQP messages.
 *
 * <p>In binary mode each attribute and extension is an application property named {@code
 * cloudEvents_…}, {@code datacontenttype} is the property {@code content-type}, and the data is the
 * body. In structured mode the content type begins with {@code application/cloudevents}, and the
 * body is the event in JSON. Both are read; which one is written is chosen. {@code cloudEvents:…},
 * the other spelling of the names, is read too.
 *
 * <p>Extensions that are a boolean, an integer or binary are written as AMQP's own types and come
 * back as what they were; URIs and timestamps come back as text, since AMQP has no URI, and its
 * timestamp no place for more than milliseconds, nor for an offset. For the same reason {@code
 * time} is text: the specification allows either. AMQP's own types are read for every attribute.
 * The client hands out a timestamp as a number, so that one which another program wrote can be told
 * from an integer only where it must be one: {@code time}. As an extension it is a number of
 * milliseconds. No data and empty data are the same on AMQP: with a content type they come back as
 * empty data, without one as no data.
 *
 * <p>The CloudEvents SDK's readers and writers are not used: they make text of every attribute on
 * the way in, name by name through visitors, and their AMQP binding writes extensions without a
 * prefix and then does not find them, knows only {@code cloudEvents:}, and is made for Proton's
 * messages. The events themselves are the SDK's.
 *
 * <p>Thread-safe.
 *
 * @see <a
 *     href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/amqp-protocol-binding.md">AMQP
 *     protocol binding 1.0.2</a>
 */
final class AmqpBinding {
  /** Before the separator, which is an underscore or, where JMS does not matter, a colon. */
  private static final String CLOUD_EVENTS = "cloudEvents";

  private static final String PREFIX = CLOUD_EVENTS + "_";

  private static final Form PROPERTIES =
      new Form("application property " + PREFIX, "Let its producer write CloudEvents.");

  private final ContentMode mode;
  private final BoundedCache<String, String> extensionProperties =
      new BoundedCache<>(name -> PREFIX + name);
  private final BoundedCache<String, URI> uris = new BoundedCache<>(URI::create);
  private final JsonEvents json = new JsonEvents(uris);

  AmqpBinding(ContentMode mode) {
    this.mode = mode;
  }

  // ---- out -------------------------------------------------------------------------------------

  Message encode(String address, @Nullable String key, CloudEvent event) {
    byte[] keyBytes = key == null ? null : key.getBytes(UTF_8);
    if (mode == ContentMode.BINARY) {
      CloudEventData data = event.getData();
      return new Message(address, keyBytes, headers(event), data == null ? null : data.toBytes());
    }
    AmqpHeaders headers = new AmqpHeaders(1);
    headers.put(Names.CONTENT_TYPE, ContentTypes.JSON_EVENT);
    return new Message(address, keyBytes, headers, json.write(event));
  }

  private AmqpHeaders headers(CloudEvent event) {
    String contentType = event.getDataContentType();
    URI schema = event.getDataSchema();
    String subject = event.getSubject();
    OffsetDateTime time = event.getTime();
    AmqpHeaders headers = new AmqpHeaders(8 + event.getExtensionNames().size());
    if (contentType != null) {
      headers.put(Names.CONTENT_TYPE, contentType);
    }
    headers.put("cloudEvents_specversion", "1.0");
    headers.put("cloudEvents_id", event.getId());
    headers.put("cloudEvents_source", event.getSource().toString());
    headers.put("cloudEvents_type", event.getType());
    if (schema != null) {
      headers.put("cloudEvents_dataschema", schema.toString());
    }
    if (subject != null) {
      headers.put("cloudEvents_subject", subject);
    }
    if (time != null) {
      headers.put("cloudEvents_time", new String(Rfc3339.write(time), ISO_8859_1));
    }
    for (String name : event.getExtensionNames()) {
      Object value = event.getExtension(name);
      if (value != null) {
        put(headers, extensionProperties.get(name), value);
      }
    }
    return headers;
  }

  private static void put(AmqpHeaders headers, String name, Object value) {
    if (value instanceof String) {
      headers.put(name, value);
    } else if (value instanceof Boolean
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte) {
      // an integer is an AMQP long, and nothing else (section 3.1.3.2)
      String type = value instanceof Boolean ? Names.BOOLEAN : Names.LONG;
      headers.put(Names.PROPERTY + type + ":" + name, value.toString());
    } else if (value instanceof byte[] binary) {
      Object textOrBytes = AmqpHeaders.textOrBytes(binary);
      headers.put(
          textOrBytes == binary ? name : Names.PROPERTY + Names.BINARY + ":" + name, textOrBytes);
    } else {
      headers.put(name, new String(JsonEvents.canonical(value), UTF_8));
    }
  }

  // ---- in --------------------------------------------------------------------------------------

  CloudEvent decode(Message message) {
    Attributes attributes = new Attributes();
    String contentType = null;
    AmqpHeaders headers = AmqpHeaders.of(message.headers());
    for (int i = 0; i < headers.size(); i++) {
      String name = headers.name(i);
      Object value = headers.value(i);
      if (value == null) {
        continue;
      }
      if (name.startsWith(CLOUD_EVENTS)) {
        take(attributes, name, value);
      } else if (name.equals(Names.CONTENT_TYPE)) {
        contentType = AmqpHeaders.text(value);
      } else if (name.startsWith(Names.PROPERTY)) {
        typed(attributes, name, value);
      }
    }
    byte[] body = message.body();
    if (contentType != null) {
      if (ContentTypes.isStructured(contentType)) {
        return json.structured(contentType, body);
      }
      attributes.contentType = contentType;
    }
    boolean isAbsent = body == null || (body.length == 0 && attributes.contentType == null);
    return attributes.event(PROPERTIES, uris, isAbsent ? null : BytesCloudEventData.wrap(body));
  }

  private static void take(Attributes attributes, String name, Object value) {
    switch (name) {
      case "cloudEvents_specversion", "cloudEvents:specversion" ->
          attributes.specVersion = text(value);
      case "cloudEvents_id", "cloudEvents:id" -> attributes.id = text(value);
      case "cloudEvents_source", "cloudEvents:source" -> attributes.source = text(value);
      case "cloudEvents_type", "cloudEvents:type" -> attributes.type = text(value);
      case "cloudEvents_subject", "cloudEvents:subject" -> attributes.subject = text(value);
      case "cloudEvents_dataschema", "cloudEvents:dataschema" ->
          attributes.dataSchema = text(value);
      case "cloudEvents_time", "cloudEvents:time" -> attributes.time = time(value);
      case "cloudEvents_datacontenttype", "cloudEvents:datacontenttype" ->
          attributes.contentType = text(value);
      default -> {
        if (name.length() > PREFIX.length() && isSeparator(name.charAt(CLOUD_EVENTS.length()))) {
          String attribute = name.substring(PREFIX.length());
          String lower = attribute.toLowerCase(Locale.ROOT);
          if (lower.equals(attribute)) {
            attributes.extension(attribute, value);
          } else {
            take(attributes, PREFIX + lower, value);
          }
        }
      }
    }
  }

  private static boolean isSeparator(char c) {
    return c == '_' || c == ':';
  }

  private static String text(Object value) {
    return value instanceof byte[] ? AmqpHeaders.text(value) : value.toString();
  }

  /** A timestamp of AMQP is a number of milliseconds. */
  private static byte[] time(Object value) {
    return value instanceof Long millis
        ? Rfc3339.write(Instant.ofEpochMilli(millis).atOffset(ZoneOffset.UTC))
        : AmqpHeaders.bytes(text(value));
  }

  /** An application property that is no text: {@code amqp:property:long:cloudEvents_size}. */
  private static void typed(Attributes attributes, String header, Object value) {
    int colon = header.indexOf(':', Names.PROPERTY.length());
    if (colon < 0 || !header.startsWith(CLOUD_EVENTS, colon + 1)) {
      return;
    }
    String type = header.substring(Names.PROPERTY.length(), colon);
    String name = header.substring(colon + 1);
    boolean isTime =
        name.length() == PREFIX.length() + 4
            && name.regionMatches(true, PREFIX.length(), "time", 0, 4);
    take(attributes, name, isTime ? millis(value) : extension(type, value));
  }

  private static Object millis(Object value) {
    String text = AmqpHeaders.text(value);
    try {
      return Long.valueOf(text);
    } catch (NumberFormatException noNumber) {
      return text; // refused, or read, as text
    }
  }

  /** What has no place in the type system of CloudEvents, larger numbers too, is kept as text. */
  private static Object extension(String type, Object value) {
    if (type.equals(Names.BINARY)) {
      return AmqpHeaders.bytes(value);
    }
    String text = AmqpHeaders.text(value);
    return switch (type) {
      case Names.BOOLEAN -> Boolean.valueOf(text);
      case "byte", "ubyte", "short", "ushort", "int", "uint", Names.LONG, "ulong" -> integer(text);
      default -> text;
    };
  }

  private static Object integer(String text) {
    try {
      return Integer.valueOf(text);
    } catch (NumberFormatException tooLarge) {
      return text;
    }
  }

  // ---- batches ---------------------------------------------------------------------------------

  /**
   * What is to be offered of a message: itself, or each event of the batch in it, as a message in
   * structured mode that holds exactly the bytes which stand for it there. A batch that cannot be
   * taken apart is itself, and becomes a dead letter as it is; one without events is nothing.
   */
  static List<Message> split(Message message) {
    byte[] body = message.body();
    if (body == null || !JsonEvents.mayBeBatch(body)) {
      return List.of(message);
    }
    AmqpHeaders headers = AmqpHeaders.of(message.headers());
    String batch = null;
    for (int i = 0; i < headers.size(); i++) {
      if (headers.name(i).equals(Names.CONTENT_TYPE) && headers.value(i) instanceof String text) {
        batch = text;
      }
    }
    if (batch == null || !ContentTypes.isJsonBatch(batch)) {
      return List.of(message);
    }
    List<Range> ranges;
    try {
      ranges = JsonEvents.split(body);
    } catch (DecodeException malformed) { // thrown again when it is decoded
      return List.of(message);
    }
    AmqpHeaders ofOne = new AmqpHeaders(headers.size());
    for (int i = 0; i < headers.size(); i++) {
      String name = headers.name(i);
      if (name.equals(ContentTypes.SCHEMA_HEADER)) {
        continue; // of the batch, if of anything
      }
      ofOne.put(
          name,
          name.equals(Names.CONTENT_TYPE) ? ContentTypes.ofOneEvent(batch) : headers.value(i));
    }
    List<Message> events = new ArrayList<>(ranges.size());
    for (Range range : ranges) {
      events.add(
          new Message(
              message.address(),
              message.key(),
              ofOne,
              Arrays.copyOfRange(body, range.from(), range.to())));
    }
    return events;
  }
}
