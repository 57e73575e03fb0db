package io.stagepost.schema;

import io.stagepost.MessagingException;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Shows a payload without what its schema marks as sensitive, for tools and logs: {@code
 * "x-sensitive": true} in a JSON Schema; in Avro that or {@code "sensitive": true}, as a property
 * of a field or of its type. A marked value is replaced as a whole by {@code "***"}, and so is what
 * it cannot tell: behind a reference that leads nowhere, every scalar of a Protobuf message, and
 * everything if the schema is unreadable.
 *
 * <pre>{@code
 * JsonNode shown = Masking.of(schema).mask(decoded);
 * }</pre>
 *
 * <p>It does not ask whether a payload is valid: one that is not may be shown too. Where a schema
 * leaves open which of its branches holds, what any of them marks is masked. Names of fields and
 * keys of maps are shown.
 *
 * <p>Immutable and thread-safe.
 */
public final class Masking {
  /** What is shown instead. */
  public static final String MASK = "***";

  private static final JsonMapper SCHEMAS = JsonMapper.builder(JsonLimits.factory()).build();

  private final Function<JsonNode, JsonNode> mask;

  private Masking(Function<JsonNode, JsonNode> mask) {
    this.mask = mask;
  }

  /**
   * The masking of a schema that refers to no other.
   *
   * @param schema what the payload was written with
   * @return its masking
   */
  public static Masking of(Schema schema) {
    return of(
        schema,
        reference -> {
          throw new SchemaNotFoundException(
              "SP-SCHEMA-202",
              "A schema refers to " + reference.name() + ", and there is nothing to find it in.");
        });
  }

  /**
   * The masking of a schema.
   *
   * @param schema what the payload was written with
   * @param references finds what it refers to; what it does not find is masked
   * @return its masking
   */
  public static Masking of(Schema schema, Function<Schema.Reference, Schema> references) {
    try {
      return switch (schema.format()) {
        case JSON -> {
          JsonMasking json = new JsonMasking(schema, references, Masking::parse);
          yield new Masking(json::mask);
        }
        case AVRO -> {
          AvroMasking avro = new AvroMasking(schema, references, Masking::parse);
          yield new Masking(avro::mask);
        }
        case PROTOBUF -> new Masking(Masking::scalars);
      };
    } catch (JacksonException unreadable) {
      return new Masking(any -> StringNode.valueOf(MASK));
    }
  }

  /** What a reference leads to; null if it cannot be had, and then what is behind it is masked. */
  static @Nullable Schema find(
      Schema.Reference reference, Function<Schema.Reference, Schema> references) {
    try {
      return references.apply(reference);
    } catch (MessagingException missing) {
      return null;
    }
  }

  private static JsonNode parse(String text) {
    return SCHEMAS.readTree(text);
  }

  /**
   * A payload as it may be shown.
   *
   * @param payload a payload; of Avro with the fields of a record by their names, and unions with
   *     or without the name of their branch
   * @return a copy without sensitive values
   */
  public JsonNode mask(JsonNode payload) {
    return mask.apply(payload);
  }

  private static JsonNode scalars(JsonNode node) {
    if (node.isObject()) {
      ObjectNode copy = JsonNodeFactory.instance.objectNode();
      for (Map.Entry<String, JsonNode> property : node.properties()) {
        copy.set(property.getKey(), scalars(property.getValue()));
      }
      return copy;
    }
    if (node.isArray()) {
      ArrayNode copy = JsonNodeFactory.instance.arrayNode();
      for (JsonNode item : node) {
        copy.add(scalars(item));
      }
      return copy;
    }
    return StringNode.valueOf(MASK);
  }
}
