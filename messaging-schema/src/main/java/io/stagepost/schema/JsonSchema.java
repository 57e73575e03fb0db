package io.stagepost.schema;

import static java.util.Objects.requireNonNull;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON as {@link Json} writes and reads it, checked against a JSON Schema of draft-07 or 2020-12
 * when it is written and when it is read. Needs {@code com.networknt:json-schema-validator}.
 *
 * <pre>{@code
 * .codec(JsonSchema.codec(text))                            // no registry
 * .codec(JsonSchema.codec(text, Schemas.in(registry)))      // the same schema, registered
 * .codec(JsonSchema.codec(Schemas.in(registry).latest()))   // written as the registry says
 * }</pre>
 *
 * <p>A body is read if it is as the reader's schema says, whatever schema it was written with: that
 * is what the handler relies on, and what compatibility means. The registry is not asked for that.
 * A reader without a schema of its own takes the writer's, as the body names it.
 *
 * <p>A schema without {@code $schema} is draft-07, as Confluent takes it. {@code format} is checked
 * in draft-07 and is a remark in 2020-12, as these say. Nothing is fetched over a network.
 *
 * <p>Immutable and thread-safe: each method that sets something returns a copy.
 */
public final class JsonSchema implements Codec {
  private final @Nullable Schema own;
  private final Schemas schemas;
  private final Json json;
  private final boolean checksWrites;
  private final boolean checksReads;
  private final Wire wire;
  private final Bounded<Schema, JsonValidator> validators = new Bounded<>(Bounded.SCHEMAS);

  private JsonSchema(
      @Nullable Schema own, Schemas schemas, Json json, boolean checksWrites, boolean checksReads) {
    this.own = own;
    this.schemas = schemas;
    this.json = json;
    this.checksWrites = checksWrites;
    this.checksReads = checksReads;
    this.wire = schemas.wire(Schema.Format.JSON);
    if (own != null && own.references().isEmpty()) {
      JsonValidator unused = validator(own); // wrong at start is found at start
    }
  }

  /**
   * A codec with a schema and no registry.
   *
   * @param schema a JSON Schema
   * @return a codec
   * @throws MessagingException {@code SP-SCHEMA-220} if it is none
   */
  public static JsonSchema codec(String schema) {
    return codec(schema, Schemas.plain());
  }

  /**
   * A codec with a schema.
   *
   * @param schema a JSON Schema
   * @param schemas where schemas are
   * @return a codec
   * @throws MessagingException {@code SP-SCHEMA-220} if it is none
   */
  public static JsonSchema codec(String schema, Schemas schemas) {
    return codec(Schema.of(Schema.Format.JSON, schema), schemas);
  }

  /**
   * A codec with a schema that may refer to others, which are in a registry.
   *
   * @param schema a JSON Schema
   * @param schemas where schemas are
   * @return a codec
   * @throws MessagingException {@code SP-SCHEMA-220} if it is none
   */
  public static JsonSchema codec(Schema schema, Schemas schemas) {
    return new JsonSchema(requireNonNull(schema, "schema"), schemas, Json.usual(), true, true);
  }

  /**
   * A codec whose schemas are in a registry only: it writes with the version that is pinned there,
   * and checks what it reads against the schema that it was written with.
   *
   * @param schemas in a registry; with a version to write with, if it is to write
   * @return a codec
   */
  public static JsonSchema codec(Schemas schemas) {
    if (schemas.registry() == null) {
      throw new MessagingException(
          "SP-SCHEMA-212", "A JsonSchema codec without a schema needs a registry; give it either.");
    }
    return new JsonSchema(null, schemas, Json.usual(), true, true);
  }

  /**
   * Sets what turns payloads into JSON and back.
   *
   * @param mapper the mapper, with all its settings; it should write properties in a fixed order,
   *     and have limits
   * @return a copy
   */
  public JsonSchema mapper(JsonMapper mapper) {
    return new JsonSchema(own, schemas, Json.of(mapper), checksWrites, checksReads);
  }

  /**
   * Writes without checking, which saves parsing what was just written.
   *
   * @return a copy
   */
  public JsonSchema withoutCheckingWrites() {
    return new JsonSchema(own, schemas, json, false, checksReads);
  }

  /**
   * Reads without checking: what fits the payload's class is good enough.
   *
   * @return a copy
   */
  public JsonSchema withoutCheckingReads() {
    return new JsonSchema(own, schemas, json, checksWrites, false);
  }

  @Override
  public <T> Encoded encode(EventType<T> type, T data) {
    byte[] body = json.write(type, data);
    Schema schema = wire.prepare(type, own);
    if (checksWrites) {
      // What is checked is what is sent, and not what it was made of.
      List<String> violations = validator(schema).check(json.written(type, body));
      if (!violations.isEmpty()) {
        throw new MessagingException(
            "SP-SCHEMA-221",
            "The payload of "
                + type
                + ", a "
                + type.payload().getName()
                + ", is not as its JSON Schema says: "
                + String.join("; ", violations)
                + ". Mend the payload, or its schema.");
      }
    }
    return wire.write(type, own, body, Json.CONTENT_TYPE);
  }

  @Override
  public <T> T decode(EventType<T> type, Encoded encoded) {
    Json.checkContentType(type, encoded.contentType());
    boolean writers = checksReads && own == null;
    Wire.Incoming incoming = wire.read(type, own, encoded, writers);
    if (!checksReads) {
      return json.read(type, encoded.bytes(), incoming.offset());
    }
    JsonNode tree = json.tree(type, encoded.bytes(), incoming.offset());
    List<String> violations =
        (own == null ? writers(type, requireNonNull(incoming.schema())) : validator(own))
            .check(tree);
    if (!violations.isEmpty()) {
      throw new DecodeException(
          "SP-SCHEMA-222",
          "The body of an event of "
              + type
              + " is not as "
              + (own == null ? "its writer's" : "its reader's")
              + " JSON Schema says: "
              + String.join("; ", violations)
              + ". Mend its publisher, or the schema, then replay the event. Its bytes are kept.",
          null);
    }
    return json.map(type, tree);
  }

  /** A schema that cannot be used now cannot be used later either. */
  private JsonValidator writers(EventType<?> type, Schema schema) {
    try {
      return validator(schema);
    } catch (MessagingException unusable) {
      if (!(unusable instanceof SchemaNotFoundException
          || unusable instanceof SchemaRefusedException
          || unusable instanceof JsonValidator.Unusable
          || Turnstile.isFinal(unusable))) {
        throw unusable;
      }
      throw new DecodeException(
          "SP-SCHEMA-223",
          "The JSON Schema that an event of "
              + type
              + " was written with cannot be used ("
              + unusable.getMessage()
              + "). Give the codec a schema of its own, then replay the event. Its bytes are kept.",
          unusable);
    }
  }

  private JsonValidator validator(Schema schema) {
    JsonValidator validator = validators.get(schema);
    return validator == null
        ? validators.put(schema, JsonValidator.compile(schema, wire.references(schema)))
        : validator;
  }

  @Override
  public Set<String> headerNames() {
    return wire.headerNames();
  }

  @Override
  public void prepare(EventType<?> type) {
    JsonValidator unused = validator(wire.prepare(type, own));
  }

  @Override
  public List<String> problems(EventType<?> type) {
    return wire.problems(type, own, null);
  }

  @Override
  public boolean isReady(EventType<?> type) {
    return wire.isReady(type, own)
        && (!checksWrites || validators.get(wire.prepare(type, own)) != null);
  }

  @Override
  public String toString() {
    return "JSON, checked by JSON Schema (" + schemas + ")";
  }
}
