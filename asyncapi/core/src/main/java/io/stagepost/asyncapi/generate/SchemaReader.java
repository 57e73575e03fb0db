package io.stagepost.asyncapi.generate;

import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.tree.Node;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Shapes of JSON Schemas. */
final class SchemaReader {
  /** How deep schemas nest without a class between them. */
  private static final int DEPTH = 100;

  /** What no constructor checks. */
  private static final Set<String> UNCHECKED =
      Set.of(
          "not",
          "if",
          "propertyNames",
          "dependencies",
          "dependentRequired",
          "dependentSchemas",
          "contains",
          "patternProperties",
          "unevaluatedItems");

  final Classes classes;
  final Problems problems;
  final Function<Node, @Nullable Node> follow;
  private final Payload.Format format;
  final Merge merge;

  /** What names of classes begin with, where their own are taken. */
  final String prefix;

  private final ObjectReader objects = new ObjectReader(this);
  private final Alternatives alternatives = new Alternatives(this);
  private final Set<String> under = new HashSet<>();

  SchemaReader(Classes classes, Problems problems, Payload payload, String prefix) {
    this.classes = classes;
    this.problems = problems;
    this.follow = payload::schema;
    this.format = payload.format();
    this.merge = new Merge(follow);
    this.prefix = prefix;
  }

  /** What a schema becomes; and whether null may stand for it. */
  record Result(Shape shape, boolean nullable) {}

  /** What a schema without a name of its own is called, and where its class is declared. */
  record Hint(String name, Shape.@Nullable Declared outer) {}

  /** What a message carries. */
  Result payload(Node schema, String name) {
    return read(schema, new Hint(name, null), true);
  }

  Result read(Node written, Hint hint) {
    return read(written, hint, false);
  }

  /** A variant of a union: an object with a class, even if it declares no property. */
  Result variant(Node written, Hint hint) {
    return read(written, hint, true);
  }

  /** Has a property of the object at a place always have this value. */
  void fix(String place, String property, String value) {
    objects.fix(place, property, value);
  }

  private Result read(Node written, Hint hint, boolean whole) {
    Node node = follow.apply(written);
    if (node == null || !node.isObject()) {
      return new Result(new Shape.Tree(), true);
    }
    String place = Classes.place(node);
    Shape.Declared known = classes.at(place);
    if (known != null) {
      return new Result(known, isNullable(node));
    }
    if (under.size() > DEPTH || !under.add(place)) {
      return tree(node, "it holds itself, without an object between");
    }
    try {
      return flat(node, named(written, node, hint), whole);
    } finally {
      under.remove(place);
    }
  }

  /** A schema that was written under a name of its own is a class of its own. */
  private static Hint named(Node written, Node node, Hint hint) {
    String token = node.pointer().token();
    if (node.pointer().parent() == null) {
      return new Hint(file(node), null);
    }
    Node reference = written.equals(node) ? null : written;
    String above = node.pointer().parent().token();
    boolean definition =
        above.equals("schemas") || above.equals("definitions") || above.equals("$defs");
    return definition
            || (reference != null && !token.equals("payload") && !token.matches("[0-9]+|schema"))
        ? new Hint(Names.type(Names.simple(token)), null)
        : hint;
  }

  private static String file(Node node) {
    String file = node.place().file();
    String name = file.substring(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
    int dot = name.indexOf('.');
    return Names.type(dot < 0 ? name : name.substring(0, dot));
  }

  private Result flat(Node node, Hint hint, boolean whole) {
    Node all = node.get("allOf");
    if (all != null
        && all.items().size() == 1
        && node.members().keySet().stream().allMatch(key -> key.equals("allOf") || isIdle(key))) {
      return read(all.items().get(0), hint, whole);
    }
    Node flat = merge.flat(node);
    if (flat == null) {
      return tree(node, "the parts of its allOf cannot be said as one");
    }
    if (flat.get("oneOf") != null || flat.get("anyOf") != null) {
      Result chosen = alternatives.read(flat, hint, whole);
      if (chosen != null) {
        return chosen;
      }
    }
    return plain(flat, hint, whole);
  }

  /** Without alternatives. */
  Result plain(Node node, Hint hint, boolean whole) {
    boolean nullable = isNullable(node);
    Set<String> types = types(node);
    Node extensible = node.get("x-extensible-enum");
    List<Node> values =
        Scalars.values(node).isEmpty() && extensible != null && extensible.isArray()
            ? extensible.items()
            : Scalars.values(node);
    if (!values.isEmpty() && values.stream().allMatch(value -> value.text() != null)) {
      boolean open =
          extensible != null && (extensible.isArray() || Boolean.TRUE.equals(extensible.bool()));
      return values.size() == 1 && !open
          ? new Result(new Shape.Scalar(Kind.TEXT, Scalars.limits(node, problems)), nullable)
          : new Result(objects.choice(node, values, open, hint), nullable);
    }
    if (types.size() != 1) {
      return types.isEmpty()
          ? new Result(new Shape.Tree(), true)
          : tree(node, "it may be " + String.join(" or ", types));
    }
    unchecked(node);
    return switch (types.iterator().next()) {
      case "object" -> new Result(objects.read(node, hint, whole), nullable);
      case "array" -> new Result(objects.array(node, hint), nullable);
      case "string" -> new Result(Scalars.text(node, problems), nullable);
      case "integer" -> new Result(Scalars.whole(node, problems), nullable);
      case "number" -> new Result(Scalars.number(node, problems), nullable);
      case "boolean" ->
          new Result(new Shape.Scalar(Kind.BOOL, Scalars.limits(node, problems)), nullable);
      default -> tree(node, "its type is not known");
    };
  }

  private void unchecked(Node node) {
    Set<String> keywords = new TreeSet<>(node.members().keySet());
    keywords.retainAll(UNCHECKED);
    keywords.removeIf(format::passesOver);
    if (!keywords.isEmpty()) {
      problems.note(
          node,
          "generate-unchecked",
          "what it says by " + String.join(", ", keywords) + " is not checked by its class",
          "Give the codec the schema too if it matters: JsonSchema.");
    }
  }

  Result tree(Node node, String why) {
    problems.warn(
        node,
        "generate-tree",
        "it becomes a JsonNode, since " + why,
        "Say it with a constant in each alternative, with a type, or take it as it is.");
    return new Result(new Shape.Tree(), true);
  }

  static boolean isNullable(Node node) {
    Node type = node.get("type");
    Node values = node.get("enum");
    Node only = node.get("const");
    if (type != null && (isNull(type) || type.items().stream().anyMatch(SchemaReader::isNull))) {
      return true;
    }
    if (values != null && values.items().stream().anyMatch(v -> v.kind() == Node.Kind.NULL)) {
      return true;
    }
    Node nullable = node.get("nullable");
    return (only != null && only.kind() == Node.Kind.NULL)
        || (nullable != null && Boolean.TRUE.equals(nullable.bool()));
  }

  private static boolean isNull(Node type) {
    return "null".equals(type.text());
  }

  /**
   * What a schema says by a keyword; null if it does not, or if its dialect has no such keyword.
   */
  @Nullable Node said(Node node, String keyword) {
    return format.passesOver(keyword) ? null : node.get(keyword);
  }

  /** Whether a keyword says nothing of what is allowed. */
  boolean isIdle(String keyword) {
    return Merge.isAnnotation(keyword) || format.passesOver(keyword);
  }

  /** Its types but null; by what else it says if it names none. */
  Set<String> types(Node node) {
    Set<String> types = new TreeSet<>();
    Node type = node.get("type");
    if (type != null) {
      if (type.text() != null) {
        types.add(type.text());
      }
      type.items().forEach(each -> types.add(String.valueOf(each.text())));
      types.remove("null");
      if (types.contains("number")) {
        types.remove("integer");
      }
      return types;
    }
    if (has(node, "properties", "additionalProperties", "required", "patternProperties")) {
      types.add("object");
    }
    if (has(node, "items", "prefixItems", "minItems", "maxItems", "uniqueItems")) {
      types.add("array");
    }
    List<Node> values = Scalars.values(node);
    if (values.isEmpty()
        ? has(node, "pattern", "minLength", "maxLength")
        : values.stream().anyMatch(value -> value.text() != null)) {
      types.add("string");
    }
    if (values.isEmpty()
        ? has(node, "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
        : values.stream().anyMatch(value -> value.number() != null)) {
      types.add(values.isEmpty() || !whole(values) ? "number" : "integer");
    }
    if (values.stream().anyMatch(value -> value.bool() != null)) {
      types.add("boolean");
    }
    if (values.stream().anyMatch(value -> value.isObject() || value.isArray())) {
      types.add("an object or array that is given whole");
    }
    return types;
  }

  private static boolean whole(List<Node> values) {
    return values.stream()
        .map(Node::number)
        .allMatch(number -> number != null && number.stripTrailingZeros().scale() <= 0);
  }

  private boolean has(Node node, String... keywords) {
    for (String keyword : keywords) {
      if (said(node, keyword) != null) {
        return true;
      }
    }
    return false;
  }
}
