package io.stagepost;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.v1.CloudEventV1;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.Header;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A typed event: a payload and the CloudEvents attributes around it.
 *
 * <p>Made by {@link EventType#event(Object)}, by {@link #reply(EventType, Object)}, or by the
 * library from what it receives. It converts to and from {@link CloudEvent} without loss: every
 * attribute and extension of CloudEvents 1.0 survives, those unknown to us included.
 *
 * <p>Immutable and thread-safe as far as its payload is; the {@code with} methods return copies.
 *
 * @param <T> the class of the payload
 */
public final class Event<T> {
  /**
   * The instant from which an event must not be handled any more (CloudEvents expiry extension).
   */
  static final String EXPIRY = "expirytime";

  /** The event that a chain began with (CloudEvents correlation extension). */
  static final String CORRELATION = "correlationid";

  /** The event that this one was caused by (CloudEvents correlation extension). */
  static final String CAUSATION = "causationid";

  /** The W3C trace context (CloudEvents distributed tracing extension). */
  static final String TRACE = "traceparent";

  private static final byte[] NO_BYTES = {};

  private final EventType<T> type;

  /** All attributes; with the data too where the event was received rather than made here. */
  private final CloudEvent envelope;

  private final T data;

  /** What came with the payload; null if the event was made here. */
  private final @Nullable Encoded received;

  Event(EventType<T> type, CloudEvent envelope, T data, @Nullable Encoded received) {
    this.type = type;
    this.envelope = envelope;
    this.data = requireNonNull(data, "data");
    // the bytes lie in the envelope; a second time they would be a burden
    this.received =
        received == null
            ? null
            : new Encoded(NO_BYTES, received.contentType(), received.schema(), received.headers());
  }

  static CloudEvent envelope(
      String id, URI source, String type, @Nullable URI dataSchema, @Nullable String subject) {
    return new CloudEventV1(id, source, type, null, dataSchema, subject, null, null, Map.of());
  }

  /**
   * Its event type.
   *
   * @return never null
   */
  public EventType<T> type() {
    return type;
  }

  /**
   * The payload.
   *
   * @return never null
   */
  public T data() {
    return data;
  }

  /**
   * The CloudEvents {@code id}: unique within its source. Redeliveries and replays keep it.
   *
   * @return not empty
   */
  public String id() {
    return envelope.getId();
  }

  /**
   * The CloudEvents {@code source}.
   *
   * @return a URI reference
   */
  public URI source() {
    return envelope.getSource();
  }

  /**
   * The CloudEvents {@code subject}.
   *
   * @return null if it has none
   */
  public @Nullable String subject() {
    return envelope.getSubject();
  }

  /**
   * The CloudEvents {@code time}.
   *
   * @return null if it has none; a new event gets one when it is published
   */
  public @Nullable OffsetDateTime time() {
    return envelope.getTime();
  }

  /**
   * The value of an extension attribute.
   *
   * @param name lower-case letters and digits
   * @return a String, Integer, Boolean, URI, OffsetDateTime or byte[]; null if it is not there.
   *     Some transports carry every value as text (Kafka's binary mode does)
   */
  public @Nullable Object extension(String name) {
    return envelope.getExtension(name);
  }

  /**
   * The instant from which it must not be handled any more: the {@code expirytime} extension.
   *
   * @return null if it does not expire, or if the attribute is no RFC 3339 timestamp
   */
  public @Nullable Instant expiry() {
    return expiryOf(envelope);
  }

  /**
   * The ordering key, derived from the payload.
   *
   * @return null if it has none
   */
  public @Nullable String key() {
    return type.keyOf(data);
  }

  /**
   * A copy with another id, for callers that have a natural one.
   *
   * @param id not empty, unique within the source
   * @return the copy
   */
  public Event<T> withId(String id) {
    return with(builder -> builder.withId(id));
  }

  /**
   * A copy with another source.
   *
   * @param source a URI reference
   * @return the copy
   */
  public Event<T> withSource(URI source) {
    return with(builder -> builder.withSource(source));
  }

  /**
   * A copy with another subject.
   *
   * @param subject not empty
   * @return the copy
   */
  public Event<T> withSubject(String subject) {
    return with(builder -> builder.withSubject(subject));
  }

  /**
   * A copy with another time.
   *
   * @param time when the occurrence happened
   * @return the copy
   */
  public Event<T> withTime(Instant time) {
    return with(builder -> builder.withTime(time.atOffset(ZoneOffset.UTC)));
  }

  /**
   * A copy that expires: from that instant on no handler gets it.
   *
   * @param expiry the instant, carried as the {@code expirytime} extension
   * @return the copy
   */
  public Event<T> withExpiry(Instant expiry) {
    return with(builder -> builder.withExtension(EXPIRY, expiry.atOffset(ZoneOffset.UTC)));
  }

  /**
   * A copy with one more extension attribute.
   *
   * @param name lower-case letters and digits, at most 20 of them
   * @param value its value
   * @return the copy
   */
  public Event<T> withExtension(String name, String value) {
    return with(builder -> builder.withExtension(name, value));
  }

  /**
   * An answer to this event: a new event that names this one as its cause ({@code causationid}),
   * stays in its chain ({@code correlationid}) and inherits its expiry and trace context.
   *
   * @param type the type of the answer
   * @param data the payload of the answer
   * @param <R> the class of that payload
   * @return the answer, not yet published
   */
  public <R> Event<R> reply(EventType<R> type, R data) {
    return type.event(data).causedBy(envelope);
  }

  /**
   * A copy that says what caused it, where it does not say so itself: the correlation, the cause's
   * id, the trace; and that expires no later than its cause. One that was received stays as it is.
   */
  Event<T> causedBy(CloudEvent cause) {
    return received != null
        ? this
        : with(
            builder -> {
              if (envelope.getExtension(CAUSATION) == null) {
                builder.withExtension(CAUSATION, cause.getId());
              }
              if (envelope.getExtension(CORRELATION) == null) {
                Object correlation = cause.getExtension(CORRELATION);
                builder.withExtension(
                    CORRELATION, correlation == null ? cause.getId() : correlation.toString());
              }
              if (envelope.getExtension(TRACE) == null) {
                copy(cause, TRACE, builder);
                copy(cause, "tracestate", builder);
              }
              Instant until = expiryOf(cause);
              Instant mine = expiry();
              if (until != null && (mine == null || until.isBefore(mine))) {
                builder.withExtension(EXPIRY, until.atOffset(ZoneOffset.UTC));
              }
              return builder;
            });
  }

  private static void copy(CloudEvent from, String extension, CloudEventBuilder to) {
    Object value = from.getExtension(extension);
    if (value != null) {
      to.withExtension(extension, value.toString());
    }
  }

  /**
   * This event as a {@link CloudEvent}, its payload encoded by the type's codec. An event that was
   * received gives back what was received, byte for byte.
   *
   * @return a CloudEvent with every attribute of this event
   */
  public CloudEvent toCloudEvent() {
    return toCloudEvent(encoded(), null);
  }

  /** The payload as it travels. */
  Encoded encoded() {
    if (received != null) {
      return received;
    }
    Encoded encoded = type.codec().encode(type, data);
    type.checkSize(encoded.bytes().length);
    return encoded;
  }

  /** The data of a CloudEvent that came with these headers, of which the codec has those names. */
  static Encoded encoded(CloudEvent event, List<Header> headers, Set<String> names) {
    return new Encoded(
        DataEncoding.plain(event),
        event.getDataContentType(),
        event.getDataSchema(),
        names.isEmpty()
            ? List.of()
            : headers.stream().filter(header -> names.contains(header.name())).toList());
  }

  /** As {@link #toCloudEvent()}, with this payload, and this time if the event has none. */
  CloudEvent toCloudEvent(Encoded encoded, @Nullable OffsetDateTime now) {
    if (received != null) {
      return envelope;
    }
    OffsetDateTime time = envelope.getTime();
    Set<String> names = envelope.getExtensionNames();
    Map<String, Object> extensions = names.isEmpty() ? Map.of() : new HashMap<>();
    for (String name : names) {
      extensions.put(name, requireNonNull(envelope.getExtension(name)));
    }
    byte[] bytes = encoded.bytes();
    if (bytes.length > type.compressedAbove()) {
      byte[] compressed = DataEncoding.gzip(bytes);
      if (compressed.length < bytes.length) {
        bytes = compressed;
        extensions = new HashMap<>(extensions);
        extensions.put(DataEncoding.NAME, DataEncoding.GZIP);
      }
    }
    return new CloudEventV1(
        id(),
        source(),
        envelope.getType(),
        encoded.contentType(),
        envelope.getDataSchema() == null ? encoded.schema() : envelope.getDataSchema(),
        subject(),
        time == null ? now : time,
        BytesCloudEventData.wrap(bytes),
        extensions);
  }

  /** Until when it is worth handling: its expiry, or its time and the type's time to live. */
  @Nullable Instant worthUntil() {
    Instant expiry = expiry();
    Duration timeToLive = type.timeToLive();
    OffsetDateTime time = time();
    if (timeToLive == null || time == null) {
      return expiry;
    }
    Instant said = time.toInstant();
    Instant end = said.isAfter(Instant.MAX.minus(timeToLive)) ? Instant.MAX : said.plus(timeToLive);
    return expiry == null || end.isBefore(expiry) ? end : expiry;
  }

  /** A copy with what the type's time to live makes of its time, which is now if it has none. */
  Event<T> limited(InstantSource clock) {
    if (received != null || type.timeToLive() == null) {
      return this;
    }
    Event<T> timed = time() == null ? withTime(clock.instant()) : this;
    return timed.withExpiry(requireNonNull(timed.worthUntil()));
  }

  /** The {@code expirytime} of any CloudEvent; null where it has none or an unreadable one. */
  static @Nullable Instant expiryOf(CloudEvent event) {
    Object value = event.getExtension(EXPIRY);
    if (value instanceof OffsetDateTime instant) {
      return instant.toInstant();
    }
    try {
      return value == null ? null : OffsetDateTime.parse(value.toString()).toInstant();
    } catch (DateTimeParseException unreadable) {
      return null;
    }
  }

  private Event<T> with(UnaryOperator<CloudEventBuilder> change) {
    return new Event<>(type, change.apply(CloudEventBuilder.v1(envelope)).build(), data, received);
  }

  @Override
  public String toString() {
    return type.type() + " " + id();
  }
}
