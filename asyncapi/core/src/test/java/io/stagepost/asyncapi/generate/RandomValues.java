package io.stagepost.asyncapi.generate;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Values that a JSON Schema probably allows. Whoever uses one asks a validator first, since what a
 * schema says in more than one place at once is only tried.
 */
final class RandomValues {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int DEEP = 6;
  private static final List<String> TEXTS = List.of("a", "Grüße \"quoted\"", "", "42", "x y\n");

  private final JsonNode root;
  private final Random random;

  RandomValues(String schema, Random random) {
    this.root = JsonMapper.builder().build().readTree(schema);
    this.random = random;
  }

  JsonNode next() {
    return value(root, 0);
  }

  private JsonNode value(JsonNode schema, int depth) {
    if (depth > 40) {
      return JSON.nullNode(); // a schema that refers to itself and nothing else
    }
    JsonNode reference = schema.get("$ref");
    if (reference != null && reference.isString()) {
      return value(root.at(reference.asString().substring(1)), depth + 1);
    }
    if (schema.has("const")) {
      return schema.get("const");
    }
    if (schema.path("enum").size() > 0) {
      return schema.get("enum").get(random.nextInt(schema.get("enum").size()));
    }
    JsonNode own = typed(schema, depth);
    for (String choice : List.of("oneOf", "anyOf")) {
      JsonNode variants = schema.path(choice);
      if (variants.size() > 0) {
        own = merged(own, value(variants.get(random.nextInt(variants.size())), depth + 1));
      }
    }
    for (JsonNode each : schema.path("allOf")) {
      own = merged(own, value(each, depth + 1));
    }
    return own == null ? JSON.stringNode("anything") : own;
  }

  private static JsonNode merged(@Nullable JsonNode one, JsonNode other) {
    if (one instanceof ObjectNode all && other instanceof ObjectNode more) {
      more.properties().forEach(property -> all.set(property.getKey(), property.getValue()));
      return all;
    }
    return other;
  }

  /** By its type; null if it has none. */
  private @Nullable JsonNode typed(JsonNode schema, int depth) {
    JsonNode type = schema.path("type");
    if (type.size() > 0) {
      type = type.get(random.nextInt(type.size()));
    }
    return switch (type.asString(schema.has("properties") ? "object" : "")) {
      case "object" -> object(schema, depth);
      case "array" -> array(schema, depth);
      case "string" -> JSON.stringNode(text(schema));
      case "integer" -> JSON.numberNode(number(schema).setScale(0, RoundingMode.CEILING));
      case "number" -> JSON.numberNode(number(schema));
      case "boolean" -> JSON.booleanNode(random.nextBoolean());
      case "null" -> JSON.nullNode();
      default -> null;
    };
  }

  private ObjectNode object(JsonNode schema, int depth) {
    ObjectNode object = JSON.objectNode();
    List<String> required = new ArrayList<>();
    schema.path("required").forEach(name -> required.add(name.asString()));
    schema
        .path("properties")
        .properties()
        .forEach(
            property -> {
              if (required.contains(property.getKey()) || (depth < DEEP && random.nextBoolean())) {
                object.set(property.getKey(), value(property.getValue(), depth + 1));
              }
            });
    JsonNode more = schema.path("additionalProperties");
    if (random.nextInt(3) == 0 && !(more.isBoolean() && !more.asBoolean())) {
      object.set(
          "more" + random.nextInt(3),
          more.isObject() ? value(more, depth + 1) : JSON.numberNode(new BigDecimal("1.50")));
    }
    return object;
  }

  private ArrayNode array(JsonNode schema, int depth) {
    ArrayNode array = JSON.arrayNode();
    int size = schema.path("minItems").asInt(0) + (depth < DEEP ? random.nextInt(3) : 0);
    for (int i = 0; i < size; i++) {
      JsonNode items = schema.path("items");
      array.add(items.isArray() ? value(items.path(i), depth + 1) : value(items, depth + 1));
    }
    return array;
  }

  private BigDecimal number(JsonNode schema) {
    BigDecimal least =
        schema
            .path("minimum")
            .asDecimal(
                schema
                    .path("exclusiveMinimum")
                    .asDecimal(BigDecimal.ZERO)
                    .add(new BigDecimal("0.01")));
    BigDecimal most = schema.path("maximum").asDecimal(least.add(BigDecimal.valueOf(1_000)));
    BigDecimal step = schema.path("multipleOf").asDecimal(new BigDecimal("0.01"));
    BigDecimal value = least.add(step.multiply(BigDecimal.valueOf(random.nextInt(500))));
    return value.compareTo(most) > 0 ? least : value;
  }

  private String text(JsonNode schema) {
    String text =
        switch (schema.path("format").asString("")) {
          case "date-time" -> "2026-03-0" + (1 + random.nextInt(9)) + "T14:23:44Z";
          case "date" -> "2026-03-0" + (1 + random.nextInt(9));
          case "time" -> "14:23:44Z";
          case "duration" -> "PT" + random.nextInt(60) + "S";
          case "uuid" -> new UUID(random.nextLong(), random.nextLong()).toString();
          case "uri", "url", "iri", "uri-reference" -> "https://example.com/" + random.nextInt(9);
          case "email" -> "someone" + random.nextInt(9) + "@example.com";
          case "hostname" -> "example.com";
          case "ipv4" -> "192.0.2." + random.nextInt(255);
          case "ipv6" -> "2001:db8::" + random.nextInt(9);
          case "byte", "base64" -> "aGVsbG8=";
          default -> TEXTS.get(random.nextInt(TEXTS.size()));
        };
    int least = schema.path("minLength").asInt(0);
    int most = schema.path("maxLength").asInt(Integer.MAX_VALUE);
    String padded = text.length() < least ? text + "x".repeat(least - text.length()) : text;
    return padded.length() > most ? padded.substring(0, most) : padded;
  }
}
