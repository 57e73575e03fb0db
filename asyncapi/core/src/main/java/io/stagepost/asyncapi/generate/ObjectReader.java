package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.ClassName;
import io.stagepost.asyncapi.generate.SchemaReader.Hint;
import io.stagepost.asyncapi.generate.SchemaReader.Result;
import io.stagepost.asyncapi.tree.Node;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Shapes of objects, arrays and enumerations. */
final class ObjectReader {
  /** What a constructor takes at most, of which a long or double counts twice, and this once. */
  private static final int ARGUMENTS = 254;

  private final SchemaReader schemas;

  /** The constants that a union asks of its variants, by the place of the variant. */
  private final Map<String, Map<String, String>> fixed = new HashMap<>();

  ObjectReader(SchemaReader schemas) {
    this.schemas = schemas;
  }

  /** Has a property of an object always have this value. */
  void fix(String place, String property, String value) {
    fixed.computeIfAbsent(place, unused -> new LinkedHashMap<>()).put(property, value);
    if (schemas.classes.at(place) instanceof Shape.Fields fields) {
      fix(fields, property, value);
    }
  }

  private static void fix(Shape.Fields fields, String property, String value) {
    Shape.Component component = fields.component(property);
    if (component != null) {
      fields.components.remove(component);
      fields.constants.put(property, value);
    }
  }

  Shape read(Node node, Hint hint, boolean whole) {
    Node properties = node.get("properties");
    boolean declares = properties != null && !properties.members().isEmpty();
    Node required = node.get("required");
    if (!declares && !whole && (required == null || required.items().isEmpty())) {
      Result value = others(node, hint);
      return new Shape.Keyed(
          value == null ? new Shape.Tree() : value.shape(),
          value != null && value.nullable() && !(value.shape() instanceof Shape.Tree),
          Scalars.size(node, "minProperties"),
          Scalars.size(node, "maxProperties"));
    }
    Set<String> needed =
        required == null
            ? Set.of()
            : required.items().stream()
                .map(item -> String.valueOf(item.text()))
                .collect(Collectors.toCollection(TreeSet::new));
    Map<String, Node> all =
        properties == null ? new LinkedHashMap<>() : new LinkedHashMap<>(properties.members());
    if (slots(all, needed) > ARGUMENTS) {
      return schemas.tree(node, "it has more properties than a record can: " + ARGUMENTS).shape();
    }
    Shape.Fields fields =
        new Shape.Fields(
            name(hint), node, node.text("description"), isTrue(node.get("deprecated")));
    schemas.classes.add(Classes.place(node), fields, hint.outer());
    Names.Taken names = new Names.Taken();
    all.forEach((property, schema) -> property(fields, property, schema, needed, names));
    for (String property : needed) {
      if (!all.containsKey(property)) {
        fields.components.add(
            new Shape.Component(
                property,
                names.unique(Names.member(property)),
                new Shape.Tree(),
                true,
                false,
                false,
                false,
                null,
                null));
      }
    }
    Result others = others(node, new Hint("Value", fields));
    fields.others = others == null ? null : others.nullable() ? new Shape.Tree() : others.shape();
    fields.othersName = names.unique("additionalProperties");
    fixed.getOrDefault(Classes.place(node), Map.of()).forEach((p, value) -> fix(fields, p, value));
    return fields;
  }

  private static int slots(Map<String, Node> properties, Set<String> needed) {
    return 2 * properties.size() + needed.size() + 2;
  }

  private void property(
      Shape.Fields fields, String property, Node written, Set<String> needed, Names.Taken names) {
    Node schema = schemas.follow.apply(written);
    if (schema != null && Boolean.FALSE.equals(schema.bool())) {
      schemas.problems.note(
          written,
          "generate-unchecked",
          "that there must be no property '" + property + "' is not checked",
          "Leave it out if nobody sends it.");
      return;
    }
    Result result = schemas.read(written, new Hint(Names.type(property), fields));
    boolean required = needed.contains(property);
    if (required
        && !result.nullable()
        && result.shape() instanceof Shape.Scalar scalar
        && scalar.limits().values().size() == 1) {
      fields.constants.put(property, scalar.limits().values().get(0));
      return;
    }
    fields.components.add(
        new Shape.Component(
            property,
            names.unique(Names.member(property)),
            result.shape(),
            required,
            result.nullable() && !(result.shape() instanceof Shape.Tree),
            isSensitive(written) || (schema != null && isSensitive(schema)),
            isTrue(written.get("deprecated"))
                || (schema != null && isTrue(schema.get("deprecated"))),
            description(written, schema),
            schema == null ? null : Scalars.value(schema.get("default"))));
  }

  private static @Nullable String description(Node written, @Nullable Node schema) {
    for (String keyword : new String[] {"description", "title"}) {
      String said = written.text(keyword);
      if (said == null && schema != null) {
        said = schema.text(keyword);
      }
      if (said != null && !said.isBlank()) {
        return said;
      }
    }
    return null;
  }

  private static boolean isSensitive(Node node) {
    Node said = node.get("x-sensitive");
    return said != null && (said.text() != null || Boolean.TRUE.equals(said.bool()));
  }

  private static boolean isTrue(@Nullable Node node) {
    return node != null && Boolean.TRUE.equals(node.bool());
  }

  /** What properties hold that are not declared; null if there are none. */
  private @Nullable Result others(Node node, Hint hint) {
    Node additional = node.get("additionalProperties");
    Node said = additional == null ? unevaluated(node) : additional;
    Node patterns = node.get("patternProperties");
    boolean closed = isFalse(said);
    if (closed && patterns != null && patterns.members().size() == 1) {
      return schemas.read(patterns.members().values().iterator().next(), hint);
    }
    if (closed) {
      return patterns == null ? null : new Result(new Shape.Tree(), true);
    }
    return said == null || !said.isObject() || patterns != null
        ? new Result(new Shape.Tree(), true)
        : schemas.read(said, hint);
  }

  /**
   * What properties hold that nothing evaluates; null if what is evaluated depends on the value.
   */
  private @Nullable Node unevaluated(Node node) {
    boolean depends = node.get("if") != null || node.get("dependentSchemas") != null;
    return depends ? null : schemas.said(node, "unevaluatedProperties");
  }

  private static boolean isFalse(@Nullable Node node) {
    return node != null && Boolean.FALSE.equals(node.bool());
  }

  Shape array(Node node, Hint hint) {
    Node items = node.get("items");
    boolean tuple = schemas.said(node, "prefixItems") != null || (items != null && items.isArray());
    Result item =
        items == null || tuple
            ? new Result(new Shape.Tree(), true)
            : schemas.read(items, new Hint(hint.name() + "Item", hint.outer()));
    return new Shape.Many(
        item.shape(),
        item.nullable() && !(item.shape() instanceof Shape.Tree),
        Scalars.size(node, "minItems"),
        Scalars.size(node, "maxItems"),
        isTrue(node.get("uniqueItems")));
  }

  Shape choice(Node node, List<Node> values, boolean open, Hint hint) {
    Shape.Choice choice =
        new Shape.Choice(
            name(hint), node, node.text("description"), isTrue(node.get("deprecated")), open);
    schemas.classes.add(Classes.place(node), choice, hint.outer());
    Names.Taken names = new Names.Taken();
    for (Node value : values) {
      String text = String.valueOf(value.text());
      if (!choice.constants.containsKey(text)) {
        choice.constants.put(text, names.unique(Names.constant(text)));
      }
    }
    return choice;
  }

  ClassName name(Hint hint) {
    return hint.outer() == null
        ? schemas.classes.name(hint.name(), schemas.prefix)
        : schemas.classes.name(hint.name(), hint.outer().name);
  }
}
