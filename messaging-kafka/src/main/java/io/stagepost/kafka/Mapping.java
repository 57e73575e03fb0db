package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.v1.CloudEventV1;
import io.stagepost.DecodeException;
import io.stagepost.cloudevents.ContentTypes;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import io.stagepost.spi.StoredMessage;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Says what event a plain record is: one that some other program wrote, without CloudEvents headers
 * and not in structured mode.
 *
 * <pre>{@code
 * KafkaTransport.builder()
 *     .bootstrapServers("localhost:9092")
 *     .mapping("orders", Mapping.to("com.example.order.changed.v1")
 *         .contentType("application/json")
 *         .tombstones("com.example.order.deleted.v1"))
 *     .build();
 * }</pre>
 *
 * <p>Unless it says otherwise the event has
 *
 * <ul>
 *   <li>the source {@code kafka:} and the topic's name;
 *   <li>the id {@code topic-partition-offset}: the same each time that the record is delivered, so
 *       that an inbox knows it again. A topic that is deleted and created anew counts from 0 again:
 *       give it another source then;
 *   <li>the record's timestamp as its time;
 *   <li>the record's key as its subject, if it has one and it is text;
 *   <li>the record's header {@code content-type} as its content type, if it has one;
 *   <li>the record's value as its data, byte for byte; no data if it is a tombstone.
 * </ul>
 *
 * <p>Its headers are at {@link io.stagepost.Context#message()}.
 *
 * <p>A dead letter is the record as it was, and is mapped as the record was where it first lay.
 *
 * <p>Immutable and thread-safe, as far as the functions given to it are. These must give the same
 * for the same record; what they throw makes the record a dead letter.
 */
public final class Mapping {
  private static final int LONGEST_SUBJECT = 1_024;

  private final String description;
  private final Function<? super StoredMessage, String> type;
  private @Nullable String tombstones;
  private @Nullable URI source;
  private @Nullable Function<? super StoredMessage, String> id;
  private @Nullable Function<? super StoredMessage, @Nullable String> subject;
  private @Nullable String contentType;

  private Mapping(String description, Function<? super StoredMessage, String> type) {
    this.description = description;
    this.type = type;
  }

  private Mapping(Mapping from) {
    this(from.description, from.type);
    tombstones = from.tombstones;
    source = from.source;
    id = from.id;
    subject = from.subject;
    contentType = from.contentType;
  }

  /**
   * All records of the topic are events of one type.
   *
   * @param type the CloudEvents {@code type}; not empty
   * @return a mapping
   */
  public static Mapping to(String type) {
    requireNonNull(type, "type");
    return new Mapping(type, record -> type);
  }

  /**
   * The type is told by the record: by a header, for example.
   *
   * @param type gives the CloudEvents {@code type} of a record; not empty
   * @return a mapping
   */
  public static Mapping to(Function<? super StoredMessage, String> type) {
    return new Mapping("by record", requireNonNull(type, "type"));
  }

  /**
   * Sets the type of tombstones, records without a value.
   *
   * @param type instead of that of other records
   * @return a copy with that type
   */
  public Mapping tombstones(String type) {
    Mapping copy = new Mapping(this);
    copy.tombstones = requireNonNull(type, "type");
    return copy;
  }

  /**
   * Sets the source.
   *
   * @param source a URI reference, instead of {@code kafka:} and the topic's name
   * @return a copy with that source
   * @throws IllegalArgumentException if it is no URI reference
   */
  public Mapping source(String source) {
    Mapping copy = new Mapping(this);
    copy.source = URI.create(source);
    return copy;
  }

  /**
   * Sets the id.
   *
   * @param id gives the id of a record, unique within the source and the same at each call; not
   *     empty
   * @return a copy with that id
   */
  public Mapping id(Function<? super StoredMessage, String> id) {
    Mapping copy = new Mapping(this);
    copy.id = requireNonNull(id, "id");
    return copy;
  }

  /**
   * Sets the subject.
   *
   * @param subject gives the subject of a record; null if it has none
   * @return a copy with that subject
   */
  public Mapping subject(Function<? super StoredMessage, @Nullable String> subject) {
    Mapping copy = new Mapping(this);
    copy.subject = requireNonNull(subject, "subject");
    return copy;
  }

  /**
   * Sets the content type of the data.
   *
   * @param contentType a media type, whatever the record's header {@code content-type} says
   * @return a copy with that content type
   */
  public Mapping contentType(String contentType) {
    Mapping copy = new Mapping(this);
    copy.contentType = requireNonNull(contentType, "contentType");
    return copy;
  }

  /** The event that a record is. */
  CloudEvent event(StoredMessage record) {
    Message message = record.message();
    Origin origin = record.origin();
    byte[] body = message.body();
    try {
      String ofType = body == null && tombstones != null ? tombstones : type.apply(record);
      return new CloudEventV1(
          required("id", id == null ? idOf(origin) : id.apply(record)),
          source == null ? URI.create("kafka:" + origin.address()) : source,
          required("type", ofType),
          contentType == null ? text(message.header(KafkaHeaders.CONTENT_TYPE)) : contentType,
          null,
          subject == null ? subjectOf(message.key()) : subject.apply(record),
          origin.time() == null ? null : origin.time().atOffset(ZoneOffset.UTC),
          body == null ? null : BytesCloudEventData.wrap(body),
          Map.of());
    } catch (RuntimeException failure) {
      throw new DecodeException(
          "SP-KAFKA-026",
          "The mapping of the topic "
              + origin.address()
              + " makes no event of the record "
              + idOf(origin)
              + ": "
              + (failure instanceof Missing ? failure.getMessage() : failure.getClass().getName())
              + ". Mend what was given to KafkaTransport.builder().mapping(...).",
          failure);
    }
  }

  private static String idOf(Origin origin) {
    return origin.address() + "-" + origin.partition() + "-" + origin.position();
  }

  /** A key that is no text, such as a number in binary, is no subject. */
  private static @Nullable String subjectOf(byte @Nullable [] key) {
    if (key == null || key.length == 0 || key.length > LONGEST_SUBJECT) {
      return null;
    }
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
      return text.chars().anyMatch(Character::isISOControl) ? null : text;
    } catch (CharacterCodingException noText) {
      return null;
    }
  }

  private static @Nullable String text(byte @Nullable [] value) {
    return value == null ? null : ContentTypes.text(value);
  }

  private static String required(String what, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw new Missing("it gives no " + what);
    }
    return value;
  }

  /** A function has given nothing. */
  private static final class Missing extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Missing(String message) {
      super(message);
    }
  }

  @Override
  public String toString() {
    return description + (tombstones == null ? "" : ", tombstones " + tombstones);
  }
}
