package io.stagepost.asyncapi.catalogue;

import static java.util.Objects.requireNonNullElse;

import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The fields that an Avro schema declares. Not thread-safe; for one schema. */
final class AvroFields {
  private final Payload payload;
  private final List<Field> fields = new ArrayList<>();
  private final Map<String, Node> named;
  private final List<Node> above = new ArrayList<>();

  AvroFields(Payload payload) {
    this.payload = payload;
    this.named = AvroNames.in(payload);
  }

  private Node followed(Node node) {
    Node target = payload.follow(node);
    return target == null ? node : target;
  }

  List<Field> all() {
    Node schema = followed(payload.schema());
    if (schema.get("fields") == null) {
      fields.add(new Field(0, "", type(schema), false, List.of(), schema.text("doc"), "", false));
    }
    inside(schema, 0);
    return fields;
  }

  private void inside(Node type, int depth) {
    Node node = followed(type);
    String reference = node.text();
    node = reference != null ? requireNonNullElse(named.get(reference), node) : node;
    if (node.isArray()) {
      node.items().forEach(each -> inside(each, depth));
      return;
    }
    Node declared = node.get("fields");
    if (declared == null) {
      for (String key : List.of("type", "items", "values")) {
        Node inner = node.get(key);
        if (inner != null
            && (inner.text() == null || key.equals("items") || key.equals("values"))) {
          inside(inner, depth);
        }
      }
      return;
    }
    if (above.contains(node) || depth > Field.DEEPEST) {
      return;
    }
    above.add(node);
    for (Node written : declared.items()) {
      Node field = followed(written);
      Node fieldType = field.get("type");
      if (fieldType == null || fields.size() >= Field.MOST) {
        continue;
      }
      Node value = field.get("default");
      String sensitive = JsonFields.sensitive(written, field);
      List<String> constraints = new ArrayList<>(symbols(followed(fieldType)));
      if (value != null && sensitive.isEmpty()) {
        constraints.add("default " + JsonText.line(value));
      }
      fields.add(
          new Field(
              depth,
              requireNonNullElse(field.text("name"), "?"),
              type(fieldType),
              value == null,
              constraints,
              field.text("doc"),
              sensitive,
              false));
      inside(fieldType, depth + 1);
    }
    above.remove(above.size() - 1);
  }

  private static List<String> symbols(Node type) {
    Node symbols = type.get("symbols");
    return symbols == null
        ? List.of()
        : List.of(
            "one of "
                + symbols.items().stream().map(JsonText::line).collect(Collectors.joining(", ")));
  }

  private String type(Node written) {
    Node type = followed(written);
    if (type.text() != null) {
      return type.text();
    }
    if (type.isArray()) {
      return type.items().stream().map(this::type).collect(Collectors.joining(" | "));
    }
    Node inner = type.get("type");
    String logical = type.text("logicalType");
    String kind = inner == null ? "?" : requireNonNullElse(inner.text(), "");
    String base =
        switch (kind) {
          case "record", "enum", "fixed" -> requireNonNullElse(type.text("name"), kind);
          case "array" -> "array of " + inner(type.get("items"));
          case "map" -> "map of " + inner(type.get("values"));
          case "" -> inner(inner);
          default -> kind;
        };
    if (logical == null) {
      return base;
    }
    Node precision = type.get("precision");
    Node scale = type.get("scale");
    return logical
        + (precision == null
            ? ""
            : "("
                + JsonText.line(precision)
                + (scale == null ? "" : ", " + JsonText.line(scale))
                + ")")
        + " as "
        + base;
  }

  private String inner(@Nullable Node type) {
    return type == null ? "?" : type(type);
  }
}
