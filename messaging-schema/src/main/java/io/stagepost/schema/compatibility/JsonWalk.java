package io.stagepost.schema.compatibility;

import static io.stagepost.schema.compatibility.Finding.breaks;
import static io.stagepost.schema.compatibility.Finding.unknown;

import io.stagepost.schema.compatibility.Incompatibility.Severity;
import io.stagepost.schema.compatibility.JsonDocument.Part;
import io.stagepost.schema.compatibility.JsonView.Bound;
import io.stagepost.schema.compatibility.JsonView.Kind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One comparison of JSON Schemas, keyword by keyword, with what was found on the way. Arrays and
 * objects have classes of their own.
 */
final class JsonWalk {
  static final int MAX_STEPS = 50_000;
  static final int MAX_FINDINGS = 100;
  private static final int MAX_DEPTH = 150;
  private static final int MAX_VALUES = 1_000;
  private static final int MAX_DISJOINT = 5;
  private static final Set<Kind> NUMBERS = EnumSet.of(Kind.INTEGER, Kind.FRACTION);

  /** Ends a comparison that would go on for too long. */
  static final class TooComplex extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooComplex() {
      super(null, null, false, false);
    }
  }

  private final IdentityHashMap<JsonNode, Integer> ids = new IdentityHashMap<>();

  /** Which pairs are being compared, and how deep: schemas may contain themselves. */
  private final Map<String, Integer> open = new HashMap<>();

  private final Map<String, Set<Finding>> done = new HashMap<>();
  private int steps;

  /** The outermost pair that was taken for readable because it is being compared. */
  private int assumed = Integer.MAX_VALUE;

  private void step(JsonView view) {
    steps += 1 + view.parts().size();
    if (steps > MAX_STEPS) {
      throw new TooComplex();
    }
  }

  Set<Finding> implied(JsonView reader, JsonView writer) {
    step(writer);
    if (reader.isOpen()) {
      return Set.of();
    }
    String pair = reader.key(ids) + "<" + writer.key(ids);
    Set<Finding> known = done.get(pair);
    if (known != null) {
      return known;
    }
    Integer above = open.get(pair);
    if (above != null) {
      assumed = Math.min(assumed, above);
      return Set.of();
    }
    if (open.size() > MAX_DEPTH) {
      throw new TooComplex();
    }
    int depth = open.size();
    int before = assumed;
    assumed = Integer.MAX_VALUE;
    open.put(pair, depth);
    Set<Finding> found = compare(reader, writer);
    open.remove(pair);
    if (assumed >= depth) {
      done.put(pair, found);
      assumed = before;
    } else {
      assumed = Math.min(assumed, before);
    }
    return found;
  }

  private Set<Finding> compare(JsonView reader, JsonView writer) {
    if (writer.allowsNothing()) {
      return Set.of();
    }
    Set<Finding> found = conjunction(reader, writer);
    if (refuses(found)) {
      List<JsonView> branches = branches(writer);
      if (!branches.isEmpty()) {
        found = new LinkedHashSet<>();
        for (JsonView branch : branches) {
          add(found, implied(reader, branch));
        }
      }
    }
    return writer.isOpaque() ? doubted(found) : found;
  }

  private Set<Finding> conjunction(JsonView reader, JsonView writer) {
    Set<Finding> found = new LinkedHashSet<>();
    if (reader.allowsNothing()) {
      found.add(
          breaks(
              "json.nothing-allowed",
              reader.parts().isEmpty() ? "" : reader.parts().get(0).path(),
              "The reader allows no value here, and the writer may write one.",
              "Let readers allow it as long as data with it is there."));
      return found;
    }
    for (String reference : reader.unresolved()) {
      if (!writer.unresolved().contains(reference)) {
        found.add(
            unknown(
                "json.unresolved-reference",
                reader.parts().isEmpty() ? "" : reader.parts().get(0).path(),
                "The reader refers to " + reference + ", which is not known here.",
                "Put it under $defs, or register it as a reference; nothing is fetched."));
      }
    }
    for (Part part : reader.parts()) {
      add(found, part(part, reader, writer));
    }
    return found;
  }

  /** What one schema of the reader says, keyword by keyword. */
  private Set<Finding> part(Part part, JsonView reader, JsonView writer) {
    Set<Finding> found = new LinkedHashSet<>();
    Set<Kind> types = writer.types();
    if (!type(part, types, found)) {
      return found;
    }
    Map<String, JsonNode> values = writer.values();
    values(part, values, found);
    if (!Collections.disjoint(types, NUMBERS)) {
      numbers(part, writer, values, types, found);
    }
    if (types.contains(Kind.STRING)) {
      strings(part, writer, values, found);
    }
    Set<Finding> inside = new LinkedHashSet<>();
    if (types.contains(Kind.ARRAY)) {
      new JsonArrays(this).compare(part, writer, inside);
    }
    if (types.contains(Kind.OBJECT)) {
      new JsonObjects(this).compare(part, reader, writer, inside);
    }
    // Of listed arrays and objects only the whole is known here, not what is in them.
    add(found, values == null ? inside : doubted(inside));
    choice(part, "anyOf", writer, found);
    choice(part, "oneOf", writer, found);
    conditions(part, writer, found);
    return found;
  }

  /** False if none of the writer's types is read, so that nothing else needs be said. */
  private boolean type(Part part, Set<Kind> types, Set<Finding> found) {
    JsonNode named = part.node().get("type");
    if (named == null) {
      return true;
    }
    Set<Kind> read = JsonView.named(named);
    Set<Kind> refused = EnumSet.noneOf(Kind.class);
    refused.addAll(types);
    refused.removeAll(read);
    if (refused.isEmpty()) {
      return true;
    }
    found.add(
        breaks(
            "json.type-narrowed",
            part.path() + "/type",
            "The writer may write "
                + shown(refused)
                + ", and the reader allows "
                + named
                + " only.",
            "Let readers allow both types before writers change; else add a property."));
    return !Collections.disjoint(types, read);
  }

  private static String shown(Set<Kind> types) {
    List<String> names = new ArrayList<>();
    for (Kind type : types) {
      names.add(type == Kind.FRACTION ? "number" : type.name().toLowerCase(Locale.ROOT));
    }
    return names.size() == Kind.values().length ? "anything" : String.join(" or ", names);
  }

  private void values(Part part, @Nullable Map<String, JsonNode> values, Set<Finding> found) {
    List<JsonNode> listed = JsonView.listed(part.node());
    if (listed == null) {
      return;
    }
    String path = part.path() + (part.node().has("const") ? "/const" : "/enum");
    if (values == null) {
      found.add(
          breaks(
              "json.enum-added",
              path,
              "The reader allows listed values only, and the writer others too.",
              "Leave the list out of the schema of those who read."));
      return;
    }
    Set<String> missing = new LinkedHashSet<>(values.keySet());
    listed.forEach(value -> missing.remove(JsonView.name(value)));
    if (!missing.isEmpty()) {
      found.add(
          breaks(
              "json.enum-value-missing",
              path,
              "The reader's list lacks " + some(missing) + ", which the writer may write.",
              "Let readers have a value before writers use it, and keep it as long as data with"
                  + " it is there."));
    }
  }

  private void numbers(
      Part part,
      JsonView writer,
      @Nullable Map<String, JsonNode> values,
      Set<Kind> types,
      Set<Finding> found) {
    for (boolean lower : new boolean[] {true, false}) {
      Bound bound = JsonView.bound(part.node(), lower);
      if (bound == null) {
        continue;
      }
      Bound read = types.contains(Kind.FRACTION) ? bound : JsonView.whole(bound, lower);
      Bound written = writer.bound(lower);
      if (written == null || !JsonView.implies(written, read, lower)) {
        found.add(
            breaks(
                lower ? "json.minimum-raised" : "json.maximum-lowered",
                part.path() + (lower ? "/minimum" : "/maximum"),
                "The reader allows numbers "
                    + (lower ? "from " : "up to ")
                    + bound.value()
                    + (bound.exclusive() ? " (excluded)" : "")
                    + ", the writer "
                    + (written == null ? "any" : (lower ? "from " : "up to ") + written.value())
                    + ".",
                "Keep the wider limit in the schema of those who read."));
      }
    }
    BigDecimal divisor = JsonView.number(part.node(), "multipleOf");
    if (divisor != null && !divides(divisor, writer, values, types)) {
      found.add(
          breaks(
              "json.multiple-of-changed",
              part.path() + "/multipleOf",
              "The reader allows multiples of " + divisor + ", the writer other numbers.",
              "Keep a divisor of the old one."));
    }
  }

  private static boolean divides(
      BigDecimal divisor,
      JsonView writer,
      @Nullable Map<String, JsonNode> values,
      Set<Kind> types) {
    if (values != null) {
      return values.values().stream()
          .filter(JsonNode::isNumber)
          .allMatch(value -> isMultiple(value.decimalValue(), divisor));
    }
    if (!types.contains(Kind.FRACTION) && isMultiple(BigDecimal.ONE, divisor)) {
      return true;
    }
    for (Part part : writer.parts()) {
      BigDecimal own = JsonView.number(part.node(), "multipleOf");
      if (own != null && isMultiple(own, divisor)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isMultiple(BigDecimal value, BigDecimal divisor) {
    return divisor.signum() > 0
        && Math.abs((long) value.scale()) < 400
        && Math.abs((long) divisor.scale()) < 400
        && value.remainder(divisor).signum() == 0;
  }

  private void strings(
      Part part, JsonView writer, @Nullable Map<String, JsonNode> values, Set<Finding> found) {
    BigDecimal shortest = writer.atLeast("minLength");
    BigDecimal longest = writer.atMost("maxLength");
    if (values != null) {
      List<BigDecimal> lengths =
          values.values().stream()
              .filter(JsonNode::isString)
              .map(JsonNode::asString)
              .map(text -> BigDecimal.valueOf(text.codePointCount(0, text.length())))
              .toList();
      shortest = lengths.stream().reduce(BigDecimal::min).orElse(shortest);
      longest = lengths.stream().reduce(BigDecimal::max).orElse(BigDecimal.ZERO);
    }
    size(part, "minLength", "maxLength", shortest, longest, "characters", found);

    JsonNode pattern = part.node().get("pattern");
    if (pattern != null && pattern.isString() && !saysTheSame(writer, part, "pattern")) {
      pattern(part, pattern.asString(), writer, values, found);
    }
    JsonNode format = part.node().get("format");
    if (format != null && !saysTheSame(writer, part, "format")) {
      found.add(
          unknown(
              "json.format-changed",
              part.path() + "/format",
              "The reader expects the format "
                  + format
                  + ", which the writer does not promise; some validators refuse others, some"
                  + " do not look.",
              "Accept the rule by name if your readers do not assert formats."));
    }
  }

  private void pattern(
      Part part,
      String pattern,
      JsonView writer,
      @Nullable Map<String, JsonNode> values,
      Set<Finding> found) {
    if (values != null
        && values.values().stream()
            .filter(JsonNode::isString)
            .allMatch(value -> JsonView.matches(pattern, value.asString()))) {
      return;
    }
    if (Set.of("", ".*", "^.*$", "^").contains(pattern)) {
      return;
    }
    boolean constrained =
        values != null
            || writer.parts().stream()
                .anyMatch(
                    one ->
                        one.node().has("pattern")
                            || one.node().has("format")
                            || one.node().has("maxLength")
                            || one.node().has("minLength"));
    String path = part.path() + "/pattern";
    if (constrained) {
      found.add(
          unknown(
              "json.pattern-changed",
              path,
              "The reader expects text that matches "
                  + pattern
                  + "; whether the writer's always does cannot be told.",
              "Accept the rule by name if the new pattern allows all that the old one did."));
    } else {
      found.add(
          breaks(
              "json.pattern-added",
              path,
              "The reader expects text that matches " + pattern + ", and the writer writes any.",
              "Leave the pattern out of the schema of those who read."));
    }
  }

  /** Compares a pair of limits of a size. */
  void size(
      Part part,
      String least,
      String most,
      BigDecimal written,
      @Nullable BigDecimal writtenMost,
      String unit,
      Set<Finding> found) {
    BigDecimal lower = JsonView.number(part.node(), least);
    if (lower != null && lower.compareTo(written) > 0) {
      found.add(
          breaks(
              "json." + dashed(least) + "-raised",
              part.path() + "/" + least,
              "The reader expects at least "
                  + lower
                  + " "
                  + unit
                  + ", the writer writes as few as "
                  + written
                  + ".",
              "Keep the wider limit in the schema of those who read."));
    }
    BigDecimal upper = JsonView.number(part.node(), most);
    if (upper != null && (writtenMost == null || upper.compareTo(writtenMost) < 0)) {
      found.add(
          breaks(
              "json." + dashed(most) + "-lowered",
              part.path() + "/" + most,
              "The reader takes at most "
                  + upper
                  + " "
                  + unit
                  + ", the writer writes "
                  + (writtenMost == null ? "any number" : "up to " + writtenMost)
                  + ".",
              "Keep the wider limit in the schema of those who read."));
    }
  }

  private static String dashed(String keyword) {
    return keyword.substring(0, 3) + "-" + keyword.substring(3).toLowerCase(Locale.ROOT);
  }

  private void choice(Part part, String keyword, JsonView writer, Set<Finding> found) {
    List<Part> alternatives = JsonView.branches(part, keyword);
    if (alternatives.isEmpty() || saysTheSame(writer, part, keyword)) {
      return;
    }
    List<JsonView> views = alternatives.stream().map(JsonView::of).toList();
    add(found, fits(part, keyword, views, writer));
  }

  private Set<Finding> fits(Part part, String keyword, List<JsonView> views, JsonView writer) {
    step(writer);
    if (writer.allowsNothing()) {
      return Set.of();
    }
    String path = part.path() + "/" + keyword;
    for (int i = 0; i < views.size(); i++) {
      if (!refuses(implied(views.get(i), writer))) {
        return keyword.equals("oneOf") ? overlaps(path, views, i, writer) : Set.of();
      }
    }
    List<JsonView> pieces = pieces(writer);
    if (!pieces.isEmpty()) {
      Set<Finding> found = new LinkedHashSet<>();
      for (JsonView piece : pieces) {
        add(found, fits(part, keyword, views, piece));
      }
      return found;
    }
    List<JsonView> candidates =
        views.stream().filter(view -> !disjoint(view, writer, MAX_DISJOINT)).toList();
    if (candidates.size() == 1) {
      return implied(candidates.get(0), writer);
    }
    String written = shown(writer.types());
    return Set.of(
        candidates.isEmpty()
            ? breaks(
                "json.alternative-missing",
                path,
                "The writer may write "
                    + written
                    + where(writer)
                    + ", and none of the reader's alternatives is that.",
                "Let readers have an alternative before writers use it, and keep it as long as"
                    + " data with it is there.")
            : unknown(
                "json.alternatives-changed",
                path,
                "The writer may write "
                    + written
                    + where(writer)
                    + "; whether the reader's alternatives together take all of it cannot be"
                    + " told.",
                "Give each alternative a property with a constant that tells them apart."));
  }

  private static String where(JsonView writer) {
    return writer.parts().isEmpty()
        ? ""
        : " (" + writer.parts().get(writer.parts().size() - 1).path() + " of its schema)";
  }

  private Set<Finding> overlaps(String path, List<JsonView> views, int fit, JsonView writer) {
    for (int i = 0; i < views.size(); i++) {
      if (i != fit
          && !disjoint(views.get(i), writer, MAX_DISJOINT)
          && !disjoint(views.get(i), views.get(fit), MAX_DISJOINT)) {
        return Set.of(
            unknown(
                "json.alternatives-overlap",
                path,
                "Exactly one of the reader's alternatives is to fit, and what the writer writes"
                    + " may fit "
                    + fit
                    + " and "
                    + i
                    + ".",
                "Use anyOf, or give each alternative a property with a constant."));
      }
    }
    return Set.of();
  }

  /** The writer with each branch of its first choice; empty if it has none. */
  private static List<JsonView> branches(JsonView writer) {
    for (String keyword : List.of("anyOf", "oneOf")) {
      Part choice = writer.choice(keyword);
      if (choice != null) {
        return JsonView.branches(choice, keyword).stream()
            .map(branch -> writer.choosing(choice, branch))
            .toList();
      }
    }
    return List.of();
  }

  /** The writer cut into what together is the same; empty if it cannot be cut. */
  private static List<JsonView> pieces(JsonView writer) {
    List<JsonView> branches = branches(writer);
    if (!branches.isEmpty()) {
      return branches;
    }
    Set<Kind> types = EnumSet.noneOf(Kind.class);
    types.addAll(writer.types());
    if (types.contains(Kind.FRACTION)) {
      types.remove(Kind.INTEGER);
    }
    if (types.size() > 1) {
      return types.stream().map(writer::ofType).toList();
    }
    Map<String, JsonNode> values = writer.values();
    return values == null || values.size() < 2 || values.size() > MAX_VALUES
        ? List.of()
        : values.values().stream().map(value -> JsonView.of(JsonView.constant(value))).toList();
  }

  private void conditions(Part part, JsonView writer, Set<Finding> found) {
    JsonNode node = part.node();
    Part not = part.child("not");
    if (not != null
        && !saysTheSame(writer, part, "not")
        && !disjoint(JsonView.of(not), writer, MAX_DISJOINT)) {
      found.add(
          unknown(
              "json.not-changed",
              part.path() + "/not",
              "The reader refuses what is described here; whether the writer writes it cannot be"
                  + " told.",
              "Say what is allowed instead of what is not."));
    }
    Part then = part.child("then");
    Part otherwise = part.child("else");
    if (!node.has("if") || (then == null && otherwise == null)) {
      return;
    }
    if (saysTheSame(writer, part, "if")
        && saysTheSame(writer, part, "then")
        && saysTheSame(writer, part, "else")) {
      return;
    }
    boolean always =
        (then == null || !refuses(implied(JsonView.of(then), writer)))
            && (otherwise == null || !refuses(implied(JsonView.of(otherwise), writer)));
    if (!always) {
      found.add(
          unknown(
              "json.condition-changed",
              part.path() + "/if",
              "The reader has a condition that the writer does not have; whether what it writes"
                  + " meets it cannot be told.",
              "Use oneOf with a property with a constant."));
    }
  }

  /** Whether a keyword stands in one of the writer's schemas with just the same value. */
  boolean saysTheSame(JsonView writer, Part part, String keyword) {
    JsonNode value = part.node().path(keyword);
    // The same reference may lead to something else in another document.
    boolean refers = value.toString().contains("ef\":");
    for (Part one : writer.parts()) {
      boolean itself = one.document() == part.document() && one.path().equals(part.path());
      if (value.equals(one.node().path(keyword)) && (itself || !refers)) {
        return true;
      }
    }
    return false;
  }

  /** Whether it is certain that no value is allowed by both. */
  private boolean disjoint(JsonView one, JsonView other, int depth) {
    step(one);
    step(other);
    Set<Kind> types = EnumSet.noneOf(Kind.class);
    types.addAll(one.types());
    types.retainAll(other.types());
    if (types.isEmpty()) {
      return true;
    }
    Map<String, JsonNode> values = one.values();
    Map<String, JsonNode> others = other.values();
    if (values != null && others != null) {
      return Collections.disjoint(values.keySet(), others.keySet());
    }
    if (depth == 0) {
      return false;
    }
    for (JsonView[] pair : new JsonView[][] {{one, other}, {other, one}}) {
      List<JsonView> branches = branches(pair[0]);
      if (!branches.isEmpty()
          && branches.stream().allMatch(branch -> disjoint(branch, pair[1], depth - 1))) {
        return true;
      }
    }
    if (NUMBERS.containsAll(types)) {
      return apart(one, other) || apart(other, one);
    }
    if (types.size() == 1 && types.contains(Kind.OBJECT)) {
      Set<String> required = one.required();
      required.addAll(other.required());
      for (String name : required) {
        JsonView property = one.property(name);
        JsonView otherProperty = other.property(name);
        if (disjoint(property, otherProperty, depth - 1)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean apart(JsonView low, JsonView high) {
    Bound upper = low.bound(false);
    Bound lower = high.bound(true);
    if (upper == null || lower == null) {
      return false;
    }
    int compared = upper.value().compareTo(lower.value());
    return compared < 0 || (compared == 0 && (upper.exclusive() || lower.exclusive()));
  }

  static void add(Set<Finding> found, Collection<Finding> more) {
    for (Finding finding : more) {
      if (found.size() >= MAX_FINDINGS) {
        return;
      }
      found.add(finding);
    }
  }

  static boolean refuses(Collection<Finding> found) {
    return found.stream().anyMatch(finding -> finding.severity() != Severity.WARNS);
  }

  static Set<Finding> doubted(Set<Finding> found) {
    Set<Finding> doubted = new LinkedHashSet<>();
    found.forEach(finding -> doubted.add(finding.doubted()));
    return doubted;
  }

  static String some(Collection<String> names) {
    return names.size() <= 5
        ? String.join(", ", names)
        : String.join(", ", names.stream().limit(5).toList())
            + " and "
            + (names.size() - 5)
            + " more";
  }
}
