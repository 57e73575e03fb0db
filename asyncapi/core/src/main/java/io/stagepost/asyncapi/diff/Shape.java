package io.stagepost.asyncapi.diff;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;

/** The fields that a JSON Schema or an Avro schema names, for people: no verdict depends on it. */
final class Shape {
  private static final int DEPTH = 12;
  private static final int MOST = 1_000;
  private static final int SHOWN = 6;

  private final JsonNode root;
  private final Map<String, String> fields = new TreeMap<>();
  private final Set<JsonNode> above = new HashSet<>();

  private Shape(JsonNode root) {
    this.root = root;
  }

  /** By pointer into the message, with {@code *} for items; whether it is required. */
  static Map<String, String> of(String schema, boolean avro) {
    try {
      Shape shape = new Shape(JsonModels.JSON.readTree(schema));
      if (avro) {
        shape.avro(shape.root, "", 0);
      } else {
        shape.json(shape.root, "", 0);
      }
      return shape.fields;
    } catch (JacksonException e) {
      return Map.of();
    }
  }

  /** What went and came, in words; empty if nothing did. */
  static String difference(Map<String, String> older, Map<String, String> newer) {
    List<String> words = new ArrayList<>();
    newer.forEach(
        (field, how) -> {
          String before = older.get(field);
          if (before == null) {
            words.add("new: " + field + " (" + how + ")");
          } else if (!before.equals(how)) {
            words.add(field + " is " + how + ", and was " + before);
          }
        });
    older.keySet().stream()
        .filter(field -> !newer.containsKey(field))
        .forEach(field -> words.add("gone: " + field));
    return words.size() <= SHOWN
        ? String.join("; ", words)
        : String.join("; ", words.subList(0, SHOWN)) + "; and " + (words.size() - SHOWN) + " more";
  }

  private void json(JsonNode schema, String at, int depth) {
    if (depth > DEPTH || fields.size() >= MOST || !schema.isObject()) {
      return;
    }
    String reference = schema.path("$ref").asString("");
    if (reference.startsWith("#/")) {
      JsonNode target = root.at(JsonPointer.compile(reference.substring(1)));
      json(target, at, depth + 1);
      return;
    }
    Set<String> required = new HashSet<>();
    schema.path("required").values().forEach(each -> required.add(each.asString("")));
    schema
        .path("properties")
        .properties()
        .forEach(
            property -> {
              String field = at + "/" + escaped(property.getKey());
              fields.put(field, required.contains(property.getKey()) ? "required" : "optional");
              json(property.getValue(), field, depth + 1);
            });
    for (String keyword : List.of("allOf", "anyOf", "oneOf")) {
      schema.path(keyword).values().forEach(each -> json(each, at, depth + 1));
    }
    if (schema.path("items").isObject()) {
      json(schema.path("items"), at + "/*", depth + 1);
    }
  }

  private void avro(JsonNode schema, String at, int depth) {
    if (depth > DEPTH || fields.size() >= MOST) {
      return;
    }
    if (schema.isArray()) {
      schema.values().forEach(branch -> avro(branch, at, depth + 1));
      return;
    }
    if (!schema.isObject() || !above.add(schema)) {
      return;
    }
    schema
        .path("fields")
        .values()
        .forEach(
            field -> {
              String name = at + "/" + escaped(field.path("name").asString(""));
              fields.put(name, field.has("default") ? "with a default" : "without a default");
              avro(field.path("type"), name, depth + 1);
            });
    avro(schema.path("items"), at + "/*", depth + 1);
    if (schema.path("type").isObject() || schema.path("type").isArray()) {
      avro(schema.path("type"), at, depth + 1);
    }
    above.remove(schema);
  }

  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }
}
