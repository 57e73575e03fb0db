package io.stagepost.dlq.cli;

import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.schema.Masking;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Masks what a contract's JSON Schema marks as {@code x-sensitive}: by any of its parts that could
 * hold at a place, so rather too much than too little. A reference that leads nowhere masks.
 */
final class ContractMasking {
  private static final String SENSITIVE = "x-sensitive";
  private static final List<String> BRANCHES = List.of("allOf", "anyOf", "oneOf");
  private static final List<String> CONDITIONS = List.of("if", "then", "else", "not", "schema");
  private static final List<String> OTHERS =
      List.of("patternProperties", "additionalProperties", "unevaluatedProperties");
  private static final List<String> ITEMS =
      List.of("items", "prefixItems", "additionalItems", "contains");

  private final Payload payload;

  private ContractMasking(Payload payload) {
    this.payload = payload;
  }

  static JsonNode mask(JsonNode data, Payload payload) {
    return new ContractMasking(payload).mask(data, List.of(payload.schema()));
  }

  private JsonNode mask(JsonNode value, List<Node> schemas) {
    Set<Node> all = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Node schema : schemas) {
      if (isSensitive(schema, all)) {
        return JsonNodeFactory.instance.stringNode(Masking.MASK);
      }
    }
    if (value.isObject()) {
      ObjectNode copy = JsonNodeFactory.instance.objectNode();
      for (Map.Entry<String, JsonNode> member : value.properties()) {
        copy.set(member.getKey(), mask(member.getValue(), below(member.getKey(), all)));
      }
      return copy;
    }
    if (value.isArray()) {
      ArrayNode copy = JsonNodeFactory.instance.arrayNode();
      List<Node> items = new ArrayList<>();
      all.forEach(schema -> ITEMS.forEach(key -> addAll(items, schema.get(key))));
      value.forEach(item -> copy.add(mask(item, items)));
      return copy;
    }
    return value;
  }

  /** Collects all parts that could hold; whether one of them says sensitive. */
  private boolean isSensitive(Node written, Set<Node> all) {
    Node schema = payload.follow(written);
    if (schema == null || isMarked(written) || isMarked(schema)) {
      return true;
    }
    if (!all.add(schema)) {
      return false;
    }
    List<Node> parts = new ArrayList<>();
    BRANCHES.forEach(key -> addAll(parts, schema.get(key)));
    CONDITIONS.forEach(key -> addAll(parts, schema.get(key)));
    return parts.stream().anyMatch(part -> isSensitive(part, all));
  }

  private static boolean isMarked(Node schema) {
    Node mark = schema.get(SENSITIVE);
    return mark != null && !Boolean.FALSE.equals(mark.bool());
  }

  private static List<Node> below(String name, Set<Node> schemas) {
    List<Node> found = new ArrayList<>();
    for (Node schema : schemas) {
      Node properties = schema.get("properties");
      Node property = properties == null ? null : properties.get(name);
      if (property != null) {
        found.add(property);
      }
      for (String key : OTHERS) {
        Node other = schema.get(key);
        if (other != null && key.equals("patternProperties")) {
          found.addAll(other.members().values());
        } else if (property == null) {
          addAll(found, other);
        }
      }
    }
    return found;
  }

  private static void addAll(List<Node> found, @Nullable Node node) {
    if (node != null && node.isArray()) {
      found.addAll(node.items());
    } else if (node != null && node.isObject()) {
      found.add(node);
    }
  }
}
