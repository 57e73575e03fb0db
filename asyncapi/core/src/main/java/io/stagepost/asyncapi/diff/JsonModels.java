package io.stagepost.asyncapi.diff;

import io.stagepost.asyncapi.diff.DiffPolicy.Models;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a JSON Schema means to those who write by it, and to those who read by it. */
final class JsonModels {
  static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxStringLength(Integer.MAX_VALUE)
                          .maxNestingDepth(1_000)
                          .build())
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  /** What does not describe the value itself, but when or what it is not. */
  private static final Set<String> APART =
      Set.of("not", "if", "contains", "const", "enum", "default", "examples", "propertyNames");

  /** What holds schemas under names. */
  private static final Set<String> NAMES =
      Set.of("properties", "patternProperties", "definitions", "$defs", "dependentSchemas");

  private JsonModels() {}

  /** As those understand it who write: nothing but what is named, unless it says otherwise. */
  static String written(String schema, Models models) {
    return models == Models.STRICT ? schema : changed(schema, true);
  }

  /** As those understand it who read. */
  static String read(String schema, Models models) {
    return models == Models.TOLERANT ? changed(schema, false) : schema;
  }

  private static String changed(String schema, boolean close) {
    try {
      JsonNode root = JSON.readTree(schema);
      visit(root, close);
      return root.toString();
    } catch (JacksonException e) {
      return schema; // Who compares it tells what is wrong.
    }
  }

  private static void visit(JsonNode node, boolean close) {
    if (node.isArray()) {
      node.values().forEach(item -> visit(item, close));
      return;
    }
    if (!(node instanceof ObjectNode object)) {
      return;
    }
    for (String key : List.copyOf(object.propertyNames())) {
      JsonNode value = object.get(key);
      if (NAMES.contains(key)) {
        value.values().forEach(each -> visit(each, close));
      } else if (!APART.contains(key)) {
        visit(value, close);
      }
    }
    if (!close) {
      removeIfFalse(object, "additionalProperties");
      removeIfFalse(object, "unevaluatedProperties");
    } else if (object.has("properties")
        && !object.has("additionalProperties")
        && !object.has("unevaluatedProperties")
        && !object.has("$ref")) {
      // Beside other parts of one schema it closes only what none of them names.
      object.put("unevaluatedProperties", false);
    }
  }

  private static void removeIfFalse(ObjectNode object, String key) {
    JsonNode value = object.get(key);
    if (value != null && value.isBoolean() && !value.booleanValue()) {
      object.remove(key);
    }
  }

  /** A schema of headers: they are an object always, and have none if nothing is said. */
  static String headers(@Nullable String schema) {
    if (schema == null) {
      return "{\"type\":\"object\",\"properties\":{}}";
    }
    try {
      JsonNode root = JSON.readTree(schema);
      if (root instanceof ObjectNode object && !object.has("type") && !object.has("$ref")) {
        object.put("type", "object");
        return object.toString();
      }
    } catch (JacksonException e) {
      return schema;
    }
    return schema;
  }
}
