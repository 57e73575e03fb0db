package io.stagepost.asyncapi.generate;

import io.stagepost.asyncapi.generate.SchemaReader.Hint;
import io.stagepost.asyncapi.generate.SchemaReader.Result;
import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Shapes of {@code oneOf} and {@code anyOf}. A union is told apart by a property that is another
 * constant in each variant, or by properties that one variant alone has and must have; variants are
 * never tried one after the other.
 */
final class Alternatives {
  private final SchemaReader schemas;

  Alternatives(SchemaReader schemas) {
    this.schemas = schemas;
  }

  /** How variants are told apart. */
  private record Told(
      @Nullable String discriminator, List<String> values, List<List<String>> marks) {}

  /** Null if the alternatives say nothing of the type: the schema is read without them. */
  @Nullable Result read(Node node, Hint hint, boolean whole) {
    boolean one = node.get("oneOf") != null;
    if (one && node.get("anyOf") != null) {
      return schemas.tree(node, "it has both oneOf and anyOf");
    }
    String keyword = one ? "oneOf" : "anyOf";
    Map<String, Node> base = new LinkedHashMap<>(node.members());
    Node alternatives = base.remove(keyword);
    List<Node> variants = new ArrayList<>();
    boolean nullable = SchemaReader.isNullable(node);
    for (Node each : alternatives == null ? List.<Node>of() : alternatives.items()) {
      Node followed = schemas.follow.apply(each);
      if (followed != null && "null".equals(followed.text("type"))) {
        nullable = true;
      } else {
        variants.add(each);
      }
    }
    if (onlyConstraints(variants)) {
      schemas.problems.note(
          node,
          "generate-unchecked",
          "what it says by " + keyword + " is not checked by its class",
          "Give the codec the schema too if it matters: JsonSchema.");
      return null;
    }
    boolean bare =
        base.keySet().stream()
            .allMatch(k -> schemas.isIdle(k) || k.equals("discriminator") || k.equals("type"));
    if (variants.size() == 1 && bare) {
      Result only = schemas.read(variants.get(0), hint);
      return new Result(only.shape(), only.nullable() || nullable);
    }
    if (!one) {
      return schemas.tree(node, "more than one of its anyOf may hold at once");
    }
    return union(node, variants, bare ? null : rest(node, base), hint, nullable);
  }

  private boolean onlyConstraints(List<Node> variants) {
    return !variants.isEmpty()
        && variants.stream()
            .map(schemas.follow)
            .allMatch(
                variant ->
                    variant != null
                        && variant.isObject()
                        && variant.members().keySet().stream()
                            .allMatch(
                                key ->
                                    schemas.isIdle(key)
                                        || key.equals("required")
                                        || key.equals("not")));
  }

  private static Node rest(Node node, Map<String, Node> base) {
    Map<String, Node> members = new LinkedHashMap<>(base);
    members.keySet().removeIf(key -> Merge.isAnnotation(key) || key.equals("discriminator"));
    return Node.object(node.place(), node.pointer(), members, Map.of());
  }

  private Result union(
      Node node, List<Node> written, @Nullable Node base, Hint hint, boolean nullable) {
    List<Node> objects = new ArrayList<>();
    for (int i = 0; i < written.size(); i++) {
      Node variant = schemas.follow.apply(written.get(i));
      Node flat = variant == null || !variant.isObject() ? null : schemas.merge.flat(variant);
      if (flat != null && base != null && !inherits(variant, node)) {
        Node both = schemas.merge.both(flat, base);
        // Not the schema that was referred to, but that and what stands beside it.
        flat =
            both == null
                ? null
                : Node.object(
                    both.place(),
                    node.pointer().child("oneOf").child(String.valueOf(i)),
                    both.members(),
                    Map.of());
      }
      if (flat == null
          || !schemas.types(flat).equals(Set.of("object"))
          || SchemaReader.isNullable(flat)
          || flat.get("oneOf") != null
          || flat.get("anyOf") != null) {
        return schemas.tree(node, "not all of its variants are objects with properties");
      }
      objects.add(flat);
    }
    Told told = told(node, written, objects);
    if (told == null) {
      return schemas.tree(node, "nothing tells its variants apart");
    }
    Shape.Union union =
        new Shape.Union(
            schemas.classes.name(
                hint.outer() == null
                    ? hint.name()
                    : String.join("", hint.outer().name.simpleNames()) + hint.name(),
                schemas.prefix),
            node,
            node.text("description"),
            false);
    schemas.classes.add(Classes.place(node), union, null);
    union.discriminator = told.discriminator();
    union.values.addAll(told.values());
    union.marks.addAll(told.marks());
    for (int i = 0; i < objects.size(); i++) {
      String value = told.values().isEmpty() ? null : told.values().get(i);
      Node variant = objects.get(i);
      if (base == null || inherits(schemas.follow.apply(written.get(i)), node)) {
        variant = written.get(i);
      }
      Result read =
          schemas.variant(variant, new Hint(variantName(objects.get(i), value, i), union));
      if (!(read.shape() instanceof Shape.Fields fields)) {
        schemas.problems.refuse(
            node,
            "generate-union",
            "its variant " + (i + 1) + " becomes no class of its own",
            "Let each variant be an object with properties.");
        return new Result(new Shape.Tree(), true);
      }
      if (told.discriminator() != null && value != null) {
        schemas.fix(Classes.place(fields.node), told.discriminator(), value);
      }
      fields.unions.add(union.name);
      union.variants.add(fields);
    }
    return new Result(union, nullable);
  }

  /** Whether a variant has what stands beside the alternatives already. */
  private boolean inherits(@Nullable Node variant, Node node) {
    return variant != null && schemas.merge.inheritance.isListed(variant, node);
  }

  private static String variantName(Node variant, @Nullable String value, int index) {
    String title = variant.text("title");
    return title != null && title.matches("[A-Za-z][A-Za-z0-9 _-]{0,40}")
        ? Names.type(title)
        : Names.type(value == null ? "Variant" + (index + 1) : value);
  }

  private @Nullable Told told(Node node, List<Node> written, List<Node> objects) {
    Node said = node.get("discriminator");
    String named =
        said == null ? null : said.text() == null ? said.text("propertyName") : said.text();
    Set<String> candidates = new LinkedHashSet<>();
    if (named != null) {
      candidates.add(named);
    } else {
      objects.forEach(object -> candidates.addAll(properties(object).keySet()));
    }
    for (String property : candidates) {
      List<String> values = new ArrayList<>();
      for (int i = 0; i < objects.size(); i++) {
        String value = constant(objects.get(i), property);
        if (value == null && named != null && properties(objects.get(i)).containsKey(named)) {
          String reference = written.get(i).reference();
          value = reference == null ? null : reference.substring(reference.lastIndexOf('/') + 1);
          if (value != null && !isAllowed(objects.get(i), named, value)) {
            value = null;
          }
        }
        if (value != null && (named != null || required(objects.get(i)).contains(property))) {
          values.add(value);
        }
      }
      if (values.size() == objects.size() && new HashSet<>(values).size() == values.size()) {
        return new Told(property, values, List.of());
      }
    }
    return named == null ? marked(objects) : null;
  }

  private boolean isAllowed(Node object, String property, String value) {
    Node schema = properties(object).get(property);
    Node followed = schema == null ? null : schemas.follow.apply(schema);
    List<Node> values = followed == null ? List.of() : Scalars.values(followed);
    return values.isEmpty() || values.stream().anyMatch(each -> value.equals(each.text()));
  }

  private static @Nullable Told marked(List<Node> objects) {
    List<List<String>> marks = new ArrayList<>();
    for (Node object : objects) {
      List<String> own = new ArrayList<>(required(object));
      for (Node other : objects) {
        if (!other.equals(object)) {
          own.removeAll(properties(other).keySet());
          own.removeAll(required(other));
        }
      }
      if (own.isEmpty()) {
        return null;
      }
      marks.add(own);
    }
    return new Told(null, List.of(), marks);
  }

  private @Nullable String constant(Node object, String property) {
    Node schema = properties(object).get(property);
    Node followed = schema == null ? null : schemas.follow.apply(schema);
    List<Node> values = followed == null ? List.of() : Scalars.values(followed);
    return values.size() == 1 ? values.get(0).text() : null;
  }

  private static Map<String, Node> properties(Node object) {
    Node properties = object.get("properties");
    return properties == null ? Map.of() : properties.members();
  }

  private static Set<String> required(Node object) {
    Set<String> names = new LinkedHashSet<>();
    Node required = object.get("required");
    if (required != null) {
      required.items().forEach(item -> names.add(String.valueOf(item.text())));
    }
    return names;
  }
}
