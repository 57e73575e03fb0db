package io.stagepost.asyncapi.operations;

import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.tree.Node;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How large what a JSON Schema allows can be.
 *
 * @param bytes the size of a value with every field at its bound, a character counted as one byte;
 *     what has no bound counts as if it were empty
 * @param unbounded the fields without bound
 * @param depth how many levels its objects are nested
 * @param fields all fields, by path
 */
record Shape(long bytes, List<String> unbounded, int depth, List<String> fields) {
  private static final long MOST = 10_000_000_000_000L;

  static Shape of(Payload payload) {
    Walk walk = new Walk(payload);
    long bytes = walk.size(payload.schema(), "", 0);
    return new Shape(
        bytes,
        walk.unbounded.stream().distinct().toList(),
        walk.depth,
        walk.fields.stream().distinct().toList());
  }

  private static final class Walk {
    /** Fields beyond are not looked at: schemas that fan out are exponential. */
    private static final int STEPS = 20_000;

    private final Payload payload;
    private final List<Node> above = new ArrayList<>();
    private final List<String> unbounded = new ArrayList<>();
    private final List<String> fields = new ArrayList<>();
    private int depth;
    private int steps;

    Walk(Payload payload) {
      this.payload = payload;
    }

    long size(Node written, String path, int level) {
      Node followed = payload.schema(written);
      Node node = followed == null ? written : followed;
      if (steps++ > STEPS) {
        return 0;
      }
      if (above.contains(node)) {
        unbounded.add(path.isEmpty() ? "(the whole)" : path);
        return 0;
      }
      above.add(node);
      try {
        return capped(own(node, path, level));
      } finally {
        above.remove(above.size() - 1);
      }
    }

    private long own(Node node, String path, int level) {
      long size = 0;
      Node fixed = node.get("const");
      Node values = node.get("enum");
      if (fixed != null) {
        return PayloadAudit.size(fixed);
      }
      if (values != null) {
        return values.items().stream().mapToLong(PayloadAudit::size).max().orElse(0);
      }
      for (String key : List.of("oneOf", "anyOf")) {
        Node variants = node.get(key);
        long largest = 0;
        for (Node variant : variants == null ? List.<Node>of() : variants.items()) {
          largest = Math.max(largest, size(variant, path, level));
        }
        size += largest;
      }
      Node all = node.get("allOf");
      for (Node each : all == null ? List.<Node>of() : all.items()) {
        size += size(each, path, level);
      }
      Node properties = node.get("properties");
      if (properties != null) {
        depth = Math.max(depth, level + 1);
        size += 2;
        for (Map.Entry<String, Node> member :
            new LinkedHashMap<>(properties.members()).entrySet()) {
          String below = path.isEmpty() ? member.getKey() : path + "." + member.getKey();
          fields.add(below);
          size += member.getKey().length() + 4 + size(member.getValue(), below, level + 1);
        }
      }
      String type = type(node);
      return size + (type == null ? 0 : scalar(node, type, path, level));
    }

    private long scalar(Node node, String type, String path, int level) {
      return switch (type) {
        case "string" -> 2 + text(node, path);
        case "array" -> array(node, path, level);
        case "integer" -> 20;
        case "number" -> 24;
        case "boolean" -> 5;
        case "null" -> 4;
        default -> 0;
      };
    }

    private long text(Node node, String path) {
      Node most = node.get("maxLength");
      if (most != null) {
        return number(most);
      }
      String format = String.valueOf(node.text("format"));
      switch (format) {
        case "uuid" -> {
          return 36;
        }
        case "date" -> {
          return 10;
        }
        case "date-time" -> {
          return 35;
        }
        case "time", "duration", "ipv4" -> {
          return 24;
        }
        case "ipv6" -> {
          return 45;
        }
        default -> {
          if (node.get("pattern") == null) {
            unbounded.add(path.isEmpty() ? "(the whole)" : path);
          }
          return 0;
        }
      }
    }

    private long array(Node node, String path, int level) {
      Node items = node.get("items");
      long item = items == null || items.isArray() ? 0 : size(items, path, level) + 1;
      Node most = node.get("maxItems");
      if (most == null) {
        unbounded.add((path.isEmpty() ? "(the whole)" : path) + "[]");
        return 2;
      }
      return 2 + capped(Math.min(number(most), MOST / Math.max(1, item)) * item);
    }

    private static @Nullable String type(Node node) {
      Node type = node.get("type");
      if (type != null && type.isArray()) {
        return type.items().stream()
            .map(Node::text)
            .filter(t -> t != null && !t.equals("null"))
            .findFirst()
            .orElse(null);
      }
      return type == null ? null : type.text();
    }

    private static long number(Node node) {
      BigDecimal number = node.number();
      return number == null || number.signum() < 0
          ? 0
          : number.compareTo(BigDecimal.valueOf(MOST)) > 0 ? MOST : number.longValue();
    }

    private static long capped(long size) {
      return size < 0 || size > MOST ? MOST : size;
    }
  }
}
