package io.stagepost.asyncapi.expectation;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.Pointer;
import io.stagepost.schema.Schema;
import io.stagepost.schema.compatibility.Compatibility;
import io.stagepost.schema.compatibility.Incompatibility;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Whether a field is what a consumer needs, whatever a JSON Schema allows to write. */
final class Fields {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final String schema;
  private final JsonNode root;

  Fields(String schema) {
    this.schema = schema;
    this.root = JSON.readTree(schema);
  }

  /** What is missing, and where in the schema. */
  record Missing(String rule, String path, String what) {}

  /**
   * What is missing of one field.
   *
   * @param all all fields that are expected: one that is optional may be missing with all in it
   */
  List<Missing> check(String pointer, Node all) {
    Node expected = requireNonNull(all.get(pointer));
    List<String> tokens = Pointer.parse(pointer);
    if (!isThere(tokens)) {
      return List.of(new Missing("expect-field-gone", "", "the contract no longer has it"));
    }
    String reader = reader(tokens, expected, all).toString();
    List<Missing> missing = new ArrayList<>();
    for (Incompatibility each :
        Compatibility.BACKWARD.check(
            Schema.of(Schema.Format.JSON, reader),
            List.of(Schema.of(Schema.Format.JSON, schema)))) {
      // That others may write it too, where the schema does not name it, is not this consumer's.
      if (!each.rule().equals("json.property-added-to-open-model")) {
        missing.add(new Missing(rule(each.rule()), path(tokens), what(each)));
      }
    }
    return missing;
  }

  private static String rule(String rule) {
    return switch (rule) {
      case "json.required-added" -> "expect-field-optional";
      case "json.type-narrowed" -> "expect-field-type";
      case "json.enum-added", "json.enum-value-missing" -> "expect-field-values";
      default -> "expect-field";
    };
  }

  private static String what(Incompatibility each) {
    return each.rule().equals("json.required-added")
        ? "the contract no longer requires it"
        : each.what()
            .replace("The reader", "the consumer")
            .replace("the reader", "the consumer")
            .replace("the writer", "the contract")
            .replace("The writer", "the contract")
            .replaceAll("\\.$", "");
  }

  /** Where the field is described, as far as the way there is plain. */
  private String path(List<String> tokens) {
    StringBuilder path = new StringBuilder();
    JsonNode at = root;
    for (String token : tokens) {
      String next =
          token.equals("*")
              ? "/items"
              : "/properties/" + token.replace("~", "~0").replace("/", "~1");
      String reference = at.path("$ref").asString("");
      if (reference.startsWith("#/")) {
        path.setLength(0);
        path.append(reference.substring(1));
        at = root.at(JsonPointer.compile(reference.substring(1)));
      }
      if (at.at(JsonPointer.compile(next)).isMissingNode()) {
        break;
      }
      path.append(next);
      at = at.at(JsonPointer.compile(next));
    }
    return path.toString();
  }

  /** The schema of a reader who needs that field and nothing else. */
  private static ObjectNode reader(List<String> tokens, Node expected, Node all) {
    ObjectNode at = field(expected);
    for (int i = tokens.size() - 1; i >= 0; i--) {
      ObjectNode holder = NODES.objectNode();
      if (tokens.get(i).equals("*")) {
        holder.put("type", "array").set("items", at);
      } else {
        holder.put("type", "object").putObject("properties").set(tokens.get(i), at);
        if (!isOptional(all.get(written(tokens.subList(0, i + 1))))) {
          holder.putArray("required").add(tokens.get(i));
        }
      }
      at = holder;
    }
    return at;
  }

  private static String written(List<String> tokens) {
    return tokens.stream()
        .map(token -> "/" + token.replace("~", "~0").replace("/", "~1"))
        .collect(Collectors.joining());
  }

  private static boolean isOptional(@Nullable Node expected) {
    Node optional = expected == null ? null : expected.get("optional");
    return optional != null && Boolean.TRUE.equals(optional.bool());
  }

  private static ObjectNode field(Node expected) {
    ObjectNode field = NODES.objectNode();
    Node type = expected.isObject() ? expected.get("type") : expected;
    if (type != null && type.text() != null) {
      field.put("type", type.text());
    } else if (type != null) {
      ArrayNode types = field.putArray("type");
      type.items().forEach(each -> types.add(each.text()));
    }
    Node exhaustive = expected.get("exhaustive");
    Node values = expected.get("values");
    if (values != null && exhaustive != null && Boolean.TRUE.equals(exhaustive.bool())) {
      ArrayNode allowed = field.putArray("enum");
      values.items().forEach(value -> allowed.add(json(value)));
    }
    return field;
  }

  private static JsonNode json(Node node) {
    return switch (node.kind()) {
      case STRING -> NODES.stringNode(String.valueOf(node.text()));
      case NUMBER -> NODES.numberNode(node.number());
      case BOOLEAN -> NODES.booleanNode(Boolean.TRUE.equals(node.bool()));
      case OBJECT -> {
        ObjectNode object = NODES.objectNode();
        node.members().forEach((key, value) -> object.set(key, json(value)));
        yield object;
      }
      case ARRAY -> {
        ArrayNode array = NODES.arrayNode();
        node.items().forEach(item -> array.add(json(item)));
        yield array;
      }
      case NULL -> NODES.nullNode();
    };
  }

  private boolean isThere(List<String> tokens) {
    Set<JsonNode> schemas = Collections.newSetFromMap(new IdentityHashMap<>());
    flatten(root, schemas);
    for (String token : tokens) {
      Set<JsonNode> next = Collections.newSetFromMap(new IdentityHashMap<>());
      for (JsonNode each : schemas) {
        JsonNode child =
            token.equals("*") ? each.path("items") : each.path("properties").path(token);
        if (child.isMissingNode() && !token.equals("*")) {
          child =
              each.path("additionalProperties").isObject()
                  ? each.path("additionalProperties")
                  : child;
        }
        if (!child.isMissingNode()) {
          flatten(child, next);
        }
      }
      if (next.isEmpty()) {
        return false;
      }
      schemas = next;
    }
    return true;
  }

  /** A schema, with all that it is made of. */
  private void flatten(JsonNode schema, Set<JsonNode> all) {
    if (!all.add(schema)) {
      return;
    }
    String reference = schema.path("$ref").asString("");
    if (reference.startsWith("#/")) {
      flatten(root.at(JsonPointer.compile(reference.substring(1))), all);
    }
    for (String keyword : List.of("allOf", "anyOf", "oneOf")) {
      schema.path(keyword).values().forEach(each -> flatten(each, all));
    }
  }
}
