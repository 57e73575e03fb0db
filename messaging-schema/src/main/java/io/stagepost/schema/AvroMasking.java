package io.stagepost.schema;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/** Follows a payload and its Avro schema, which is read as the JSON that it is. */
final class AvroMasking {
  private static final Set<String> PRIMITIVES =
      Set.of("null", "boolean", "int", "long", "float", "double", "bytes", "string");

  /** A named type, and the namespace that the names in it are in. */
  private record Named(JsonNode type, String namespace) {}

  private final JsonNode root;
  private final Map<String, Named> names = new HashMap<>();

  AvroMasking(
      Schema schema,
      Function<Schema.Reference, Schema> references,
      Function<String, JsonNode> parse) {
    this.root = parse.apply(schema.text());
    collect(schema, references, parse, new HashSet<>());
    define(root, "");
  }

  private void collect(
      Schema schema,
      Function<Schema.Reference, Schema> references,
      Function<String, JsonNode> parse,
      Set<Schema.Reference> seen) {
    for (Schema.Reference reference : schema.references()) {
      Schema other = seen.add(reference) ? Masking.find(reference, references) : null;
      if (other != null) {
        define(parse.apply(other.text()), "");
        collect(other, references, parse, seen);
      }
    }
  }

  private void define(JsonNode type, String namespace) {
    if (type.isArray()) {
      type.forEach(branch -> define(branch, namespace));
    } else if (type.isObject()) {
      String inner = namespace(type, namespace);
      if (type.path("name").isString()) {
        names.put(fullName(type.path("name").stringValue(), inner), new Named(type, inner));
      }
      define(type.path("type"), inner);
      define(type.path("items"), inner);
      define(type.path("values"), inner);
      for (JsonNode field : type.path("fields")) {
        define(field.path("type"), inner);
      }
    }
  }

  private static String namespace(JsonNode type, String around) {
    String name = type.path("name").stringValue("");
    int dot = name.lastIndexOf('.');
    return dot >= 0 ? name.substring(0, dot) : type.path("namespace").stringValue(around);
  }

  private static String fullName(String name, String namespace) {
    return name.indexOf('.') >= 0 || namespace.isEmpty() ? name : namespace + "." + name;
  }

  JsonNode mask(JsonNode payload) {
    return mask(payload, root, "");
  }

  private JsonNode mask(JsonNode node, JsonNode type, String namespace) {
    if (type.isString()) {
      return named(node, type.stringValue(), namespace);
    }
    if (type.isArray()) {
      return union(node, type, namespace);
    }
    if (isSensitive(type)) {
      return StringNode.valueOf(Masking.MASK);
    }
    String inner = namespace(type, namespace);
    if (!type.path("type").isString()) {
      return mask(node, type.path("type"), inner);
    }
    return switch (type.path("type").stringValue()) {
      case "record", "error" -> record(node, type, inner);
      case "array" -> items(node, type.path("items"), inner);
      case "map" -> values(node, type.path("values"), inner);
      case "enum", "fixed" -> node;
      default -> named(node, type.path("type").stringValue(), inner);
    };
  }

  private JsonNode named(JsonNode node, String name, String namespace) {
    if (PRIMITIVES.contains(name)) {
      return node;
    }
    Named found = names.get(fullName(name, namespace));
    if (found == null) {
      found = names.get(name);
    }
    return found == null
        ? StringNode.valueOf(Masking.MASK)
        : mask(node, found.type, found.namespace);
  }

  /** Which branch it is cannot be told for certain, so what any of them marks is masked. */
  private JsonNode union(JsonNode node, JsonNode branches, String namespace) {
    JsonNode masked = node;
    for (JsonNode branch : branches) {
      String name = name(branch, namespace);
      if (node.isObject() && node.size() == 1 && masked.isObject() && masked.has(name)) {
        // Avro's own JSON names the branch.
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        copy.set(name, mask(masked.get(name), branch, namespace));
        masked = copy;
      }
      if (!node.isNull() && !name.equals("null")) {
        masked = mask(masked, branch, namespace);
      }
    }
    return masked;
  }

  private static String name(JsonNode branch, String namespace) {
    if (branch.isString()) {
      String name = branch.stringValue();
      return PRIMITIVES.contains(name) ? name : fullName(name, namespace);
    }
    return branch.path("name").isString()
        ? fullName(branch.path("name").stringValue(), namespace(branch, namespace))
        : branch.path("type").stringValue("");
  }

  private JsonNode record(JsonNode node, JsonNode type, String namespace) {
    if (!node.isObject()) {
      return node;
    }
    ObjectNode copy = ((ObjectNode) node).objectNode();
    copy.setAll((ObjectNode) node);
    for (JsonNode field : type.path("fields")) {
      String name = field.path("name").stringValue("");
      JsonNode value = copy.get(name);
      if (value != null) {
        copy.set(
            name,
            isSensitive(field)
                ? StringNode.valueOf(Masking.MASK)
                : mask(value, field.path("type"), namespace));
      }
    }
    return copy;
  }

  private JsonNode items(JsonNode node, JsonNode type, String namespace) {
    if (!node.isArray()) {
      return node;
    }
    ArrayNode copy = JsonNodeFactory.instance.arrayNode();
    node.forEach(item -> copy.add(mask(item, type, namespace)));
    return copy;
  }

  private JsonNode values(JsonNode node, JsonNode type, String namespace) {
    if (!node.isObject()) {
      return node;
    }
    ObjectNode copy = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      copy.set(entry.getKey(), mask(entry.getValue(), type, namespace));
    }
    return copy;
  }

  private static boolean isSensitive(JsonNode schema) {
    return schema.path("x-sensitive").booleanValue(false)
        || schema.path("sensitive").booleanValue(false);
  }
}
