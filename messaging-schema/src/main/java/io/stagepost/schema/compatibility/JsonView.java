package io.stagepost.schema.compatibility;

import io.stagepost.schema.compatibility.JsonDocument.Part;
import io.stagepost.schema.internal.text.CountedText;
import io.stagepost.schema.internal.text.CountedText.Budget;
import io.stagepost.schema.internal.text.CountedText.Exhausted;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What must all hold of a value: the schemas of a conjunction, with {@code $ref} and {@code allOf}
 * resolved into it. Without any, every value is allowed.
 */
final class JsonView {
  /** The types of JSON, with numbers told apart by whether they are whole. */
  enum Kind {
    NULL,
    BOOLEAN,
    OBJECT,
    ARRAY,
    STRING,
    INTEGER,
    FRACTION
  }

  /** A limit of a number; {@code value} itself is outside if exclusive. */
  record Bound(BigDecimal value, boolean exclusive) {}

  private static final Set<Kind> NUMBERS = EnumSet.of(Kind.INTEGER, Kind.FRACTION);
  private static final int MAX_EXPONENT = 400;
  private static final int NESTED_CHOICES = 4;

  private static final Map<Kind, Part> OF_TYPE = new EnumMap<>(Kind.class);

  static {
    for (Kind type : Kind.values()) {
      String name = type == Kind.FRACTION ? "number" : type.name().toLowerCase(Locale.ROOT);
      OF_TYPE.put(type, synthetic(JsonNodeFactory.instance.objectNode().put("type", name)));
    }
  }

  private final List<Part> parts = new ArrayList<>();

  /** The parts whose anyOf or oneOf is not to be looked at: one of its branches is a part. */
  private final Set<JsonNode> chosen = Collections.newSetFromMap(new IdentityHashMap<>());

  private final Set<String> unresolved = new LinkedHashSet<>();
  private boolean nothing;

  /** Worked out when it is first asked for, and a view does not change any more. */
  private @Nullable Set<Kind> types;

  private JsonView() {}

  static JsonView of(List<Part> schemas) {
    JsonView view = new JsonView();
    Set<JsonNode> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    schemas.forEach(part -> view.add(part, seen));
    return view;
  }

  static JsonView of(Part schema) {
    return of(List.of(schema));
  }

  /** A part that stands in no document. */
  static Part synthetic(JsonNode node) {
    return new Part(node, JsonDocument.NONE, "");
  }

  static Part constant(JsonNode value) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.set("const", value);
    return synthetic(node);
  }

  /** This and another schema. */
  JsonView and(Part more) {
    JsonView view = new JsonView();
    Set<JsonNode> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    parts.forEach(part -> seen.add(part.node()));
    view.parts.addAll(parts);
    view.chosen.addAll(chosen);
    view.unresolved.addAll(unresolved);
    view.nothing = nothing;
    view.add(more, seen);
    return view;
  }

  /** This, with one branch of a part's anyOf or oneOf chosen. */
  JsonView choosing(Part part, Part branch) {
    JsonView view = and(branch);
    view.chosen.add(part.node());
    return view;
  }

  /** This, of one type only; both kinds of numbers count as one. */
  JsonView ofType(Kind type) {
    Part only = OF_TYPE.get(type);
    return only == null ? this : and(only);
  }

  private void add(Part part, Set<JsonNode> seen) {
    JsonNode node = part.node();
    if (node.isBoolean()) {
      nothing |= !node.asBoolean();
      return;
    }
    if (!seen.add(node)) {
      return;
    }
    JsonNode reference = node.get("$ref");
    if (reference != null && reference.isString()) {
      Part target = part.document().resolve(reference.asString());
      if (target == null) {
        unresolved.add(reference.asString());
      } else {
        add(target, seen);
      }
      if (part.document().isOldDialect()) {
        return;
      }
    }
    for (String dynamic : List.of("$dynamicRef", "$recursiveRef")) {
      if (node.has(dynamic)) {
        unresolved.add(dynamic + " " + node.get(dynamic));
      }
    }
    parts.add(part);
    branches(part, "allOf").forEach(branch -> add(branch, seen));
  }

  static List<Part> branches(Part part, String keyword) {
    List<Part> branches = new ArrayList<>();
    JsonNode list = part.node().get(keyword);
    if (list != null && list.isArray()) {
      for (int i = 0; i < list.size(); i++) {
        Part branch = part.child(keyword, Integer.toString(i));
        if (branch != null) {
          branches.add(branch);
        }
      }
    }
    return branches;
  }

  List<Part> parts() {
    return parts;
  }

  Set<String> unresolved() {
    return unresolved;
  }

  boolean isOpen() {
    return parts.isEmpty() && unresolved.isEmpty() && !nothing;
  }

  boolean allowsNothing() {
    return nothing || types().isEmpty();
  }

  /** Whether more is said of the values than can be told here. */
  boolean isOpaque() {
    return !unresolved.isEmpty()
        || parts.stream()
            .anyMatch(
                part ->
                    part.node().has("if")
                        || part.node().has("not")
                        || part.node().has("dependentSchemas"));
  }

  /** The part and keyword of the first choice that is not made yet. */
  @Nullable Part choice(String keyword) {
    for (Part part : parts) {
      if (part.node().has(keyword)
          && !chosen.contains(part.node())
          && !branches(part, keyword).isEmpty()) {
        return part;
      }
    }
    return null;
  }

  Set<Kind> types() {
    if (types == null) {
      types = Collections.unmodifiableSet(types(NESTED_CHOICES));
    }
    return types;
  }

  private Set<Kind> types(int depth) {
    EnumSet<Kind> types = nothing ? EnumSet.noneOf(Kind.class) : EnumSet.allOf(Kind.class);
    for (Part part : parts) {
      JsonNode node = part.node();
      types.retainAll(declared(node));
      for (String keyword : List.of("anyOf", "oneOf")) {
        if (depth > 0 && node.has(keyword) && !chosen.contains(node)) {
          List<Part> branches = branches(part, keyword);
          if (!branches.isEmpty()) {
            EnumSet<Kind> any = EnumSet.noneOf(Kind.class);
            branches.forEach(branch -> any.addAll(of(branch).types(depth / 2)));
            types.retainAll(any);
          }
        }
      }
    }
    return types;
  }

  /** The types that a schema allows by its keywords type, const and enum. */
  static Set<Kind> declared(JsonNode node) {
    EnumSet<Kind> types = EnumSet.allOf(Kind.class);
    JsonNode type = node.get("type");
    if (type != null) {
      types.retainAll(named(type));
    }
    List<JsonNode> values = listed(node);
    if (values != null) {
      EnumSet<Kind> ofValues = EnumSet.noneOf(Kind.class);
      values.forEach(value -> ofValues.add(typeOf(value)));
      types.retainAll(ofValues);
    }
    return types;
  }

  /** The types that a value of the keyword type names. */
  static Set<Kind> named(JsonNode type) {
    EnumSet<Kind> named = EnumSet.noneOf(Kind.class);
    if (type.isString()) {
      addType(named, type.asString());
    } else {
      type.forEach(one -> addType(named, one.isString() ? one.asString() : ""));
    }
    return named;
  }

  private static void addType(Set<Kind> types, String name) {
    switch (name) {
      case "null" -> types.add(Kind.NULL);
      case "boolean" -> types.add(Kind.BOOLEAN);
      case "object" -> types.add(Kind.OBJECT);
      case "array" -> types.add(Kind.ARRAY);
      case "string" -> types.add(Kind.STRING);
      case "integer" -> types.add(Kind.INTEGER);
      case "number" -> types.addAll(NUMBERS);
      default -> {}
    }
  }

  static Kind typeOf(JsonNode value) {
    if (value.isNull()) {
      return Kind.NULL;
    } else if (value.isBoolean()) {
      return Kind.BOOLEAN;
    } else if (value.isObject()) {
      return Kind.OBJECT;
    } else if (value.isArray()) {
      return Kind.ARRAY;
    } else if (value.isString()) {
      return Kind.STRING;
    }
    return value.decimalValue().stripTrailingZeros().scale() <= 0 ? Kind.INTEGER : Kind.FRACTION;
  }

  /** The values of const or enum; null if it has neither. */
  static @Nullable List<JsonNode> listed(JsonNode node) {
    JsonNode values = node.get("enum");
    List<JsonNode> list = null;
    if (values != null && values.isArray()) {
      list = new ArrayList<>();
      values.forEach(list::add);
    }
    JsonNode constant = node.get("const");
    if (constant == null) {
      return list;
    }
    return list == null || list.stream().anyMatch(one -> name(one).equals(name(constant)))
        ? List.of(constant)
        : List.of();
  }

  /** The only values there can be, by their {@link #name}; null if there are too many to list. */
  @Nullable Map<String, JsonNode> values() {
    Map<String, JsonNode> values = null;
    for (Part part : parts) {
      List<JsonNode> listed = listed(part.node());
      if (listed == null) {
        continue;
      }
      Map<String, JsonNode> here = new LinkedHashMap<>();
      listed.forEach(value -> here.put(name(value), value));
      if (values == null) {
        values = here;
      } else {
        values.keySet().retainAll(here.keySet());
      }
    }
    Set<Kind> types = types();
    if (values != null) {
      values.values().removeIf(value -> !types.contains(typeOf(value)));
      return values;
    }
    if (EnumSet.of(Kind.NULL, Kind.BOOLEAN).containsAll(types)) {
      values = new LinkedHashMap<>();
      JsonNodeFactory nodes = JsonNodeFactory.instance;
      if (types.contains(Kind.NULL)) {
        values.put("null", nodes.nullNode());
      }
      if (types.contains(Kind.BOOLEAN)) {
        values.put("true", nodes.booleanNode(true));
        values.put("false", nodes.booleanNode(false));
      }
    }
    return values;
  }

  /** The same for equal values: 1 and 1.0 are, and the order of properties does not count. */
  static String name(JsonNode value) {
    if (value.isNumber()) {
      return value.decimalValue().stripTrailingZeros().toString();
    }
    if (value.isArray()) {
      List<String> items = new ArrayList<>();
      value.forEach(item -> items.add(name(item)));
      return items.toString();
    }
    if (value.isObject()) {
      Map<String, String> members = new TreeMap<>();
      value.properties().forEach(e -> members.put(e.getKey(), name(e.getValue())));
      return members.toString();
    }
    return value.toString();
  }

  /** The highest lower bound, or the lowest upper one, of its numbers. */
  @Nullable Bound bound(boolean lower) {
    Bound tightest = null;
    for (Part part : parts) {
      Bound bound = bound(part.node(), lower);
      if (bound != null && (tightest == null || implies(bound, tightest, lower))) {
        tightest = bound;
      }
    }
    Map<String, JsonNode> values = values();
    if (values != null) {
      for (JsonNode value : values.values()) {
        if (value.isNumber()) {
          // The loosest of them is the bound.
          Bound bound = new Bound(value.decimalValue(), false);
          if (tightest == null || !implies(tightest, bound, lower)) {
            tightest = bound;
          }
        }
      }
    }
    return tightest == null || types().contains(Kind.FRACTION) ? tightest : whole(tightest, lower);
  }

  static @Nullable Bound bound(JsonNode node, boolean lower) {
    BigDecimal inclusive = number(node, lower ? "minimum" : "maximum");
    BigDecimal exclusive = number(node, lower ? "exclusiveMinimum" : "exclusiveMaximum");
    if (exclusive == null) {
      return inclusive == null ? null : new Bound(inclusive, false);
    }
    Bound bound = new Bound(exclusive, true);
    if (inclusive == null || implies(bound, new Bound(inclusive, false), lower)) {
      return bound;
    }
    return new Bound(inclusive, false);
  }

  /** Whether everything within one bound is within another. */
  static boolean implies(Bound one, Bound other, boolean lower) {
    int compared = one.value().compareTo(other.value());
    return compared == 0 ? one.exclusive() || !other.exclusive() : lower == (compared > 0);
  }

  /** The same bound of whole numbers, inclusive. */
  static Bound whole(Bound bound, boolean lower) {
    BigDecimal value = bound.value();
    if (value.precision() - (long) value.scale() > MAX_EXPONENT || value.scale() > MAX_EXPONENT) {
      return bound;
    }
    BigDecimal whole = value.setScale(0, lower ? RoundingMode.CEILING : RoundingMode.FLOOR);
    if (bound.exclusive() && whole.compareTo(value) == 0) {
      whole = lower ? whole.add(BigDecimal.ONE) : whole.subtract(BigDecimal.ONE);
    }
    return new Bound(whole, false);
  }

  static @Nullable BigDecimal number(JsonNode node, String keyword) {
    JsonNode value = node.get(keyword);
    return value != null && value.isNumber() ? value.decimalValue() : null;
  }

  /** The largest of a keyword that is a lower limit; 0 if it is not set. */
  BigDecimal atLeast(String keyword) {
    BigDecimal most = BigDecimal.ZERO;
    for (Part part : parts) {
      BigDecimal value = number(part.node(), keyword);
      most = value == null ? most : most.max(value);
    }
    return most;
  }

  /** The smallest of a keyword that is an upper limit; null if it is not set. */
  @Nullable BigDecimal atMost(String keyword) {
    BigDecimal least = null;
    for (Part part : parts) {
      BigDecimal value = number(part.node(), keyword);
      least = value == null ? least : least == null ? value : least.min(value);
    }
    return least;
  }

  /** The names of the properties that are always there. */
  Set<String> required() {
    Set<String> required = new LinkedHashSet<>();
    parts.forEach(part -> required.addAll(strings(part.node().get("required"))));
    return required;
  }

  static Set<String> strings(@Nullable JsonNode list) {
    Set<String> strings = new LinkedHashSet<>();
    if (list != null && list.isArray()) {
      list.forEach(
          one -> {
            if (one.isString()) {
              strings.add(one.asString());
            }
          });
    }
    return strings;
  }

  static Set<String> keys(Part part, String keyword) {
    JsonNode members = part.node().get(keyword);
    Set<String> keys = new LinkedHashSet<>();
    if (members != null && members.isObject()) {
      members.properties().forEach(member -> keys.add(member.getKey()));
    }
    return keys;
  }

  Set<String> keys(String keyword) {
    Set<String> keys = new LinkedHashSet<>();
    parts.forEach(part -> keys.addAll(keys(part, keyword)));
    return keys;
  }

  /** What is allowed as the value of a property. */
  JsonView property(String name) {
    List<Part> schemas = new ArrayList<>();
    boolean evaluated = false;
    for (Part part : parts) {
      List<Part> here = new ArrayList<>();
      Part own = part.child("properties", name);
      if (own != null) {
        here.add(own);
      }
      for (String pattern : keys(part, "patternProperties")) {
        if (matches(pattern, name)) {
          Part schema = part.child("patternProperties", pattern);
          if (schema != null) {
            here.add(schema);
          }
        }
      }
      Part additional = part.child("additionalProperties");
      if (here.isEmpty() && additional != null) {
        here.add(additional);
      }
      evaluated |= !here.isEmpty();
      schemas.addAll(here);
    }
    if (!evaluated) {
      schemas.addAll(unevaluated());
    }
    return of(schemas);
  }

  /** What is allowed as the value of a property that no part names. */
  JsonView otherProperties() {
    List<Part> schemas = new ArrayList<>();
    for (Part part : parts) {
      Part additional = part.child("additionalProperties");
      if (additional != null) {
        schemas.add(additional);
      }
    }
    if (schemas.isEmpty()) {
      schemas.addAll(unevaluated());
    }
    return of(schemas);
  }

  private List<Part> unevaluated() {
    List<Part> schemas = new ArrayList<>();
    if (mayEvaluateElsewhere()) {
      return schemas;
    }
    for (Part part : parts) {
      Part schema = part.child("unevaluatedProperties");
      if (schema != null) {
        schemas.add(schema);
      }
    }
    return schemas;
  }

  /** Whether what is evaluated depends on the value. */
  boolean mayEvaluateElsewhere() {
    for (Part part : parts) {
      JsonNode node = part.node();
      boolean choice = (node.has("anyOf") || node.has("oneOf")) && !chosen.contains(node);
      if (choice || node.has("if") || node.has("dependentSchemas") || node.has("contains")) {
        return true;
      }
    }
    return !unresolved.isEmpty();
  }

  /** How many items its parts describe one by one. */
  int prefix() {
    return parts.stream().mapToInt(JsonView::prefix).max().orElse(0);
  }

  static int prefix(Part part) {
    JsonNode prefix = part.node().get(prefixKeyword(part));
    return prefix == null || !prefix.isArray() ? 0 : prefix.size();
  }

  static String prefixKeyword(Part part) {
    return part.node().has("prefixItems") ? "prefixItems" : "items";
  }

  /** The schema of the items that are not described one by one. */
  static @Nullable Part rest(Part part) {
    JsonNode items = part.node().get("items");
    return items != null && items.isArray() ? part.child("additionalItems") : part.child("items");
  }

  /** What is allowed at an index. */
  JsonView item(int index) {
    List<Part> schemas = new ArrayList<>();
    for (Part part : parts) {
      Part schema =
          index < prefix(part)
              ? part.child(prefixKeyword(part), Integer.toString(index))
              : rest(part);
      if (schema != null) {
        schemas.add(schema);
      }
    }
    return of(schemas);
  }

  /** How many items there can be; null if any number. */
  @Nullable BigDecimal mostItems() {
    BigDecimal most = atMost("maxItems");
    int prefix = prefix();
    if (item(prefix).allowsNothing()) {
      BigDecimal closed = BigDecimal.valueOf(prefix);
      most = most == null ? closed : most.min(closed);
    }
    return most;
  }

  /** One name for the same conjunction, while the same documents are compared. */
  String key(IdentityHashMap<JsonNode, Integer> ids) {
    Set<Integer> key = new TreeSet<>();
    for (Part part : parts) {
      int id = ids.computeIfAbsent(part.node(), node -> ids.size());
      key.add(chosen.contains(part.node()) ? -1 - id : id);
    }
    return key + (nothing ? "!" : "") + unresolved;
  }

  /** Characters that a regular expression looks at. */
  private static final int MAX_STEPS = 100_000;

  /** Whether a regular expression finds something; false too if it cannot be told in some steps. */
  static boolean matches(String pattern, String text) {
    try {
      return Pattern.compile(pattern).matcher(new CountedText(text, new Budget(MAX_STEPS))).find();
    } catch (PatternSyntaxException | Exhausted undecided) {
      return false;
    }
  }
}
