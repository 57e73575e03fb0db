package io.stagepost.asyncapi.importing;

import io.stagepost.MessagingException;
import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.registry.References;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.avro.Schema.Parser;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Schemas of a registry as a contract writes them. What an Avro schema refers to stands inside it;
 * what the others refer to becomes a component, once for each version. Not thread-safe; for one
 * contract.
 */
final class SchemaTrees {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private final SchemaRegistry registry;
  private final ObjectNode components = JSON.createObjectNode();
  private final Map<String, String> keys = new HashMap<>();
  private final Set<String> taken = new HashSet<>();

  SchemaTrees(SchemaRegistry registry) {
    this.registry = registry;
  }

  /** What schemas refer to, by their keys among the components' schemas. */
  ObjectNode components() {
    return components;
  }

  /**
   * A schema with its format.
   *
   * @param pointer where it is going to stand
   */
  ObjectNode multiFormat(RegisteredSchema registered, String pointer) {
    JsonNode tree = tree(registered, pointer + "/schema");
    ObjectNode object = JSON.createObjectNode();
    object.put("schemaFormat", format(registered.schema(), tree));
    object.set("schema", tree);
    return object;
  }

  /**
   * A schema alone.
   *
   * @param pointer where it is going to stand
   * @return a text if it is Protobuf
   */
  JsonNode tree(RegisteredSchema registered, String pointer) {
    Schema schema = registered.schema();
    switch (schema.format()) {
      case AVRO -> {
        return schema.references().isEmpty() ? json(registered) : inlined(registered);
      }
      case PROTOBUF -> {
        schema.references().forEach(this::component);
        return JSON.getNodeFactory().stringNode(schema.text().strip() + "\n");
      }
      default -> {
        JsonNode root = json(registered);
        Map<String, String> pointers = new HashMap<>();
        schema.references().forEach(each -> pointers.put(each.name(), component(each) + "/schema"));
        new JsonReferences(root, pointer, pointers).lead();
        return root;
      }
    }
  }

  /** Where what a schema refers to stands among the components. */
  private String component(Schema.Reference reference) {
    RegisteredSchema target = References.find(registry, reference);
    String version = target.version() + " " + target.subject();
    String known = keys.get(version);
    if (known != null) {
      return known;
    }
    String file = reference.name().replaceAll("[#?].*", "").replaceAll("\\.(json|proto)$", "");
    String key = Words.unique(Words.simple(file), taken);
    String pointer = "/components/schemas/" + key;
    keys.put(version, pointer);
    try {
      components.set(key, multiFormat(target, pointer));
    } catch (RuntimeException failure) {
      keys.remove(version);
      throw failure;
    }
    return pointer;
  }

  private JsonNode inlined(RegisteredSchema registered) {
    Map<String, Schema> others = References.resolve(registry, registered.schema());
    try {
      Parser parser = new Parser();
      for (Schema other : others.values()) {
        org.apache.avro.Schema unused = parser.parse(other.text());
      }
      return JSON.readTree(parser.parse(registered.schema().text()).toString());
    } catch (RuntimeException unreadable) {
      throw unreadable(registered, unreadable);
    }
  }

  private static String format(Schema schema, JsonNode tree) {
    return switch (schema.format()) {
      case AVRO -> "application/vnd.apache.avro;version=1.9.0";
      case PROTOBUF ->
          "application/vnd.google.protobuf;version="
              + (schema.text().matches("(?s).*syntax\\s*=\\s*[\"']proto3[\"'].*") ? "3" : "2");
      case JSON -> "application/schema+json;version=" + draft(tree);
    };
  }

  /** Draft-07 if it does not say, as registries take it. */
  private static String draft(JsonNode root) {
    String said = root.path("$schema").stringValue("").toLowerCase(Locale.ROOT);
    for (String draft : new String[] {"2020-12", "2019-09", "draft-06", "draft-04"}) {
      if (said.contains(draft)) {
        return draft.startsWith("20") ? "draft-" + draft : draft;
      }
    }
    return "draft-07";
  }

  /** The content type of what is written with a schema. */
  static String contentType(Format format) {
    return "application/" + format.name().toLowerCase(Locale.ROOT);
  }

  /** The schema's text, of a format that is written in JSON. */
  static JsonNode json(RegisteredSchema registered) {
    try {
      return JSON.readTree(registered.schema().text());
    } catch (JacksonException unreadable) {
      throw unreadable(registered, unreadable);
    }
  }

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  static MessagingException unreadable(RegisteredSchema registered, Throwable cause) {
    String why = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    return new MessagingException(
        "SP-CONTRACT-021",
        "Version "
            + registered.version()
            + " of the subject "
            + registered.subject()
            + " cannot be read as "
            + registered.schema().format()
            + ": "
            + why
            + ". Mend the schema, or describe its messages by hand.",
        cause);
  }
}
