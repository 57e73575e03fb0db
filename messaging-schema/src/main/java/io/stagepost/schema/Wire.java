package io.stagepost.schema;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.schema.Schemas.Framing;
import io.stagepost.schema.compatibility.Incompatibility;
import io.stagepost.schema.compatibility.SchemaCheck;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.Header;
import io.stagepost.spi.UnansweredException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What lies between a codec, which knows its format and where none of its schemas are, and the
 * place where schemas are, which knows no format: how a body says with which schema it was written,
 * and how a reader finds that schema.
 *
 * <p>A codec encodes like this, and decodes with {@link #read}:
 *
 * <pre>{@code
 * Schema schema = wire.prepare(type, own);          // no question asked if isReady
 * return wire.write(type, own, bodyOf(data, schema), "application/avro");
 * }</pre>
 *
 * <p>How a body says it, in the order in which a reader looks:
 *
 * <ol>
 *   <li>The header {@code __value_schema_id}. The body is the payload.
 *   <li>0x00 and an id before the payload. JSON and Protobuf never begin with 0x00, so there it is
 *       always that. An Avro body may; so there it is that only if {@code dataschema} names the
 *       same id, or names nothing that is known here.
 *   <li>{@code dataschema}: a schema's hash, its id in the registry, or a subject and version.
 *   <li>Nothing says: then it was written with the reader's own schema. In Avro, where a wrong
 *       guess can go unnoticed, only a codec without a registry takes it so.
 * </ol>
 *
 * <p>Thread-safe. Got from {@link Schemas#wire}.
 */
final class Wire {
  private static final Logger LOG = System.getLogger("io.stagepost.schema.Schemas");

  /** Confluent's, of a message's value. */
  static final String HEADER = "__value_schema_id";

  private static final Set<String> HEADERS = Set.of(HEADER);
  private static final String IDS = "/schemas/ids/";
  private static final String SUBJECTS = "/subjects/";
  private static final String VERSIONS = "/versions/";

  /**
   * What a received body says of itself.
   *
   * @param schema what it was written with; null if nothing says, or the format's reader does not
   *     need it
   * @param offset where in the bytes the payload begins
   */
  record Incoming(@Nullable Schema schema, int offset) {}

  /**
   * Which message of a Protobuf file a body is.
   *
   * @param name its full name
   * @param path where it is: the index of the outermost message in its file, then of the one in
   *     that
   */
  record Part(String name, List<Integer> path) {}

  /** What is written with what. */
  private record Key(EventType<?> type, @Nullable Schema own, @Nullable Part part) {}

  private final Schema.Format format;
  private final Schemas schemas;
  private final @Nullable SchemaRegistry registry;
  private final Map<String, Schema> known = new HashMap<>();
  private final Bounded<Schema, URI> fingerprints = new Bounded<>(Bounded.SCHEMAS);
  private final Bounded<Key, RegisteredSchema> written = new Bounded<>(Bounded.SCHEMAS);
  private final Bounded<Object, Schema> read = new Bounded<>(Bounded.SCHEMAS);

  Wire(Schema.Format format, Schemas schemas) {
    this.format = format;
    this.schemas = schemas;
    this.registry = schemas.registry();
    for (Schema schema : schemas.known()) {
      this.known.put(Fingerprint.of(schema).toString(), schema);
    }
  }

  /** The headers of a message that belong to its schema. */
  Set<String> headerNames() {
    return HEADERS;
  }

  // ---- write

  /**
   * The schema that events of this type are to be written with: {@code own}, or the version that is
   * pinned in the registry. May block unless {@link #isReady}.
   *
   * @param own what the codec would write with; null if it leaves that to the registry
   * @throws MessagingException if it cannot be had
   */
  Schema prepare(EventType<?> type, @Nullable Schema own) {
    return prepare(type, own, null);
  }

  /** As above, of a Protobuf message. */
  Schema prepare(EventType<?> type, @Nullable Schema own, @Nullable Part part) {
    if (registry != null) {
      Schema registered = registered(registry, type, own, part).schema();
      // A registry may give back the same schema in other words, which need not be parsed again.
      return own == null || schemas.version() != Schemas.OWN ? registered : own;
    }
    return required(type, own);
  }

  private static Schema required(EventType<?> type, @Nullable Schema own) {
    if (own == null) {
      throw new MessagingException(
          "SP-SCHEMA-215",
          "The codec of "
              + type
              + " has no schema to write with; give it one, or pin a version of a registry's:"
              + " Schemas.in(registry).latest().");
    }
    return own;
  }

  /** Whether {@link #prepare} and {@link #write} ask nobody. */
  boolean isReady(EventType<?> type, @Nullable Schema own) {
    return isReady(type, own, null);
  }

  /** As above, of a Protobuf message. */
  boolean isReady(EventType<?> type, @Nullable Schema own, @Nullable Part part) {
    return registry == null || written.get(new Key(type, own, part)) != null;
  }

  /**
   * The body as it travels.
   *
   * @param own as given to {@link #prepare}
   * @param body written with what {@link #prepare} returned
   */
  Encoded write(EventType<?> type, @Nullable Schema own, byte[] body, String contentType) {
    return write(type, own, null, body, contentType);
  }

  /** As above, of a Protobuf message. */
  Encoded write(
      EventType<?> type,
      @Nullable Schema own,
      @Nullable Part part,
      byte[] body,
      String contentType) {
    if (registry == null) {
      URI hash = own == null || type.dataSchema() != null ? null : fingerprint(own);
      return new Encoded(body, contentType, hash, List.of());
    }
    RegisteredSchema registered = registered(registry, type, own, part);
    List<Integer> path = part == null ? List.of() : part.path();
    return switch (schemas.framing()) {
      case NONE ->
          new Encoded(
              body,
              contentType,
              Frames.begins(body, registered.id()) ? byVersion(registered) : byId(registered),
              List.of());
      case CONFLUENT_ID ->
          new Encoded(
              Frames.withId(registered.id(), path, body), contentType, byId(registered), List.of());
      case CONFLUENT_HEADER ->
          new Encoded(
              body,
              contentType,
              byId(registered),
              List.of(new Header(HEADER, Frames.header(guid(type, registered), path))));
    };
  }

  private RegisteredSchema registered(
      SchemaRegistry registry, EventType<?> type, @Nullable Schema own, @Nullable Part part) {
    Key key = new Key(type, own, part);
    RegisteredSchema registered = written.get(key);
    return registered == null ? written.put(key, lookUp(registry, type, own, part)) : registered;
  }

  private RegisteredSchema lookUp(
      SchemaRegistry registry, EventType<?> type, @Nullable Schema own, @Nullable Part part) {
    String subject = Subjects.of(schemas.subjects(), type, format, own, part);
    SchemaCheck check = schemas.check();
    if (check != null && own != null && schemas.version() == Schemas.OWN) {
      tell(subject, check.verify(subject, own));
    }
    RegisteredSchema registered;
    try {
      registered =
          switch (schemas.version()) {
            case Schemas.LATEST -> registry.latest(subject);
            case Schemas.OWN -> own(registry, type, subject, own);
            default -> registry.version(subject, schemas.version());
          };
    } catch (SchemaNotFoundException missing) {
      throw notRegistered("The schema that " + type + " is to be written with", subject, missing);
    }
    if (registered.schema().format() != format) {
      throw new MessagingException(
          "SP-SCHEMA-206",
          "Version "
              + registered.version()
              + " of the subject "
              + subject
              + " of "
              + registry
              + " is a schema of "
              + registered.schema().format()
              + ", and the codec of "
              + type
              + " writes "
              + format
              + "; use another codec or subject.");
    }
    if (schemas.framing() == Framing.CONFLUENT_HEADER) {
      UUID unused = guid(type, registered);
    }
    if (schemas.framing() == Framing.NONE && type.dataSchema() != null) {
      throw new MessagingException(
          "SP-SCHEMA-208",
          "The event type "
              + type
              + " has a dataSchema of its own, "
              + type.dataSchema()
              + ", so readers could not tell which schema of the registry it was written with;"
              + " leave it out, or choose a framing.");
    }
    return registered;
  }

  private static void tell(String subject, List<Incompatibility> warnings) {
    warnings.forEach(
        warning ->
            LOG.log(
                Level.WARNING,
                () -> "SP-SCHEMA-216 The new schema of the subject " + subject + ": " + warning));
  }

  // ---- at the start of who reads

  /** What is wrong with the reader's schema, compared with what is registered. */
  List<String> problems(EventType<?> type, @Nullable Schema own, @Nullable Part part) {
    SchemaCheck check = schemas.check();
    if (check == null || own == null) {
      return List.of();
    }
    String subject = Subjects.of(schemas.subjects(), type, format, own, part);
    try {
      tell(subject, check.verify(subject, own));
    } catch (SchemaRefusedException incompatible) {
      return List.of(incompatible.getMessage());
    } catch (MessagingException noAnswer) {
      LOG.log(
          Level.WARNING,
          () ->
              "SP-SCHEMA-217 Whether the schema of "
                  + type
                  + " is compatible with what is registered under "
                  + subject
                  + " could not be found out; the subscription starts all the same. Let "
                  + registry
                  + " answer, then start again.",
          noAnswer);
    }
    return List.of();
  }

  private RegisteredSchema own(
      SchemaRegistry registry, EventType<?> type, String subject, @Nullable Schema own) {
    return schemas.registers()
        ? registry.register(subject, required(type, own), schemas.normalizes())
        : registry.find(subject, required(type, own), schemas.normalizes());
  }

  private UUID guid(EventType<?> type, RegisteredSchema registered) {
    UUID guid = registered.guid();
    if (guid == null) {
      throw new MessagingException(
          "SP-SCHEMA-207",
          "The registry "
              + registry
              + " gives no GUID for the schema of "
              + type
              + ", so it cannot be named in a header; use the framing CONFLUENT_ID or NONE.");
    }
    return guid;
  }

  private URI byId(RegisteredSchema registered) {
    return URI.create(schemas.address() + IDS + registered.id());
  }

  /** The other name, for a payload that happens to begin as if it were framed with the id. */
  private URI byVersion(RegisteredSchema registered) {
    return URI.create(
        schemas.address()
            + SUBJECTS
            + Subjects.escape(registered.subject())
            + VERSIONS
            + registered.version());
  }

  private URI fingerprint(Schema schema) {
    URI fingerprint = fingerprints.get(schema);
    return fingerprint == null ? fingerprints.put(schema, Fingerprint.of(schema)) : fingerprint;
  }

  // ---- read

  /**
   * Recognises how a body says what it was written with, and finds that schema if the reader needs
   * it: in Avro always, in the other formats if it has none of its own. May block.
   *
   * @param own the reader's schema; null if it has none
   * @throws DecodeException if the body names a schema that cannot be found
   */
  Incoming read(EventType<?> type, @Nullable Schema own, Encoded encoded) {
    return read(type, own, encoded, format == Schema.Format.AVRO || own == null);
  }

  /** As above, for a reader that says itself whether it needs the writer's schema. */
  Incoming read(EventType<?> type, @Nullable Schema own, Encoded encoded, boolean needed) {
    byte[] body = encoded.bytes();
    byte[] header = header(encoded.headers());
    if (header != null) {
      if (!Frames.isHeader(header)) {
        throw malformed(
            type, "its header " + HEADER + " is neither 0x01 and a GUID nor 0x00 and an id");
      }
      return new Incoming(needed ? ofHeader(type, header) : null, 0);
    }
    URI said = encoded.schema();
    if (body.length > 0 && body[0] == 0 && isFramed(type, said, body)) {
      int offset = Frames.LENGTH;
      if (format == Schema.Format.PROTOBUF) {
        offset = Frames.skipPath(body, offset);
        if (offset < 0) {
          throw malformed(type, "what follows the schema's id is no list of message indexes");
        }
      }
      return new Incoming(needed ? ofId(type, Frames.id(body, 1)) : null, offset);
    }
    return new Incoming(needed ? ofDataSchema(type, own, said) : null, 0);
  }

  private boolean isFramed(EventType<?> type, @Nullable URI said, byte[] body) {
    if (format != Schema.Format.AVRO) {
      if (body.length < Frames.LENGTH) {
        throw malformed(
            type, "it begins with 0x00, as no " + format + " does, and ends before a schema's id");
      }
      return true;
    }
    if (registry == null || body.length < Frames.LENGTH) {
      return false;
    }
    if (said == null) {
      return true;
    }
    String text = said.toString();
    Integer id = number(text, schemas.address() + IDS);
    return id != null
        ? Frames.id(body, 1) == id
        : !Fingerprint.is(said) && !text.startsWith(schemas.address() + SUBJECTS);
  }

  private Schema ofHeader(EventType<?> type, byte[] header) {
    if (header[0] == Frames.ID) {
      return ofId(type, Frames.id(header, 1));
    }
    UUID guid = Frames.guid(header);
    return find(type, guid, "GUID " + guid, () -> registry(type).byGuid(guid));
  }

  private Schema ofId(EventType<?> type, int id) {
    return find(type, id, "id " + id, () -> registry(type).byId(id));
  }

  private @Nullable Schema ofDataSchema(
      EventType<?> type, @Nullable Schema own, @Nullable URI said) {
    if (said != null) {
      String text = said.toString();
      if (own != null && said.equals(fingerprint(own))) {
        return own;
      }
      Schema schema = known.get(text);
      if (schema != null) {
        return schema;
      }
      if (registry != null && text.startsWith(schemas.address())) {
        schema = ofRegistry(type, text);
        if (schema != null) {
          return schema;
        }
      }
      if (registry == null && own != null && said.equals(type.dataSchema())) {
        return own;
      }
    }
    if (format == Schema.Format.AVRO && said == null && registry == null) {
      return null;
    }
    throw unknown(type, said);
  }

  private @Nullable Schema ofRegistry(EventType<?> type, String text) {
    Integer id = number(text, schemas.address() + IDS);
    if (id != null) {
      return ofId(type, id);
    }
    int versions = text.lastIndexOf(VERSIONS);
    String subjects = schemas.address() + SUBJECTS;
    if (versions > subjects.length() && text.startsWith(subjects)) {
      Integer version = number(text, text.substring(0, versions) + VERSIONS);
      if (version != null) {
        String subject = Subjects.unescape(text.substring(subjects.length(), versions));
        return find(
            type,
            text,
            "version " + version + " of " + subject,
            () -> registry(type).version(subject, version).schema());
      }
    }
    return null;
  }

  private Schema find(EventType<?> type, Object key, String what, Supplier<Schema> lookUp) {
    Schema schema = read.get(key);
    if (schema != null) {
      return schema;
    }
    try {
      schema = lookUp.get();
    } catch (SchemaNotFoundException missing) {
      throw new DecodeException(
          "SP-SCHEMA-205",
          "An event of "
              + type
              + " was written with the schema of "
              + what
              + ", which "
              + registry
              + " does not have. Restore the schema there, or use the registry of the event's"
              + " publisher; then replay the event. Its bytes are kept.",
          missing);
    } catch (DecodeException fault) {
      throw fault;
    } catch (MessagingException noAnswer) {
      throw unanswered(noAnswer);
    }
    if (schema.format() != format) {
      throw new DecodeException(
          "SP-SCHEMA-206",
          "An event of "
              + type
              + " was written with the schema of "
              + what
              + ", which is one of "
              + schema.format()
              + " in "
              + registry
              + ", and its codec reads "
              + format
              + "; use the codec or the registry of its publisher, then replay the event. Its bytes"
              + " are kept.",
          null);
    }
    return read.put(key, schema);
  }

  private static UnansweredException unanswered(MessagingException noAnswer) {
    String code = noAnswer.code();
    return new UnansweredException(
        code, String.valueOf(noAnswer.getMessage()).substring(code.length() + 1), noAnswer);
  }

  private SchemaRegistry registry(EventType<?> type) {
    if (registry == null) {
      throw new DecodeException(
          "SP-SCHEMA-210",
          "An event of "
              + type
              + " names its schema in a registry, and its codec has none; give it one with"
              + " Schemas.in(...), then replay the event. Its bytes are kept.",
          null);
    }
    return registry;
  }

  private static DecodeException unknown(EventType<?> type, @Nullable URI said) {
    return new DecodeException(
        said == null ? "SP-SCHEMA-209" : "SP-SCHEMA-201",
        "An event of "
            + type
            + (said == null
                ? " does not say with which schema it was written; let its publisher frame it, or"
                    + " read it with a codec that has no registry"
                : " was written with the schema "
                    + said
                    + ", which its reader does not know; give it to Schemas.known(...), or use its"
                    + " publisher's registry")
            + ", then replay the event. Its bytes are kept.",
        null);
  }

  private static DecodeException malformed(EventType<?> type, String why) {
    return new DecodeException(
        "SP-SCHEMA-204",
        "An event of "
            + type
            + " does not name its schema as it should: "
            + why
            + ". Mend its publisher. Its bytes are kept.",
        null);
  }

  private static byte @Nullable [] header(List<Header> headers) {
    for (int i = headers.size() - 1; i >= 0; i--) {
      Header header = headers.get(i);
      if (header.name().equals(HEADER) && header.value() != null) {
        return header.value();
      }
    }
    return null;
  }

  /** The number that follows; null if that is none. */
  private static @Nullable Integer number(String text, String prefix) {
    if (!text.startsWith(prefix)) {
      return null;
    }
    try {
      return Integer.valueOf(text.substring(prefix.length()));
    } catch (NumberFormatException none) {
      return null;
    }
  }

  // ---- references

  /**
   * The schema that another refers to. May block.
   *
   * @throws SchemaNotFoundException if there is none
   */
  Schema resolve(Schema.Reference reference) {
    if (registry == null) {
      throw new SchemaNotFoundException(
          "SP-SCHEMA-202",
          "A schema refers to "
              + reference.name()
              + " (version "
              + reference.version()
              + " of "
              + reference.subject()
              + "), and there is no registry to find it in; give the codec one, or a schema without"
              + " references.");
    }
    try {
      return registry.version(reference.subject(), reference.version()).schema();
    } catch (SchemaNotFoundException missing) {
      throw missing;
    } catch (MessagingException noAnswer) {
      throw unanswered(noAnswer);
    }
  }

  /**
   * Where a schema is that another is to refer to: under the subject of that name, as Confluent's
   * serializers have it. May block.
   */
  Schema.Reference refer(String name, Schema schema) {
    if (registry == null) {
      // Nobody looks it up; but the hash of what refers to it is to change when it does.
      return new Schema.Reference(name, Fingerprint.of(schema).toString(), 1);
    }
    RegisteredSchema registered;
    try {
      registered =
          schemas.registers()
              ? registry.register(name, schema, schemas.normalizes())
              : registry.find(name, schema, schemas.normalizes());
    } catch (SchemaNotFoundException missing) {
      throw notRegistered("What a schema refers to as " + name, name, missing);
    }
    return new Schema.Reference(name, registered.subject(), registered.version());
  }

  private MessagingException notRegistered(
      String what, String subject, SchemaNotFoundException missing) {
    return new MessagingException(
        "SP-SCHEMA-203",
        what
            + " is not under the subject "
            + subject
            + " of "
            + registry
            + ". Register it when the service is deployed, or let the service do so with"
            + " Schemas.autoRegister().",
        missing);
  }

  /** How many schemas of others it holds. */
  int remembered() {
    return read.size();
  }

  @Override
  public String toString() {
    return schemas.toString();
  }
}
