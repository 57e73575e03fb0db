package io.stagepost.schema;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Follows a document and all parts of a JSON Schema that may hold at each place, true or not, and
 * masks where one of them says so.
 */
final class JsonMasking {
  private static final String SENSITIVE = "x-sensitive";

  /** What holds where these do. */
  private static final List<String> LISTS = List.of("allOf", "anyOf", "oneOf");

  private static final List<String> ALSO = List.of("if", "then", "else", "not");
  private static final List<String> NAMED = List.of("dependentSchemas", "dependencies");
  private static final List<String> REFERENCES = List.of("$ref", "$dynamicRef", "$recursiveRef");

  /** A schema, in a document that its references are looked up in. */
  private record Part(JsonNode schema, Document document) {}

  private final Part root;

  JsonMasking(
      Schema schema,
      Function<Schema.Reference, Schema> references,
      Function<String, JsonNode> parse) {
    Map<String, Document> others = new HashMap<>();
    Document document = new Document(parse.apply(schema.text()), others);
    collect(schema, references, parse, others);
    this.root = new Part(document.root, document);
  }

  private static void collect(
      Schema schema,
      Function<Schema.Reference, Schema> references,
      Function<String, JsonNode> parse,
      Map<String, Document> others) {
    for (Schema.Reference reference : schema.references()) {
      Schema other =
          others.containsKey(reference.name()) ? null : Masking.find(reference, references);
      if (other != null) {
        others.put(reference.name(), new Document(parse.apply(other.text()), others));
        collect(other, references, parse, others);
      }
    }
  }

  JsonNode mask(JsonNode document) {
    return mask(document, List.of(root));
  }

  private static JsonNode mask(JsonNode node, List<Part> given) {
    List<Part> parts = new ArrayList<>();
    Set<JsonNode> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Part part : given) {
      if (!expand(part, parts, seen)) {
        return StringNode.valueOf(Masking.MASK);
      }
    }
    if (node.isObject()) {
      ObjectNode copy = JsonNodeFactory.instance.objectNode();
      for (Map.Entry<String, JsonNode> property : node.properties()) {
        List<Part> below = new ArrayList<>();
        parts.forEach(part -> property(part, property.getKey(), below));
        copy.set(property.getKey(), mask(property.getValue(), below));
      }
      return copy;
    }
    if (node.isArray()) {
      ArrayNode copy = JsonNodeFactory.instance.arrayNode();
      for (int i = 0; i < node.size(); i++) {
        List<Part> below = new ArrayList<>();
        int index = i;
        parts.forEach(part -> item(part, index, below));
        copy.add(mask(node.get(i), below));
      }
      return copy;
    }
    return node;
  }

  /** Adds all that holds where a part does; false if it is sensitive, or not known. */
  private static boolean expand(Part part, List<Part> parts, Set<JsonNode> seen) {
    JsonNode schema = part.schema;
    if (!schema.isObject() || !seen.add(schema)) {
      return true;
    }
    if (schema.path(SENSITIVE).booleanValue(false)) {
      return false;
    }
    parts.add(part);
    for (String keyword : REFERENCES) {
      if (schema.path(keyword).isString()) {
        Part target = part.document.find(schema.path(keyword).stringValue());
        if (target == null || !expand(target, parts, seen)) {
          return false;
        }
      }
    }
    List<JsonNode> more = new ArrayList<>();
    LISTS.forEach(keyword -> schema.path(keyword).forEach(more::add));
    ALSO.forEach(keyword -> more.add(schema.path(keyword)));
    NAMED.forEach(keyword -> schema.path(keyword).forEach(more::add));
    for (JsonNode each : more) {
      if (!expand(new Part(each, part.document), parts, seen)) {
        return false;
      }
    }
    return true;
  }

  private static void property(Part part, String name, List<Part> below) {
    JsonNode schema = part.schema;
    boolean named = false;
    if (schema.path("properties").has(name)) {
      named = true;
      below.add(new Part(schema.path("properties").path(name), part.document));
    }
    for (Map.Entry<String, JsonNode> pattern : schema.path("patternProperties").properties()) {
      if (matches(pattern.getKey(), name)) {
        named = true;
        below.add(new Part(pattern.getValue(), part.document));
      }
    }
    if (!named) {
      below.add(new Part(schema.path("additionalProperties"), part.document));
    }
    below.add(new Part(schema.path("unevaluatedProperties"), part.document));
  }

  private static boolean matches(String pattern, String name) {
    try {
      return Pattern.compile(pattern).matcher(name).find();
    } catch (PatternSyntaxException unknown) {
      return true;
    }
  }

  private static void item(Part part, int index, List<Part> below) {
    JsonNode schema = part.schema;
    JsonNode items = schema.path("items");
    JsonNode tuple = items.isArray() ? items : schema.path("prefixItems");
    if (index < tuple.size()) {
      below.add(new Part(tuple.get(index), part.document));
    } else {
      below.add(new Part(items.isArray() ? schema.path("additionalItems") : items, part.document));
    }
    below.add(new Part(schema.path("contains"), part.document));
    below.add(new Part(schema.path("unevaluatedItems"), part.document));
  }

  /** One text, in which schemas have ids and anchors. */
  private static final class Document {
    final JsonNode root;
    private final Map<String, Document> others;
    private final Map<String, JsonNode> ids = new HashMap<>();
    private final Map<String, JsonNode> anchors = new HashMap<>();

    Document(JsonNode root, Map<String, Document> others) {
      this.root = root;
      this.others = others;
      scan(root);
    }

    private void scan(JsonNode node) {
      String id = node.path("$id").stringValue("");
      if (id.startsWith("#")) {
        anchors.put(id.substring(1), node); // draft-07
      } else if (!id.isEmpty()) {
        ids.put(withoutFragment(id), node);
      }
      for (String keyword : List.of("$anchor", "$dynamicAnchor")) {
        if (node.path(keyword).isString()) {
          anchors.put(node.path(keyword).stringValue(), node);
        }
      }
      node.forEach(this::scan);
    }

    /** What a reference names; null if it is not known. */
    @Nullable Part find(String reference) {
      String base = withoutFragment(reference);
      String fragment =
          base.length() == reference.length() ? "" : reference.substring(base.length() + 1);
      if (base.isEmpty()) {
        return at(root, fragment);
      }
      JsonNode id = named(ids, base);
      if (id != null) {
        return at(id, fragment);
      }
      Document other = named(others, base);
      return other == null ? null : other.at(other.root, fragment);
    }

    private @Nullable Part at(JsonNode schema, String fragment) {
      if (!fragment.isEmpty() && !fragment.startsWith("/")) {
        JsonNode anchor = anchors.get(fragment);
        return anchor == null ? null : new Part(anchor, this);
      }
      try {
        // A pointer has no plus for a space, as forms have.
        String pointer = URLDecoder.decode(fragment.replace("+", "%2B"), UTF_8);
        JsonNode target = schema.at(JsonPointer.compile(pointer));
        return target.isMissingNode() ? null : new Part(target, this);
      } catch (IllegalArgumentException malformed) {
        return null;
      }
    }

    /** By its name, or by how this ends: a reference is often relative, and an id is not. */
    private static <T> @Nullable T named(Map<String, T> by, String name) {
      T exact = by.get(name);
      if (exact != null) {
        return exact;
      }
      for (Map.Entry<String, T> each : by.entrySet()) {
        if (each.getKey().endsWith("/" + name) || name.endsWith("/" + each.getKey())) {
          return each.getValue();
        }
      }
      return null;
    }

    private static String withoutFragment(String reference) {
      int hash = reference.indexOf('#');
      return hash < 0 ? reference : reference.substring(0, hash);
    }
  }
}
