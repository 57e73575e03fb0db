package io.stagepost;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.Header;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One version of one event: its CloudEvents {@code type}, the channel it travels on, the class of
 * its payload, and what is derived from a payload (ordering key, subject, idempotency key).
 *
 * <p>Built by hand, as here, or generated from a contract:
 *
 * <pre>{@code
 * EventType<Greeting> GREETING =
 *     EventType.of("com.example.greeting.v1", Greeting.class)
 *         .source("urn:example:greeter")
 *         .channel("greetings")
 *         .key(Greeting::name)
 *         .codec(Json.codec());
 * }</pre>
 *
 * <p>Immutable and thread-safe: each method that sets something returns a new event type. The
 * functions given must be pure and must tolerate concurrent calls.
 *
 * @param <T> the class of the payload
 * @see <a href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md">CloudEvents
 *     1.0.2</a>
 */
public final class EventType<T> {
  /**
   * How a subscription shares itself out among the channels that it consumes, when there is more to
   * do than it can do at once. A channel has one priority, and so each event type of another
   * priority needs a channel of its own: the order of a key is an order within its channel, and no
   * priority changes it.
   *
   * <ul>
   *   <li>When events of several priorities wait, their tries start in proportion to their
   *       {@linkplain #weight() weights}: bulk is slowed down by what is urgent, never stopped.
   *   <li>A tenth of the handlers, at least one, is left to each higher priority that the
   *       subscription has, so that what is urgent need not wait for slow handlers of bulk.
   *   <li>A tenth of the events and bytes in flight, at least one event, is left to each other
   *       priority, so that no backlog keeps the others out.
   * </ul>
   *
   * <p>A subscription with one priority, whichever it is, has everything for it.
   *
   * @see EventType#priority(Priority)
   */
  public enum Priority {
    /** Comes first: sixteen starts for one of bulk. */
    URGENT(16),

    /** What an event type has unless told otherwise: four starts for one of bulk. */
    NORMAL(4),

    /** Can wait. */
    BULK(1);

    private final int weight;

    Priority(int weight) {
      this.weight = weight;
    }

    /**
     * How many tries start while one of bulk does, if all priorities have some waiting.
     *
     * @return 16, 4 or 1
     */
    public int weight() {
      return weight;
    }
  }

  private static final Duration CENTURY = Duration.ofDays(36_525);

  private final String type;
  private final Class<T> payload;
  private final @Nullable URI source;
  private final @Nullable String channel;
  private final @Nullable URI dataSchema;
  private final @Nullable Codec codec;
  private final Priority priority;
  private final int compressedAbove;
  private final @Nullable Duration timeToLive;
  private final int maxBytes;
  private final @Nullable Function<? super T, String> key;
  private final @Nullable Function<? super T, String> subject;
  private final @Nullable Function<? super T, String> idempotencyKey;

  /** The version before this one, read as this one; null if none is read. */
  private final @Nullable Upcast<?, T> upcast;

  private EventType(Draft<T> draft) {
    this.type = draft.type;
    this.payload = draft.payload;
    this.source = draft.source;
    this.channel = draft.channel;
    this.dataSchema = draft.dataSchema;
    this.codec = draft.codec;
    this.priority = draft.priority;
    this.compressedAbove = draft.compressedAbove;
    this.timeToLive = draft.timeToLive;
    this.maxBytes = draft.maxBytes;
    this.key = draft.key;
    this.subject = draft.subject;
    this.idempotencyKey = draft.idempotencyKey;
    this.upcast = draft.upcast;
  }

  /** The version before, and the way from it to this one. */
  private record Upcast<S, T>(EventType<S> older, Function<? super S, ? extends T> function) {}

  /**
   * An event type of this name.
   *
   * @param type the CloudEvents {@code type}, not empty; ours end in the version, as {@code .v1}
   * @param payload the class of the payload
   * @param <T> the class of the payload
   * @return an event type without channel, source or codec yet
   */
  public static <T> EventType<T> of(String type, Class<T> payload) {
    if (type.isBlank()) {
      throw new MessagingException(
          "SP-API-001",
          "The event type of "
              + payload.getName()
              + " has an empty name; give it a CloudEvents type such as com.example.order.v1.");
    }
    return new EventType<>(new Draft<>(type, requireNonNull(payload, "payload")));
  }

  /**
   * Sets the CloudEvents {@code source} that events of this type carry unless they name their own.
   *
   * @param source a URI reference
   * @return a copy with that source
   */
  public EventType<T> source(String source) {
    Draft<T> draft = new Draft<>(this);
    draft.source = URI.create(source);
    return new EventType<>(draft);
  }

  /**
   * Sets the channel that events of this type are published on and consumed from.
   *
   * @param channel the channel's address: a topic on Kafka, an exchange on RabbitMQ
   * @return a copy with that channel
   */
  public EventType<T> channel(String channel) {
    Draft<T> draft = new Draft<>(this);
    draft.channel = requireNonNull(channel, "channel");
    return new EventType<>(draft);
  }

  /**
   * Sets the ordering key: events of equal key are handled one at a time, in the order of their
   * publication; events without a key in any order.
   *
   * @param key from payload to key
   * @return a copy with that key
   */
  public EventType<T> key(Function<? super T, String> key) {
    Draft<T> draft = new Draft<>(this);
    draft.key = requireNonNull(key, "key");
    return new EventType<>(draft);
  }

  /**
   * Sets the CloudEvents {@code subject} of new events.
   *
   * @param subject from payload to subject
   * @return a copy with that subject
   */
  public EventType<T> subject(Function<? super T, String> subject) {
    Draft<T> draft = new Draft<>(this);
    draft.subject = requireNonNull(subject, "subject");
    return new EventType<>(draft);
  }

  /**
   * Sets the business idempotency key: two events of this type with an equal one are one business
   * event, whatever their ids, and an inbox lets only the first take effect.
   *
   * @param idempotencyKey from payload to key
   * @return a copy with that idempotency key
   */
  public EventType<T> idempotencyKey(Function<? super T, String> idempotencyKey) {
    Draft<T> draft = new Draft<>(this);
    draft.idempotencyKey = requireNonNull(idempotencyKey, "idempotencyKey");
    return new EventType<>(draft);
  }

  /**
   * Sets where the schema of new events is: a CloudEvents attribute.
   *
   * @param dataSchema where the payload's schema is
   * @return a copy with that schema
   */
  public EventType<T> dataSchema(URI dataSchema) {
    Draft<T> draft = new Draft<>(this);
    draft.dataSchema = requireNonNull(dataSchema, "dataSchema");
    return new EventType<>(draft);
  }

  /**
   * Sets what turns payloads into bytes and back.
   *
   * @param codec for example {@code Json.codec()}
   * @return a copy with that codec
   */
  public EventType<T> codec(Codec codec) {
    Draft<T> draft = new Draft<>(this);
    draft.codec = requireNonNull(codec, "codec");
    return new EventType<>(draft);
  }

  /**
   * Sets how urgent events of this type are to subscriptions that consume other channels too.
   *
   * @param priority normal unless told otherwise; the same for all event types of a channel
   * @return a copy with that priority
   */
  public EventType<T> priority(Priority priority) {
    Draft<T> draft = new Draft<>(this);
    draft.priority = requireNonNull(priority, "priority");
    return new EventType<>(draft);
  }

  /**
   * Compresses large payloads of new events: gzip (RFC 1952), told by the extension attribute
   * {@code dataencoding}. Whoever reads with this library reads both without being told; other
   * programs must know it. It costs time; a broker's own compression, of many events at once, is
   * cheaper where there is one (Kafka's {@code compression.type}).
   *
   * @param bytes payloads of more bytes are compressed, if that makes them smaller; none are unless
   *     told otherwise
   * @return a copy that compresses
   */
  public EventType<T> compressAbove(int bytes) {
    if (bytes < 0) {
      throw new MessagingException(
          "SP-API-036",
          "The event type "
              + type
              + " is to compress payloads above "
              + bytes
              + "; give 0 or more.");
    }
    Draft<T> draft = new Draft<>(this);
    draft.compressedAbove = bytes;
    return new EventType<>(draft);
  }

  int compressedAbove() {
    return compressedAbove;
  }

  /**
   * A copy whose events expire: so long after their {@code time} no handler gets them (rule D13).
   * What is published says so by {@code expirytime}; an event that says an earlier instant itself
   * expires then.
   *
   * @param timeToLive positive, at most 100 years; no event expires by itself unless told otherwise
   * @return the copy
   * @throws MessagingException {@code SP-API-005} if it is out of bounds
   */
  public EventType<T> timeToLive(Duration timeToLive) {
    Retry.check(
        timeToLive.compareTo(Duration.ZERO) > 0 && timeToLive.compareTo(CENTURY) <= 0,
        "timeToLive",
        timeToLive,
        "must be positive and at most 100 years");
    Draft<T> draft = new Draft<>(this);
    draft.timeToLive = timeToLive;
    return new EventType<>(draft);
  }

  @Nullable Duration timeToLive() {
    return timeToLive;
  }

  /**
   * A copy whose payloads are no larger, when they are published: a larger one is refused with
   * {@code SP-API-045}.
   *
   * @param bytes of the payload as the codec writes it, before {@linkplain #compressAbove
   *     compression}; at least 1; the transport's own limit unless told otherwise
   * @return the copy
   * @throws MessagingException {@code SP-API-005} if it is less than 1
   */
  public EventType<T> maxBytes(int bytes) {
    Retry.check(bytes >= 1, "maxBytes", bytes, "must be at least 1");
    Draft<T> draft = new Draft<>(this);
    draft.maxBytes = bytes;
    return new EventType<>(draft);
  }

  void checkSize(int bytes) {
    if (bytes > maxBytes) {
      throw new MessagingException(
          "SP-API-045",
          "The payload of an event of "
              + type
              + " has "
              + bytes
              + " bytes; its type allows "
              + maxBytes
              + ". Send less, by reference for example, or raise the limit where it is set.");
    }
  }

  /**
   * Sets the version before this one, whose events are read as if they were of this one: who
   * handles this type handles both, and whatever the older one upcasts in its turn, each from its
   * own channel. The event's attributes stay those of the version it was published as, and its
   * bytes what they were, in dead letters too (rule D14). An event of this very version costs
   * nothing more.
   *
   * <pre>{@code
   * ORDER_V3 = EventType.of("com.example.order.v3", OrderV3.class)...
   *     .upcasting(ORDER_V2, OrderV3::of);
   * }</pre>
   *
   * Payloads of old versions need no class of their own: a codec's generic tree will do, such as
   * Jackson's {@code JsonNode}.
   *
   * @param older the version before; with a codec and a channel
   * @param upcast from its payload to this one's. What it throws is a fault of the event, which
   *     becomes a dead letter
   * @param <S> the class of its payload
   * @return a copy that reads that version too
   */
  public <S> EventType<T> upcasting(EventType<S> older, Function<? super S, ? extends T> upcast) {
    requireNonNull(upcast, "upcast");
    if (older.versions().stream().anyMatch(version -> version.type.equals(type))) {
      throw new MessagingException(
          "SP-API-033",
          "The event type "
              + type
              + " cannot upcast "
              + older
              + ", which is, or upcasts, the same type; a version has a type of its own.");
    }
    Draft<T> draft = new Draft<>(this);
    draft.upcast = new Upcast<>(older, upcast);
    return new EventType<>(draft);
  }

  /**
   * A new event of this type with an id of its own (a UUID of version 7, which sorts by time), and
   * the type's source and subject. Its {@code time} is set when it is published.
   *
   * @param data the payload
   * @return the event
   */
  public Event<T> event(T data) {
    if (source == null) {
      throw missing("source");
    }
    return new Event<>(
        this,
        Event.envelope(
            EventIds.SHARED.next().toString(),
            source,
            type,
            dataSchema,
            subject == null ? null : subject.apply(data)),
        data,
        null);
  }

  /**
   * The typed event that a CloudEvent holds, with every attribute and extension kept.
   *
   * @param event a CloudEvent of this {@link #type()}, or of one that it {@linkplain #upcasting
   *     upcasts}
   * @return the typed event; its {@link Event#toCloudEvent()} is {@code event} again
   * @throws DecodeException if {@code event} is of another type, or its data cannot be decoded
   */
  public Event<T> event(CloudEvent event) {
    return event(event, List.of());
  }

  /** As {@link #event(CloudEvent)}, with the headers of the message that it came in. */
  Event<T> event(CloudEvent event, List<Header> headers) {
    if (event.getType().equals(type)) {
      Codec codec = codec();
      if (event.getData() == null && !codec.readsNoData()) {
        throw new DecodeException(
            "SP-API-037",
            "The CloudEvent "
                + event.getId()
                + ", a "
                + type
                + ", has no data, as a tombstone has none, and its codec reads none from that. Let"
                + " its publisher write data, or use a codec that takes it (Codec.readsNoData).",
            null);
      }
      Encoded encoded = Event.encoded(event, headers, codec.headerNames());
      return new Event<>(this, event, codec.decode(this, encoded), encoded);
    }
    if (upcast == null) {
      throw new DecodeException(
          "SP-API-002",
          "The CloudEvent " + event.getId() + " is a " + event.getType() + ", not a " + type + ".",
          null);
    }
    return upcast(upcast, event, headers);
  }

  private <S> Event<T> upcast(Upcast<S, T> from, CloudEvent event, List<Header> headers) {
    Event<S> old = from.older.event(event, headers);
    T data;
    try {
      data = requireNonNull(from.function.apply(old.data()), "its result");
    } catch (RuntimeException failure) {
      throw new DecodeException(
          "SP-API-034",
          "The CloudEvent "
              + event.getId()
              + ", a "
              + event.getType()
              + ", cannot be read as "
              + type
              + ": the upcast from "
              + from.older
              + " failed ("
              + failure.getClass().getName()
              + "). Mend it, then replay the event; its bytes are kept.",
          failure);
    }
    return new Event<>(this, event, data, old.encoded());
  }

  /** This version and all that are read as this one, the newest first. */
  List<EventType<?>> versions() {
    List<EventType<?>> versions = new ArrayList<>();
    for (EventType<?> version = this; version != null; version = version.older()) {
      versions.add(version);
    }
    return versions;
  }

  private @Nullable EventType<?> older() {
    return upcast == null ? null : upcast.older;
  }

  /**
   * The CloudEvents {@code type}.
   *
   * @return not empty
   */
  public String type() {
    return type;
  }

  /**
   * The class of the payload.
   *
   * @return never null
   */
  public Class<T> payload() {
    return payload;
  }

  /**
   * The channel.
   *
   * @return the address given to {@link #channel(String)}
   * @throws MessagingException {@code SP-API-003} if none was given
   */
  public String channel() {
    if (channel == null) {
      throw missing("channel");
    }
    return channel;
  }

  /**
   * The codec.
   *
   * @return what was given to {@link #codec(Codec)}
   * @throws MessagingException {@code SP-API-003} if none was given
   */
  public Codec codec() {
    if (codec == null) {
      throw missing("codec");
    }
    return codec;
  }

  /**
   * The CloudEvents {@code dataschema} of new events.
   *
   * @return null if none was given
   */
  public @Nullable URI dataSchema() {
    return dataSchema;
  }

  /**
   * How urgent events of this type are.
   *
   * @return {@link Priority#NORMAL} if none was given
   */
  public Priority priority() {
    return priority;
  }

  /**
   * The ordering key of a payload.
   *
   * @param data a payload
   * @return null if events of this type, or this one, have no key
   */
  public @Nullable String keyOf(T data) {
    return key == null ? null : key.apply(data);
  }

  /**
   * The business idempotency key of a payload.
   *
   * @param data a payload
   * @return null if events of this type have none: then their id is what counts
   */
  public @Nullable String idempotencyKeyOf(T data) {
    return idempotencyKey == null ? null : idempotencyKey.apply(data);
  }

  /**
   * Whether events of this type have an ordering key.
   *
   * @return true if {@link #key(Function)} was given
   */
  public boolean isKeyed() {
    return key != null;
  }

  /**
   * Whether events of this type have a business idempotency key.
   *
   * @return true if {@link #idempotencyKey(Function)} was given
   */
  public boolean hasIdempotencyKey() {
    return idempotencyKey != null;
  }

  @Override
  public String toString() {
    return type;
  }

  private MessagingException missing(String what) {
    return new MessagingException(
        "SP-API-003",
        "The event type "
            + type
            + " has no "
            + what
            + "; set it with EventType."
            + what
            + "(...).");
  }

  /** The one mutable form, so that each setter names only what it sets. */
  private static final class Draft<T> {
    final String type;
    final Class<T> payload;
    @Nullable URI source;
    @Nullable String channel;
    @Nullable URI dataSchema;
    @Nullable Codec codec;
    Priority priority = Priority.NORMAL;
    int compressedAbove = Integer.MAX_VALUE;
    @Nullable Duration timeToLive;
    int maxBytes = Integer.MAX_VALUE;
    @Nullable Function<? super T, String> key;
    @Nullable Function<? super T, String> subject;
    @Nullable Function<? super T, String> idempotencyKey;
    @Nullable Upcast<?, T> upcast;

    Draft(String type, Class<T> payload) {
      this.type = type;
      this.payload = payload;
    }

    Draft(EventType<T> from) {
      this(from.type, from.payload);
      this.source = from.source;
      this.channel = from.channel;
      this.dataSchema = from.dataSchema;
      this.codec = from.codec;
      this.priority = from.priority;
      this.compressedAbove = from.compressedAbove;
      this.timeToLive = from.timeToLive;
      this.maxBytes = from.maxBytes;
      this.key = from.key;
      this.subject = from.subject;
      this.idempotencyKey = from.idempotencyKey;
      this.upcast = from.upcast;
    }
  }
}
