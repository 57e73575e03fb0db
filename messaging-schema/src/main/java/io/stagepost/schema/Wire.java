package io.stagepost.schema;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.schema.Schemas.Framing;
import io.stagepost.schema.compatibility.Incompatibility;
import io.stagepost.schema.compatibility.SchemaCheck;
import io.stagepost.schema.registry.References;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.Header;
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

  /** What a subject begins with that names a context of its own. */
  private static final String CONTEXT = ":.";

  /**
   * What a received body says of itself.
   *
   * @param schema what it was written with; null if nothing says, or the format's reader does not
   *     need it
   * @param offset where in the bytes the payload begins
   * @param path which message of a Protobuf file it is, as in {@link Part}; empty if nothing says
   */
  record Incoming(@Nullable Schema schema, int offset, List<Integer> path) {
    Incoming(@Nullable Schema schema, int offset) {
      this(schema, offset, List.of());
    }
  }

  /**
   * Which message of a Protobuf file a body is.
   *
   * @param name its full name
   * @param path where it is: the index of the outermost message in its file, then of the one in
   *     that
   */
  record Part(String name, List<Integer> path) {}

  /** All that an answer about what to write with depends on: copies of a type share it. */
  private record Key(
      String channel, @Nullable URI dataSchema, @Nullable Schema own, @Nullable Part part) {}

  private final Schema.Format format;
  private final Schemas schemas;
  private final @Nullable SchemaRegistry registry;
  private final @Nullable Turnstile turnstile;
  private final Map<String, Schema> known = new HashMap<>();
  private final Bounded<Schema, URI> fingerprints = new Bounded<>(Bounded.SCHEMAS);
  private final Bounded<Key, RegisteredSchema> written = new Bounded<>(Bounded.SCHEMAS);
  private final Bounded<Object, Schema> read = new Bounded<>(Bounded.SCHEMAS);

  Wire(Schema.Format format, Schemas schemas) {
    this.format = format;
    this.schemas = schemas;
    this.registry = schemas.registry();
    this.turnstile = registry == null ? null : Turnstile.of(registry);
    for (Schema schema : schemas.known()) {
      this.known.put(Fingerprint.of(schema).toString(), schema);
    }
    schemas.named().forEach((name, schema) -> this.known.put(name.toString(), schema));
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
    Schema required = required(type, own);
    URI name = type.dataSchema();
    if (format == Schema.Format.AVRO && name != null && !means(name, required)) {
      throw new MessagingException(
          "SP-SCHEMA-208",
          "The event type "
              + type
              + " has a dataSchema of its own, "
              + name
              + ", so readers could not tell which version of its Avro schema a body was written"
              + " with; leave it out, or say which schema it stands for:"
              + " Schemas.plain().known(dataSchema, schema).");
    }
    return required;
  }

  /** Whether that name was said to stand for that schema. */
  private boolean means(URI name, Schema schema) {
    Schema named = known.get(name.toString());
    return named != null && fingerprint(named).equals(fingerprint(schema));
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
    return registry == null || written.get(key(type, own, part)) != null;
  }

  private Key key(EventType<?> type, @Nullable Schema own, @Nullable Part part) {
    boolean isByName = schemas.subjects() == Schemas.SubjectName.RECORD;
    return new Key(isByName ? "" : type.channel(), type.dataSchema(), own, part);
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
    Key key = key(type, own, part);
    RegisteredSchema registered = written.get(key);
    return registered == null ? written.put(key, lookUp(registry, type, own, part)) : registered;
  }

  private RegisteredSchema lookUp(
      SchemaRegistry registry, EventType<?> type, @Nullable Schema own, @Nullable Part part) {
    String subject = SubjectNames.of(schemas.subjects(), type, format, own, part);
    RegisteredSchema registered;
    try {
      registered =
          switch (schemas.version()) {
            case Schemas.LATEST -> registry.latest(subject);
            case Schemas.OWN -> registered(registry, subject, required(type, own));
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
    String subject = SubjectNames.of(schemas.subjects(), type, format, own, part);
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

  /**
   * Where it is registered; registers it if that is wanted.
   *
   * @throws SchemaRefusedException if it is not compatible with what is there
   * @throws SchemaNotFoundException if it is not there and is not to be registered
   */
  private RegisteredSchema registered(SchemaRegistry registry, String subject, Schema schema) {
    SchemaCheck check = schemas.check();
    if (check != null) {
      tell(subject, check.verify(subject, schema));
    }
    return schemas.registers()
        ? registry.register(subject, schema, schemas.normalizes())
        : registry.find(subject, schema, schemas.normalizes());
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
            + SubjectNames.escape(registered.subject())
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
      Frames.Path path = Frames.NO_PATH;
      if (format == Schema.Format.PROTOBUF && header.length > Frames.end(header)) {
        path = path(type, header, Frames.end(header));
      }
      return new Incoming(needed ? ofHeader(type, header) : null, 0, path.indexes());
    }
    URI said = encoded.schema();
    if (body.length > 0 && body[0] == 0 && isFramed(type, said, body)) {
      Schema schema = needed ? ofId(type, Frames.id(body, 1)) : null;
      if (format == Schema.Format.PROTOBUF) {
        Frames.Path path = path(type, body, Frames.LENGTH);
        return new Incoming(schema, path.end(), path.indexes());
      }
      return new Incoming(schema, Frames.LENGTH);
    }
    return new Incoming(needed ? ofDataSchema(type, own, said) : null, 0);
  }

  private static Frames.Path path(EventType<?> type, byte[] bytes, int offset) {
    Frames.Path path = Frames.path(bytes, offset);
    if (path == null) {
      throw malformed(type, "what follows the schema's id is no list of message indexes");
    }
    return path;
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
    Integer id = number(text, text.substring(0, text.lastIndexOf('/') + 1));
    if (id != null && text.endsWith(IDS + id)) {
      return Frames.id(body, 1) == id; // of whatever registry: without a frame it says the same
    }
    boolean isVersion = id != null && text.contains(SUBJECTS) && text.endsWith(VERSIONS + id);
    return !isVersion && !Fingerprint.is(said) && !known.containsKey(text);
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
        String subject = SubjectNames.unescape(text.substring(subjects.length(), versions));
        if (subject.startsWith(CONTEXT)) {
          return null; // which context is asked is the reader's business
        }
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
      schema = ask(lookUp);
    } catch (SchemaNotFoundException | SchemaRefusedException missing) {
      throw new DecodeException(
          "SP-SCHEMA-205",
          "An event of "
              + type
              + " was written with the schema of "
              + what
              + ", which "
              + registry
              + " does not give for good. Restore the schema there, or use the registry of the event's"
              + " publisher; then replay the event. Its bytes are kept.",
          missing);
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

  /** What a reader asks: as few of them wait for an answer at a time as need be. */
  private <T> T ask(Supplier<T> question) {
    return turnstile == null ? question.get() : turnstile.ask(question);
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
   * The schemas that another refers to, over any number of steps. May block.
   *
   * @return as {@link References#resolve} has them
   * @throws SchemaNotFoundException if one of them is missing
   */
  Map<String, Schema> references(Schema schema) {
    if (schema.references().isEmpty()) {
      return Map.of();
    }
    SchemaRegistry from = registry;
    if (from == null) {
      Schema.Reference reference = schema.references().get(0);
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
    return ask(() -> References.resolve(from, schema));
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
      registered = registered(registry, name, schema);
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
