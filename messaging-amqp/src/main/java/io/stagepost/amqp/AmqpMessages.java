package io.stagepost.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.amqp.Message.SectionsConverter;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.qpid.protonj2.types.Binary;
import com.rabbitmq.qpid.protonj2.types.Symbol;
import com.rabbitmq.qpid.protonj2.types.UnsignedByte;
import com.rabbitmq.qpid.protonj2.types.UnsignedInteger;
import com.rabbitmq.qpid.protonj2.types.UnsignedLong;
import com.rabbitmq.qpid.protonj2.types.UnsignedShort;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.cloudevents.ContentTypes;
import io.stagepost.spi.Message;
import java.io.ByteArrayOutputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Messages of AMQP 1.0 as those of the API, and back.
 *
 * <p>The body is that of the data sections, one behind the other. Application properties with text
 * are headers of their own names; everything else has a name that tells where it belongs and of
 * which type it is ({@link Names}). What is read and written again is value for value what it was
 * (D14), with these exceptions, all of which the client or the broker leave no way around:
 *
 * <ul>
 *   <li>A body that was not data is sent on as data: text and binary as they stand, the rest as
 *       AMQP encodes it. Several data sections become one.
 *   <li>What cannot be written at its own place again is put aside as an application property under
 *       its header's name, and read from there: the kind of such a body; {@code user-id}, since the
 *       broker refuses that of somebody else; decimal application properties.
 *   <li>A timestamp is a long: the client does not tell them apart. A time or group sequence of 0
 *       is none.
 *   <li>A message's {@code ttl} is left out, so that no dead letter expires; it is always durable;
 *       delivery annotations and footers are not seen. Annotations without a value are left out:
 *       delivering one ends the session, so that the queue would be stuck.
 * </ul>
 *
 * Confluent's {@code __value_schema_id} is binary, whatever its bytes are, and a header of that
 * name.
 *
 * <p>The broker's own annotations are not part of the message, nor is the time at which it was
 * sent.
 */
final class AmqpMessages {
  /** What the broker sets on each delivery, and we on each message; and the key. */
  private static final Set<String> NOT_THE_MESSAGES =
      Set.of(
          "x-exchange",
          "x-routing-key",
          "x-delivery-count",
          "x-acquired-count",
          "x-stream-offset",
          Layout.KEY,
          Layout.TIME);

  private static final SectionsConverter<@Nullable Object, List<@Nullable Object>> SECTIONS =
      values -> values;
  private static final byte DEFAULT_PRIORITY = 4;
  private static final byte[] NOTHING = {};

  private AmqpMessages() {}

  // ---- out -------------------------------------------------------------------------------------

  /**
   * A message as the client takes it.
   *
   * @throws PublishRejectedException if a header is named as one of AMQP's and is none
   */
  static com.rabbitmq.client.amqp.Message write(Publisher publisher, Message message) {
    byte[] body = message.body();
    var to = publisher.message(body == null ? NOTHING : body);
    byte[] key = message.key();
    if (key == null) {
      to.annotation(Layout.KEY, ThreadLocalRandom.current().nextInt());
    } else {
      Object textOrBytes = AmqpHeaders.textOrBytes(key);
      to.annotation(
          Layout.KEY, textOrBytes instanceof byte[] bytes ? new Binary(bytes) : textOrBytes);
    }
    to.annotation(Layout.TIME, AmqpValues.now());
    AmqpHeaders headers = AmqpHeaders.of(message.headers());
    for (int i = 0; i < headers.size(); i++) {
      String name = headers.name(i);
      Object value = headers.value(i);
      if (name.startsWith(Names.AMQP)) {
        special(to, message.address(), name, value);
      } else {
        property(to, name, value);
      }
    }
    return to;
  }

  private static void property(
      com.rabbitmq.client.amqp.Message to, String name, @Nullable Object textOrBytes) {
    if (textOrBytes != null && name.equals(ContentTypes.SCHEMA_HEADER)) {
      to.property(name, AmqpHeaders.bytes(textOrBytes));
    } else if (textOrBytes instanceof byte[] bytes) {
      to.property(wellFormed(name), bytes);
    } else {
      to.property(wellFormed(name), textOrBytes == null ? null : wellFormed((String) textOrBytes));
    }
  }

  /** The client throws at half a surrogate pair; as everywhere else it becomes a question mark. */
  private static String wellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return new String(text.getBytes(UTF_8), UTF_8);
      }
    }
    return text;
  }

  private static void special(
      com.rabbitmq.client.amqp.Message to, String address, String name, @Nullable Object value) {
    if (isPutAside(name)) {
      property(to, name, value);
      return;
    }
    try {
      if (name.startsWith(Names.PROPERTY)) {
        typedProperty(to, name, value);
      } else if (value != null) {
        if (name.startsWith(Names.ANNOTATION)) {
          int colon = colon(name, Names.ANNOTATION);
          to.annotation(
              symbol(name.substring(colon + 1)),
              AmqpValues.value(name.substring(Names.ANNOTATION.length(), colon), value));
        } else {
          field(to, name, value);
        }
      }
    } catch (IllegalArgumentException | DateTimeException malformed) {
      throw new PublishRejectedException(
          "SP-AMQP-020",
          "A message for "
              + address
              + " has the header \""
              + name
              + "\", which names a part of an AMQP message, but "
              + (value == null ? "no value" : "its value")
              + " that cannot stand there. Names that begin with amqp: are for what came from a"
              + " broker; give it another name, or the value that its name says.",
          Fault.MESSAGE,
          malformed);
    }
  }

  /** Whether it stands among the application properties under that very name. */
  private static boolean isPutAside(String name) {
    return name.equals(Names.BODY)
        || name.equals(Names.USER_ID)
        || (name.startsWith(Names.PROPERTY)
            && (name.startsWith("decimal", Names.PROPERTY.length())
                || name.startsWith(Names.ENCODED, Names.PROPERTY.length())));
  }

  /** The colon behind the type. */
  private static int colon(String name, String prefix) {
    int colon = name.indexOf(':', prefix.length());
    if (colon < 0) {
      throw new IllegalArgumentException();
    }
    return colon;
  }

  private static void field(com.rabbitmq.client.amqp.Message to, String name, Object value) {
    String text = wellFormed(AmqpHeaders.text(value));
    switch (name) {
      case Names.CONTENT_TYPE -> to.contentType(symbol(text));
      case Names.CONTENT_ENCODING -> to.contentEncoding(symbol(text));
      case Names.TO -> to.to(text);
      case Names.SUBJECT -> to.subject(text);
      case Names.REPLY_TO -> to.replyTo(text);
      case Names.GROUP_ID -> to.groupId(text);
      case Names.REPLY_TO_GROUP_ID -> to.replyToGroupId(text);
      case Names.GROUP_SEQUENCE -> to.groupSequence(Integer.parseUnsignedInt(text));
      case Names.ABSOLUTE_EXPIRY_TIME -> to.absoluteExpiryTime(Long.parseLong(text));
      case Names.CREATION_TIME -> to.creationTime(Long.parseLong(text));
      case Names.PRIORITY -> to.priority(UnsignedByte.valueOf(text).byteValue());
      case Names.MESSAGE_ID -> to.messageId(text);
      case Names.CORRELATION_ID -> to.correlationId(text);
      default -> {
        if (name.startsWith(Names.MESSAGE_ID + ":")) {
          to.messageId(AmqpValues.value(name.substring(Names.MESSAGE_ID.length() + 1), value));
        } else if (name.startsWith(Names.CORRELATION_ID + ":")) {
          to.correlationId(
              AmqpValues.value(name.substring(Names.CORRELATION_ID.length() + 1), value));
        } else {
          throw new IllegalArgumentException();
        }
      }
    }
  }

  /** AMQP's symbols are ASCII, and the client makes question marks of everything else. */
  private static String symbol(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 127) {
        throw new IllegalArgumentException();
      }
    }
    return text;
  }

  /** The client has a method for each type, but none for any of them. */
  private static void typedProperty(
      com.rabbitmq.client.amqp.Message to, String header, @Nullable Object textOrBytes) {
    int colon = colon(header, Names.PROPERTY);
    String type = header.substring(Names.PROPERTY.length(), colon);
    String name = wellFormed(header.substring(colon + 1));
    if (type.equals(Names.NULL) || textOrBytes == null) {
      to.property(name, (String) null);
      return;
    }
    if (type.equals(Names.TIMESTAMP)) {
      to.propertyTimestamp(name, Long.parseLong(AmqpHeaders.text(textOrBytes)));
      return;
    }
    Object value = AmqpValues.value(type, textOrBytes);
    if (value instanceof String text) {
      to.property(name, wellFormed(text));
    } else if (value instanceof Boolean bool) {
      to.property(name, (boolean) bool);
    } else if (value instanceof Long number) {
      to.property(name, (long) number);
    } else if (value instanceof Integer number) {
      to.property(name, (int) number);
    } else if (value instanceof Short number) {
      to.property(name, (short) number);
    } else if (value instanceof Byte number) {
      to.property(name, (byte) number);
    } else if (value instanceof UnsignedByte number) {
      to.propertyUnsigned(name, number.byteValue());
    } else if (value instanceof UnsignedShort number) {
      to.propertyUnsigned(name, number.shortValue());
    } else if (value instanceof UnsignedInteger number) {
      to.propertyUnsigned(name, number.intValue());
    } else if (value instanceof UnsignedLong number) {
      to.propertyUnsigned(name, number.longValue());
    } else if (value instanceof Float number) {
      to.property(name, (float) number);
    } else if (value instanceof Double number) {
      to.property(name, (double) number);
    } else if (value instanceof Character character) {
      to.property(name, (char) character);
    } else if (value instanceof UUID uuid) {
      to.property(name, uuid);
    } else if (value instanceof Symbol symbol) {
      to.propertySymbol(name, symbol.toString());
    } else {
      to.property(name, AmqpValues.binary(value));
    }
  }

  // ---- in --------------------------------------------------------------------------------------

  /** A message as it was received from that address. */
  static Message read(String address, com.rabbitmq.client.amqp.Message from) {
    AmqpHeaders headers = new AmqpHeaders(12);
    fields(headers, from);
    from.forEachProperty((name, value) -> property(headers, name, value));
    from.forEachAnnotation((name, value) -> annotation(headers, name, value));
    byte[] body = body(headers, from);
    return new Message(address, key(from), headers, body);
  }

  /** When it was sent; null if its sender does not say. */
  static @Nullable Instant time(com.rabbitmq.client.amqp.Message from) {
    return from.annotation(Layout.TIME) instanceof Long millis
        ? Instant.ofEpochMilli(millis)
        : null;
  }

  private static byte @Nullable [] key(com.rabbitmq.client.amqp.Message from) {
    Object key = from.annotation(Layout.KEY);
    if (key == null) {
      // as another program wrote it; ours always has the annotation
      key = from.property("cloudEvents_partitionkey");
      if (key == null) {
        key = from.property("cloudEvents:partitionkey");
      }
    }
    if (key instanceof String || key instanceof Symbol) {
      return key.toString().getBytes(UTF_8);
    }
    return key instanceof Binary binary ? binary.asByteArray() : null;
  }

  private static void fields(AmqpHeaders headers, com.rabbitmq.client.amqp.Message from) {
    text(headers, Names.CONTENT_TYPE, from.contentType());
    text(headers, Names.CONTENT_ENCODING, from.contentEncoding());
    id(headers, Names.MESSAGE_ID, from.messageId());
    id(headers, Names.CORRELATION_ID, from.correlationId());
    byte[] user = from.userId();
    if (user != null) {
      headers.put(Names.USER_ID, AmqpHeaders.textOrBytes(user));
    }
    text(headers, Names.TO, from.to());
    text(headers, Names.SUBJECT, from.subject());
    text(headers, Names.REPLY_TO, from.replyTo());
    number(headers, Names.ABSOLUTE_EXPIRY_TIME, from.absoluteExpiryTime());
    number(headers, Names.CREATION_TIME, from.creationTime());
    text(headers, Names.GROUP_ID, from.groupId());
    number(headers, Names.GROUP_SEQUENCE, Integer.toUnsignedLong(from.groupSequence()));
    text(headers, Names.REPLY_TO_GROUP_ID, from.replyToGroupId());
    if (from.priority() != DEFAULT_PRIORITY) {
      headers.put(Names.PRIORITY, Integer.toString(Byte.toUnsignedInt(from.priority())));
    }
  }

  private static void text(AmqpHeaders headers, String name, @Nullable String value) {
    if (value != null) {
      headers.put(name, value);
    }
  }

  /** The client gives 0 for one that is absent. */
  private static void number(AmqpHeaders headers, String name, long value) {
    if (value != 0) {
      headers.put(name, Long.toString(value));
    }
  }

  private static void id(AmqpHeaders headers, String name, @Nullable Object value) {
    if (value != null) {
      String type = AmqpValues.type(value);
      headers.put(
          type.equals(Names.STRING) ? name : name + ":" + type,
          AmqpValues.textOrBytes(type, value));
    }
  }

  private static void property(AmqpHeaders headers, String name, @Nullable Object value) {
    boolean plain = !name.startsWith(Names.AMQP) || isPutAside(name);
    if (plain && (value instanceof String || value == null)) {
      headers.put(name, value);
      return;
    }
    String type = value == null ? Names.NULL : AmqpValues.type(value);
    Object textOrBytes = value == null ? null : AmqpValues.textOrBytes(type, value);
    // bytes that are no text can only be binary
    headers.put(
        plain
                && type.equals(Names.BINARY)
                && (textOrBytes instanceof byte[] || name.equals(ContentTypes.SCHEMA_HEADER))
            ? name
            : Names.PROPERTY + type + ":" + name,
        textOrBytes);
  }

  private static void annotation(AmqpHeaders headers, String name, @Nullable Object value) {
    boolean carriesKey =
        name.equals(Layout.KEY)
            && !(value instanceof String
                || value instanceof Symbol
                || value instanceof Binary
                || value instanceof Integer);
    if (value != null && (carriesKey || !NOT_THE_MESSAGES.contains(name))) {
      String type = AmqpValues.type(value);
      headers.put(Names.ANNOTATION + type + ":" + name, AmqpValues.textOrBytes(type, value));
    }
  }

  private static byte[] body(AmqpHeaders headers, com.rabbitmq.client.amqp.Message from) {
    List<@Nullable Object> sections = from.body(SECTIONS);
    if (sections.isEmpty()) {
      return NOTHING;
    }
    Object first = sections.get(0);
    if (first instanceof byte[] data) {
      return sections.size() == 1 ? data : joined(sections);
    }
    if (sections.size() == 1) {
      if (first == null) {
        headers.put(Names.BODY, Names.NULL);
        return NOTHING;
      }
      if (first instanceof String text) {
        headers.put(Names.BODY, Names.STRING);
        return text.getBytes(UTF_8);
      }
      if (first instanceof Binary binary) {
        headers.put(Names.BODY, Names.BINARY);
        return binary.asByteArray();
      }
    }
    headers.put(Names.BODY, Names.ENCODED);
    return AmqpValues.encoded(sections);
  }

  private static byte[] joined(List<@Nullable Object> sections) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (Object section : sections) {
      body.writeBytes((byte[]) section);
    }
    return body.toByteArray();
  }
}
