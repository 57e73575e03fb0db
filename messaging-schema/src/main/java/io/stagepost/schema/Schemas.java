package io.stagepost.schema;

import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.schema.compatibility.Compatibility;
import io.stagepost.schema.compatibility.SchemaCheck;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the schemas of a codec are, and how a body says with which of them it was written.
 *
 * <pre>{@code
 * Avro.codec()                                              // no registry: dataschema names it by its hash
 * Avro.codec(Schemas.in(registry))                          // dataschema names it in the registry
 * Avro.codec(Schemas.in(registry).framing(CONFLUENT_ID))    // as Confluent's serializers write
 * }</pre>
 *
 * <p>These settings are for writing. Readers recognise all of it without being told.
 *
 * <p>Immutable and thread-safe: each method that sets something returns a copy. A registry is
 * closed by whoever opened it.
 */
public final class Schemas {
  /** How a body that is written says which schema of the registry it was written with. */
  public enum Framing {
    /** The body is the payload and nothing else; the CloudEvents {@code dataschema} says it. */
    NONE,
    /** 0x00 and the schema's id in four bytes, before the payload. */
    CONFLUENT_ID,
    /**
     * The header {@code __value_schema_id}: 0x01 and the schema's GUID in sixteen bytes; the body
     * is the payload and nothing else. Confluent Platform 8.0 and later.
     */
    CONFLUENT_HEADER
  }

  /** Under which subject a schema is registered. */
  public enum SubjectName {
    /** The channel and {@code -value}. */
    TOPIC,
    /**
     * What the schema is called: the full name of a record or message, the {@code title} of a JSON
     * Schema.
     */
    RECORD,
    /** The channel, a hyphen, and what the schema is called. */
    TOPIC_RECORD
  }

  /** What {@link #version} is not set to. */
  static final int OWN = 0;

  /** The newest. */
  static final int LATEST = -1;

  private final @Nullable SchemaRegistry registry;
  private final Framing framing;
  private final SubjectName subjects;
  private final boolean autoRegister;
  private final boolean normalize;
  private final int version;
  private final String address;
  private final List<Schema> known;
  private final Map<URI, Schema> named;
  private final @Nullable SchemaCheck check;

  private Schemas(Draft draft) {
    this.registry = draft.registry;
    this.framing = draft.framing;
    this.subjects = draft.subjects;
    this.autoRegister = draft.autoRegister;
    this.normalize = draft.normalize;
    this.version = draft.version;
    this.address = draft.address;
    this.known = List.copyOf(draft.known);
    this.named = Map.copyOf(draft.named);
    this.check = draft.check;
  }

  /**
   * No registry: the CloudEvents attribute {@code dataschema} names the schema by its hash, unless
   * the event type has a {@code dataSchema} of its own.
   *
   * @return what every codec has unless told otherwise
   */
  public static Schemas plain() {
    return new Schemas(new Draft());
  }

  /**
   * Schemas are in a registry. Nothing is registered: a schema that is not there is an error, see
   * {@link #autoRegister}.
   *
   * @param registry where they are
   * @return schemas without framing, under the subjects of their channels
   */
  public static Schemas in(SchemaRegistry registry) {
    Draft draft = new Draft();
    draft.registry = requireNonNull(registry, "registry");
    return new Schemas(draft);
  }

  /**
   * Sets how bodies are written.
   *
   * @param framing {@link Framing#NONE} unless told otherwise
   * @return a copy
   */
  public Schemas framing(Framing framing) {
    Draft draft = withRegistry("framing");
    draft.framing = requireNonNull(framing, "framing");
    return new Schemas(draft);
  }

  /**
   * Sets under which subjects schemas are registered.
   *
   * @param subjects {@link SubjectName#TOPIC} unless told otherwise
   * @return a copy
   */
  public Schemas subjects(SubjectName subjects) {
    Draft draft = withRegistry("subjects");
    draft.subjects = requireNonNull(subjects, "subjects");
    return new Schemas(draft);
  }

  /**
   * Registers a schema that is not there when it is first needed. Without it, registering is for
   * whoever deploys: a service with a schema that nobody agreed to cannot publish.
   *
   * @return a copy
   */
  public Schemas autoRegister() {
    Draft draft = withRegistry("autoRegister");
    draft.autoRegister = true;
    return new Schemas(draft).consistent();
  }

  /**
   * Looks for schemas, and registers them, as equal if they differ in their writing only.
   *
   * @return a copy
   */
  public Schemas normalize() {
    Draft draft = withRegistry("normalize");
    draft.normalize = true;
    return new Schemas(draft);
  }

  /**
   * Writes with one version of the subject, whatever schema the code has.
   *
   * @param version from 1
   * @return a copy
   */
  public Schemas version(int version) {
    if (version < 1) {
      throw new MessagingException(
          "SP-SCHEMA-211", "A version of " + version + " was asked for; versions begin at 1.");
    }
    Draft draft = withRegistry("version");
    draft.version = version;
    return new Schemas(draft).consistent();
  }

  /**
   * Writes with the newest version of the subject, whatever schema the code has: the newest when it
   * was first needed, until the process ends.
   *
   * @return a copy
   */
  public Schemas latest() {
    Draft draft = withRegistry("latest");
    draft.version = LATEST;
    return new Schemas(draft).consistent();
  }

  /**
   * Sets what {@code dataschema} begins with, for readers of it that would fetch the schema: where
   * the registry's API is. Ours ask their registry, and never an address that came with an event;
   * give them the same one.
   *
   * @param address such as {@code https://registry.example.com}; {@code schema-registry:} unless
   *     told otherwise
   * @return a copy
   */
  public Schemas address(URI address) {
    Draft draft = withRegistry("address");
    String text = address.toString();
    draft.address = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    return new Schemas(draft);
  }

  /**
   * Adds schemas that readers may meet by their hash, beside the reader's own: those of older
   * writers without a registry.
   *
   * @param schemas any number
   * @return a copy
   */
  public Schemas known(Schema... schemas) {
    Draft draft = new Draft(this);
    draft.known.addAll(List.of(schemas));
    return new Schemas(draft);
  }

  /**
   * Says which schema a name stands for that is neither a hash nor in the registry: one that other
   * programs write, or the {@code dataSchema} of an event type. Avro needs it, where no registry
   * and no hash says it; another version of the schema needs another name. A body with such a name
   * is taken to be the payload alone, whatever it begins with.
   *
   * @param dataSchema the name, as events have it
   * @param schema what they were written with
   * @return a copy
   */
  public Schemas known(URI dataSchema, Schema schema) {
    Draft draft = new Draft(this);
    draft.named.put(requireNonNull(dataSchema, "dataSchema"), requireNonNull(schema, "schema"));
    return new Schemas(draft);
  }

  /**
   * Compares the code's schema with the versions that are registered: before it is first written
   * with, and before it is registered; and when a subscription starts, which then does not. A
   * registry that does not answer at that moment hinders no subscription.
   *
   * @param mode what versions owe each other; a consumer that is to read all of the log needs
   *     {@link Compatibility#BACKWARD_TRANSITIVE}
   * @param accepted rules that are off, by their names
   * @return a copy
   */
  public Schemas verify(Compatibility mode, String... accepted) {
    Draft draft = withRegistry("verify");
    draft.check = SchemaCheck.against(requireNonNull(registry), mode).accepting(accepted);
    return new Schemas(draft);
  }

  /** What a codec of this format writes and reads with. */
  Wire wire(Schema.Format format) {
    return new Wire(format, this);
  }

  @Nullable SchemaRegistry registry() {
    return registry;
  }

  Framing framing() {
    return framing;
  }

  SubjectName subjects() {
    return subjects;
  }

  boolean registers() {
    return autoRegister;
  }

  boolean normalizes() {
    return normalize;
  }

  /** From 1, or {@link #OWN}, or {@link #LATEST}. */
  int version() {
    return version;
  }

  String address() {
    return address;
  }

  @Nullable SchemaCheck check() {
    return check;
  }

  List<Schema> known() {
    return known;
  }

  Map<URI, Schema> named() {
    return named;
  }

  @Override
  public String toString() {
    return registry == null
        ? "no registry"
        : registry
            + (framing == Framing.NONE ? "" : ", framing " + framing)
            + (subjects == SubjectName.TOPIC ? "" : ", subjects " + subjects)
            + (autoRegister ? ", auto-registration" : "")
            + (version == OWN ? "" : version == LATEST ? ", latest" : ", version " + version);
  }

  private Draft withRegistry(String setting) {
    if (registry == null) {
      throw new MessagingException(
          "SP-SCHEMA-212",
          "Schemas." + setting + " needs a registry: begin with Schemas.in(registry).");
    }
    return new Draft(this);
  }

  private Schemas consistent() {
    if (autoRegister && version != OWN) {
      throw new MessagingException(
          "SP-SCHEMA-213",
          "Schemas cannot both be registered by the service and be a pinned version of the"
              + " registry's; leave out autoRegister(), or version(...) and latest().");
    }
    return this;
  }

  /** The one mutable form, so that each setter names only what it sets. */
  private static final class Draft {
    @Nullable SchemaRegistry registry;
    Framing framing = Framing.NONE;
    SubjectName subjects = SubjectName.TOPIC;
    boolean autoRegister;
    boolean normalize;
    int version = OWN;
    String address = "schema-registry:";
    List<Schema> known = new ArrayList<>();
    Map<URI, Schema> named = new HashMap<>();
    @Nullable SchemaCheck check;

    Draft() {}

    Draft(Schemas from) {
      this.registry = from.registry;
      this.framing = from.framing;
      this.subjects = from.subjects;
      this.autoRegister = from.autoRegister;
      this.normalize = from.normalize;
      this.version = from.version;
      this.address = from.address;
      this.known = new ArrayList<>(from.known);
      this.named = new HashMap<>(from.named);
      this.check = from.check;
    }
  }
}
