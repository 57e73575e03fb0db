package io.stagepost.schema;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.schema.internal.avro.Contract;
import io.stagepost.schema.internal.avro.Input;
import io.stagepost.schema.internal.avro.Limits;
import io.stagepost.schema.internal.avro.Malformed;
import io.stagepost.schema.internal.avro.Unfit;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * Avro's binary encoding, on Apache Avro 1.12, which an application that uses this codec adds to
 * its dependencies.
 *
 * <p>Payloads are Java records, which are read and written directly, or Avro's own: generated
 * classes ({@code SpecificRecord}) and {@code GenericRecord}. The schema of a record is derived
 * from it, or given by {@link #schema(String)}; which Java type goes with which type of Avro is
 * listed in the guide, {@code docs/guide/avro.md}. A reader resolves what was written with other
 * versions of its schema as Avro's specification says: defaults, aliases, promotions. But what
 * bears a logical type is read by the writer's, so that milliseconds do not become microseconds.
 *
 * <p>Of Avro's generated classes exactly those that the payload's class is made of are
 * instantiated. They need no permission in {@code org.apache.avro.SERIALIZABLE_CLASSES}.
 *
 * <p>Immutable and thread-safe; each method that sets something returns a new codec.
 */
public final class Avro implements Codec {
  private static final String CONTENT_TYPE = "application/avro";

  private static final Limits LIMITS = new Limits(16 << 20, 200, 1_000_000);

  private final Wire wire;
  private final @Nullable String given;
  private final Limits limits;
  private final Map<Class<?>, Prepared> prepared = new ConcurrentHashMap<>();

  private Avro(Wire wire, @Nullable String given, Limits limits) {
    this.wire = wire;
    this.given = given;
    this.limits = limits;
  }

  /** What is known of a payload class. */
  private record Prepared(
      Contract contract,
      Schema own,
      Contract.Writer writer,
      Bounded<Schema, Contract.Writer> writers,
      Bounded<Schema, Contract.Reader> readers) {}

  /**
   * Avro without a registry: the CloudEvents attribute {@code dataschema} names the schema that a
   * body was written with, and a body without that attribute is taken to be written with the
   * reader's own.
   *
   * @return a codec
   */
  public static Avro codec() {
    return codec(Schemas.plain());
  }

  /**
   * Avro with the schemas of a registry, or with those of older writers.
   *
   * @param schemas where they are
   * @return a codec
   */
  public static Avro codec(Schemas schemas) {
    return new Avro(schemas.wire(Schema.Format.AVRO), null, LIMITS);
  }

  /**
   * Sets the schema to write with and to read as, instead of one derived from the payload's class.
   *
   * @param schema in Avro's JSON. The fields of its records are matched with the components of Java
   *     records by name, or by an alias of the field
   * @return a copy with that schema
   */
  public Avro schema(String schema) {
    parse(Schema.of(Schema.Format.AVRO, schema));
    return new Avro(wire, schema, limits);
  }

  /**
   * Sets how large a body may be, and with it every text and number of bytes in it. Larger ones are
   * refused when they are written, and become dead letters when they come.
   *
   * @param bytes 16 MiB unless set; at least 1
   * @return a copy with that limit
   */
  public Avro maxBytes(int bytes) {
    return new Avro(
        wire, given, new Limits(positive(bytes, "maxBytes"), limits.depth(), limits.items()));
  }

  /**
   * Sets how deep records may hold records of their own kind.
   *
   * @param depth 200 levels unless set; at least 1
   * @return a copy with that limit
   */
  public Avro maxDepth(int depth) {
    return new Avro(
        wire, given, new Limits(limits.bytes(), positive(depth, "maxDepth"), limits.items()));
  }

  /**
   * Sets how many items all arrays and maps of a body may have together.
   *
   * @param items 1,000,000 unless set; at least 1
   * @return a copy with that limit
   */
  public Avro maxItems(int items) {
    return new Avro(
        wire, given, new Limits(limits.bytes(), limits.depth(), positive(items, "maxItems")));
  }

  private static int positive(int value, String name) {
    if (value < 1) {
      throw new MessagingException(
          "SP-SCHEMA-101", name + " of the Avro codec is " + value + "; it must be at least 1.");
    }
    return value;
  }

  @Override
  public Set<String> headerNames() {
    return wire.headerNames();
  }

  @Override
  public void prepare(EventType<?> type) {
    Prepared known = prepared(type);
    checkDefaults(type, known);
    writer(type, known, wire.prepare(type, known.own));
  }

  @Override
  public List<String> problems(EventType<?> type) {
    Prepared known = prepared(type);
    checkDefaults(type, known);
    return wire.problems(type, known.own, null);
  }

  /** Else those that do not fit show only when an event comes that was written without. */
  private static void checkDefaults(EventType<?> type, Prepared known) {
    try {
      known.contract.checkDefaults();
    } catch (Unfit unfit) {
      throw misfit(type, unfit);
    }
  }

  @Override
  public boolean isReady(EventType<?> type) {
    return wire.isReady(type, prepared(type).own);
  }

  @Override
  public <T> Encoded encode(EventType<T> type, T data) {
    Prepared known = prepared(type);
    Contract.Writer writer = writer(type, known, wire.prepare(type, known.own));
    byte[] body;
    try {
      body = writer.write(data);
    } catch (Unfit unfit) {
      throw unwritable(type, unfit.getMessage(), unfit);
    } catch (RuntimeException failure) {
      // Avro's own texts may hold values.
      throw unwritable(type, failure.getClass().getName(), Redacted.of(failure));
    }
    if (body.length > limits.bytes()) {
      throw unwritable(
          type,
          "it has " + body.length + " bytes, and maxBytes of its codec is " + limits.bytes(),
          null);
    }
    return wire.write(type, known.own, body, CONTENT_TYPE);
  }

  @Override
  public <T> T decode(EventType<T> type, Encoded encoded) {
    String contentType = encoded.contentType();
    if (contentType != null && !isAvro(contentType)) {
      throw new DecodeException(
          "SP-SCHEMA-105",
          "An event of "
              + type
              + " came with the content type "
              + contentType
              + ", not Avro; give the event type the codec that its publisher uses.",
          null);
    }
    byte[] bytes = encoded.bytes();
    if (bytes.length > limits.bytes()) {
      throw tooMuch(type, "it has " + bytes.length + " bytes, and maxBytes is " + limits.bytes());
    }
    Prepared known = prepared(type);
    Wire.Incoming incoming = wire.read(type, known.own, encoded);
    Contract.Reader reader =
        reader(type, known, incoming.schema() == null ? known.own : incoming.schema());
    Input in = new Input(bytes, incoming.offset(), limits);
    Object payload;
    try {
      payload = reader.read(in);
      in.end();
    } catch (Malformed malformed) {
      if (malformed.isLimit()) {
        throw tooMuch(type, String.valueOf(malformed.getMessage()));
      }
      throw unreadable(type, malformed.getMessage() + ", at byte " + in.position(), null);
    } catch (Exception failure) {
      throw unreadable(
          type, failure.getClass().getName() + " at byte " + in.position(), Redacted.of(failure));
    } catch (Throwable failure) {
      if (failure instanceof Error error) {
        throw error;
      }
      throw unreadable(type, failure.getClass().getName(), Redacted.of(failure));
    }
    return type.payload().cast(payload);
  }

  private Prepared prepared(EventType<?> type) {
    Prepared known = prepared.get(type.payload());
    if (known == null) {
      known = prepare(type.payload(), type);
      prepared.put(type.payload(), known);
    }
    return known;
  }

  private Prepared prepare(Class<?> payload, EventType<?> type) {
    try {
      Contract contract =
          Contract.of(
              payload, given == null ? null : parse(Schema.of(Schema.Format.AVRO, given)), limits);
      return new Prepared(
          contract,
          Schema.of(Schema.Format.AVRO, given == null ? contract.schema().toString() : given),
          contract.writer(contract.schema()),
          new Bounded<>(Bounded.SCHEMAS),
          new Bounded<>(Bounded.SCHEMAS));
    } catch (Unfit unfit) {
      throw misfit(type, unfit);
    }
  }

  @SuppressWarnings("ReferenceEquality") // equal ones are found in the map
  private Contract.Writer writer(EventType<?> type, Prepared known, Schema schema) {
    if (schema == known.own) { // as nearly always
      return known.writer;
    }
    Contract.Writer writer = known.writers.get(schema);
    if (writer == null) {
      try {
        writer = known.writers.put(schema, known.contract.writer(parse(schema)));
      } catch (Unfit unfit) {
        throw misfit(type, unfit);
      }
    }
    return writer;
  }

  private Contract.Reader reader(EventType<?> type, Prepared known, Schema schema) {
    Contract.Reader reader = known.readers.get(schema);
    if (reader == null) {
      try {
        reader =
            known.contract.reader(
                schema.equals(known.own) ? known.contract.schema() : parse(schema));
      } catch (Unfit unfit) {
        throw misfit(type, unfit);
      } catch (SchemaNotFoundException | SchemaRefusedException missing) {
        throw new DecodeException(
            "SP-SCHEMA-205",
            "An event of "
                + type
                + " was written with a schema that refers to one that is not in the registry."
                + " Restore it there, then replay the event. Its bytes are kept.",
            missing);
      } catch (MessagingException failure) {
        if (!failure.code().equals("SP-SCHEMA-103") && !Turnstile.isFinal(failure)) {
          throw failure;
        }
        throw new DecodeException(
            "SP-SCHEMA-108",
            "An event of "
                + type
                + " was written with a schema that is not valid Avro, or whose references go in a"
                + " circle; look at the schema that it names. Its bytes are kept in the dead"
                + " letter.",
            failure);
      }
      reader = known.readers.put(schema, reader);
    }
    return reader;
  }

  /** With all that it refers to, each parsed once. */
  private org.apache.avro.Schema parse(Schema schema) {
    org.apache.avro.Schema.Parser parser = new org.apache.avro.Schema.Parser();
    try {
      for (Schema referred : wire.references(schema).values()) {
        org.apache.avro.Schema unused = parser.parse(referred.text());
      }
      return parser.parse(schema.text());
    } catch (AvroRuntimeException refused) {
      throw new MessagingException(
          "SP-SCHEMA-103",
          "A schema is not valid Avro: "
              + refused.getMessage()
              + ". It begins "
              + schema.text().substring(0, Math.min(80, schema.text().length())),
          refused);
    }
  }

  private static MessagingException misfit(EventType<?> type, Unfit unfit) {
    return new MessagingException(
        "SP-SCHEMA-102",
        "The payload of "
            + type
            + ", a "
            + type.payload().getName()
            + ", does not fit Avro: "
            + unfit.getMessage()
            + ".",
        unfit);
  }

  private static MessagingException unwritable(
      EventType<?> type, @Nullable String why, @Nullable Throwable cause) {
    return new MessagingException(
        "SP-SCHEMA-104",
        "The payload of "
            + type
            + ", a "
            + type.payload().getName()
            + ", cannot be written as Avro: "
            + why
            + ".",
        cause);
  }

  private static DecodeException unreadable(
      EventType<?> type, String why, @Nullable Throwable cause) {
    return new DecodeException(
        "SP-SCHEMA-106",
        "The body of an event of "
            + type
            + " is no Avro of "
            + type.payload().getName()
            + ": "
            + why
            + ". Its bytes are kept in the dead letter.",
        cause);
  }

  private static DecodeException tooMuch(EventType<?> type, String what) {
    return new DecodeException(
        "SP-SCHEMA-107",
        "The body of an event of "
            + type
            + " is more than its codec takes: "
            + what
            + ". If it is right, raise the limit and replay it.",
        null);
  }

  private static boolean isAvro(String contentType) {
    String mediaType = contentType.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
    return mediaType.equals(CONTENT_TYPE)
        || mediaType.equals("avro/binary")
        || mediaType.equals("application/avro-binary")
        || mediaType.equals("application/vnd.apache.avro")
        || mediaType.equals("application/vnd.apache.avro+binary")
        || mediaType.endsWith("+avro");
  }

  @Override
  public String toString() {
    return "Avro";
  }
}
