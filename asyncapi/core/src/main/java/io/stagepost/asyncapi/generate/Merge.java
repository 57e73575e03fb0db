package io.stagepost.asyncapi.generate;

import io.stagepost.asyncapi.tree.Inheritance;
import io.stagepost.asyncapi.tree.Node;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Schemas that hold at once ({@code allOf}) as one. */
final class Merge {
  private static final Set<String> ANNOTATIONS =
      Set.of(
          "title",
          "description",
          "examples",
          "example",
          "default",
          "deprecated",
          "externalDocs",
          "readOnly",
          "writeOnly",
          "$id",
          "$schema",
          "$comment",
          "definitions",
          "$defs");

  private static final Set<String> LEAST =
      Set.of("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties");
  private static final Set<String> MOST =
      Set.of("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties");

  private static final int DEPTH = 50;

  private final Function<Node, @Nullable Node> follow;
  final Inheritance inheritance;

  Merge(Function<Node, @Nullable Node> follow) {
    this.follow = follow;
    this.inheritance = new Inheritance(follow);
  }

  static boolean isAnnotation(String keyword) {
    return ANNOTATIONS.contains(keyword) || keyword.startsWith("x-");
  }

  /** The schema without {@code allOf}; null if it cannot be said as one. */
  @Nullable Node flat(Node schema) {
    return flat(schema, 0);
  }

  private @Nullable Node flat(Node schema, int depth) {
    Node all = schema.get("allOf");
    if (all == null) {
      return schema;
    }
    if (depth > DEPTH) {
      return null;
    }
    Map<String, Node> members = new LinkedHashMap<>(schema.members());
    members.remove("allOf");
    Node merged = Node.object(schema.place(), schema.pointer(), members, Map.of());
    for (Node each : all.items()) {
      Node part = follow.apply(each);
      if (part == null || Boolean.TRUE.equals(part.bool())) {
        continue;
      }
      Node flat = part.isObject() ? flat(inheritance.inherited(schema, part), depth + 1) : null;
      merged = flat == null ? null : both(merged, flat);
      if (merged == null) {
        return null;
      }
    }
    return merged;
  }

  /** Two schemas without {@code allOf} as one, named as the first is; null if they contradict. */
  @Nullable Node both(Node one, Node other) {
    Map<String, Node> members = new LinkedHashMap<>(one.members());
    for (Map.Entry<String, Node> entry : other.members().entrySet()) {
      String key = entry.getKey();
      Node mine = members.get(key);
      Node merged =
          mine == null || mine.sameAs(entry.getValue())
              ? entry.getValue()
              : merged(key, mine, entry.getValue());
      if (merged == null) {
        return null;
      }
      members.put(key, merged);
    }
    return Node.object(one.place(), one.pointer(), members, Map.of());
  }

  private @Nullable Node merged(String key, Node mine, Node other) {
    if (isAnnotation(key)) {
      return mine;
    }
    BigDecimal here = mine.number();
    BigDecimal there = other.number();
    if (here != null && there != null && (LEAST.contains(key) || MOST.contains(key))) {
      return here.compareTo(there) < 0 == LEAST.contains(key) ? other : mine;
    }
    return switch (key) {
      case "required" -> {
        List<Node> items = new ArrayList<>(mine.items());
        items.addAll(other.items());
        yield Node.array(mine.place(), mine.pointer(), items);
      }
      case "properties" -> properties(mine, other);
      case "additionalProperties" ->
          Boolean.TRUE.equals(mine.bool()) ? other : stricter(mine, other);
      case "type" -> narrower(mine, other);
      default -> null;
    };
  }

  private static @Nullable Node stricter(Node mine, Node other) {
    return Boolean.FALSE.equals(mine.bool()) || Boolean.TRUE.equals(other.bool())
        ? mine
        : Boolean.FALSE.equals(other.bool()) ? other : null;
  }

  private static @Nullable Node narrower(Node mine, Node other) {
    if ("integer".equals(mine.text()) && "number".equals(other.text())) {
      return mine;
    }
    return "number".equals(mine.text()) && "integer".equals(other.text()) ? other : null;
  }

  private @Nullable Node properties(Node mine, Node other) {
    Map<String, Node> properties = new LinkedHashMap<>(mine.members());
    for (Map.Entry<String, Node> entry : other.members().entrySet()) {
      Node here = properties.get(entry.getKey());
      Node both = here == null ? entry.getValue() : property(here, entry.getValue());
      if (both == null) {
        return null;
      }
      properties.put(entry.getKey(), both);
    }
    return Node.object(mine.place(), mine.pointer(), properties, Map.of());
  }

  private @Nullable Node property(Node mine, Node other) {
    Node here = follow.apply(mine);
    Node there = follow.apply(other);
    if (here == null || there == null || here.equals(there)) {
      return mine;
    }
    if (here.members().isEmpty() || there.members().isEmpty()) {
      return here.members().isEmpty() ? other : mine; // {} says nothing
    }
    Node flatHere = flat(here);
    Node flatThere = flat(there);
    return flatHere == null || flatThere == null ? null : both(flatHere, flatThere);
  }
}
