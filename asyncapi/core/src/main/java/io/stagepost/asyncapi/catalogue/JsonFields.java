package io.stagepost.asyncapi.catalogue;

import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.Pointer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The fields that a JSON Schema declares. Not thread-safe; for one schema. */
final class JsonFields {
  private final Payload payload;
  private final List<Field> fields = new ArrayList<>();
  private final List<Node> above = new ArrayList<>();

  JsonFields(Payload payload) {
    this.payload = payload;
  }

  List<Field> all() {
    Node schema = payload.schema();
    if (!isObject(schema)) {
      add(0, "", schema, false);
    }
    inside(schema, 0);
    return fields;
  }

  private boolean isObject(Node schema) {
    Node node = followed(schema);
    return node.get("properties") != null || node.get("allOf") != null;
  }

  /** The schema that a node is or refers to. */
  private Node followed(Node schema) {
    Node target = payload.schema(schema);
    return target == null ? schema : target;
  }

  private boolean add(int depth, String name, Node schema, boolean isRequired) {
    if (fields.size() >= Field.MOST) {
      if (fields.size() == Field.MOST) {
        fields.add(Field.note(0, "… and more: see the contract itself"));
      }
      return false;
    }
    Node node = followed(schema);
    String sensitive = sensitive(schema, node);
    fields.add(
        new Field(
            depth,
            name,
            type(schema, 0),
            isRequired,
            sensitive.isEmpty() ? Constraints.of(node) : List.of(),
            first(schema.text("description"), node.text("description")),
            sensitive,
            isTrue(schema.get("deprecated")) || isTrue(node.get("deprecated"))));
    return true;
  }

  private static @Nullable String first(@Nullable String one, @Nullable String other) {
    return one == null ? other : one;
  }

  private static boolean isTrue(@Nullable Node node) {
    return node != null && Boolean.TRUE.equals(node.bool());
  }

  /** What {@code x-sensitive} says, beside a reference or where it leads. */
  static String sensitive(Node schema, Node followed) {
    Node mark = schema.get("x-sensitive");
    mark = mark == null ? followed.get("x-sensitive") : mark;
    if (mark == null || Boolean.FALSE.equals(mark.bool())) {
      return "";
    }
    String kind = mark.text();
    return kind == null ? "sensitive" : kind;
  }

  /** What is in an object, an array, or the variants of a schema. */
  private void inside(Node schema, int depth) {
    Node node = followed(schema);
    if (above.contains(node)) {
      fields.add(Field.note(depth, "… the same again"));
      return;
    }
    if (fields.size() > Field.MOST) {
      return;
    }
    if (depth > Field.DEEPEST) {
      fields.add(Field.note(depth, "… nested deeper: see the contract itself"));
      return;
    }
    above.add(node);
    Map<String, Node> properties = new LinkedHashMap<>();
    Set<String> required = new TreeSet<>();
    gather(node, properties, required, new ArrayList<>());
    properties.forEach(
        (name, property) -> {
          if (add(depth, name, property, required.contains(name))) {
            inside(property, depth + 1);
          }
        });
    Node additional = node.get("additionalProperties");
    if (additional != null && additional.isObject() && !additional.members().isEmpty()) {
      if (add(depth, "any other", additional, false)) {
        inside(additional, depth + 1);
      }
    }
    for (String key : List.of("patternProperties")) {
      Node patterns = node.get(key);
      if (patterns != null) {
        patterns
            .members()
            .forEach(
                (pattern, property) -> {
                  if (add(depth, "/" + pattern + "/", property, false)) {
                    inside(property, depth + 1);
                  }
                });
      }
    }
    variants(node, depth, new ArrayList<>());
    Node items = node.get("items");
    if (items != null) {
      if (items.isArray()) {
        items.items().forEach(item -> inside(item, depth));
      } else {
        inside(items, depth);
      }
    }
    above.remove(above.size() - 1);
  }

  /** All properties that hold at once. */
  private void gather(
      Node node, Map<String, Node> properties, Set<String> required, List<Node> seen) {
    if (seen.contains(node)) {
      return;
    }
    seen.add(node);
    Node declared = node.get("properties");
    if (declared != null) {
      declared.members().forEach(properties::putIfAbsent);
    }
    Node names = node.get("required");
    if (names != null) {
      names.items().stream().map(Node::text).filter(n -> n != null).forEach(required::add);
    }
    Node all = node.get("allOf");
    if (all != null) {
      all.items().forEach(each -> gather(followed(each), properties, required, seen));
    }
  }

  private void variants(Node node, int depth, List<Node> seen) {
    if (seen.contains(node)) {
      return;
    }
    seen.add(node);
    for (String key : List.of("oneOf", "anyOf")) {
      Node variants = node.get(key);
      int number = 0;
      for (Node variant : variants == null ? List.<Node>of() : variants.items()) {
        number++;
        if (hasFields(variant)) {
          String name = name(variant);
          fields.add(
              Field.note(
                  depth,
                  (key.equals("oneOf") ? "one of: " : "any of: ")
                      + (name == null ? "variant " + number : name)));
          inside(variant, depth);
        }
      }
    }
    Node all = node.get("allOf");
    if (all != null) {
      all.items().forEach(each -> variants(followed(each), depth, seen));
    }
  }

  private boolean hasFields(Node schema) {
    Node node = followed(schema);
    return node.get("properties") != null || node.get("allOf") != null || node.get("items") != null;
  }

  /** A name for a schema: its title, or what a reference calls it. */
  private @Nullable String name(Node schema) {
    String title = followed(schema).text("title");
    if (title != null) {
      return title;
    }
    String reference = schema.reference();
    if (reference == null || !reference.contains("/")) {
      return null;
    }
    String last = reference.substring(reference.lastIndexOf('/') + 1);
    return Pointer.decode(last).replace("~1", "/").replace("~0", "~");
  }

  private String type(Node schema, int depth) {
    Node node = followed(schema);
    if (Boolean.TRUE.equals(node.bool())) {
      return "anything";
    }
    if (Boolean.FALSE.equals(node.bool())) {
      return "nothing";
    }
    Node written = node.get("type");
    List<String> types = new ArrayList<>();
    if (written != null && written.isArray()) {
      written.items().stream().map(Node::text).filter(t -> t != null).forEach(types::add);
    } else if (written != null && written.text() != null) {
      types.add(written.text());
    }
    String format = node.text("format");
    String name = name(schema);
    if (types.contains("array") || (types.isEmpty() && node.get("items") != null)) {
      Node items = node.get("items");
      String of =
          items == null || items.isArray() || depth > 3 ? "" : " of " + type(items, depth + 1);
      types.remove("array");
      return "array" + of + (types.isEmpty() ? "" : " or " + String.join(" or ", types));
    }
    if (types.isEmpty()) {
      for (String key : List.of("oneOf", "anyOf")) {
        Node variants = node.get(key);
        if (variants != null && depth < 3) {
          List<String> names = new ArrayList<>();
          variants.items().stream().limit(6).forEach(v -> names.add(type(v, depth + 1)));
          String more = variants.items().size() > 6 ? " …" : "";
          return String.join(" | ", new java.util.LinkedHashSet<>(names)) + more;
        }
      }
      if (node.get("enum") != null || node.get("const") != null) {
        return "value";
      }
      boolean hasFields = node.get("properties") != null || node.get("allOf") != null;
      types.add(hasFields ? "object" : "anything");
    }
    String type = String.join(" or ", types);
    if (type.equals("object") && name != null) {
      return name;
    }
    return type + (format == null ? "" : " (" + format + ")");
  }
}
