package io.stagepost.schema.compatibility;

import io.stagepost.schema.Schema;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** A JSON Schema with what its references lead to. Nothing is fetched. */
final class JsonDocument {
  /**
   * A schema inside a document.
   *
   * @param node an object or a boolean
   * @param path its JSON pointer
   */
  record Part(JsonNode node, JsonDocument document, String path) {
    /** The schema under a keyword of this one. */
    @Nullable Part child(String keyword) {
      return of(node.get(keyword), path + "/" + escaped(keyword));
    }

    /** The schema under a name or index, under a keyword of this one. */
    @Nullable Part child(String keyword, String name) {
      JsonNode holder = node.get(keyword);
      if (holder == null) {
        return null;
      }
      return of(
          holder.isArray() ? holder.get(Integer.parseInt(name)) : holder.get(name),
          path + "/" + escaped(keyword) + "/" + escaped(name));
    }

    private @Nullable Part of(@Nullable JsonNode schema, String at) {
      if (schema == null || !(schema.isObject() || schema.isBoolean())) {
        return null;
      }
      return new Part(schema, document.resources.getOrDefault(schema, document), at);
    }
  }

  /** Of schemas that stand in no document. */
  static final JsonDocument NONE =
      new JsonDocument(
          JsonNodeFactory.instance.objectNode(), "", false, "", Map.of(), new IdentityHashMap<>());

  private final JsonNode root;
  private final String path;
  private final boolean oldDialect;
  private final String id;

  /** Shared by all documents of one schema: its resources by their names, and by their roots. */
  private final Map<String, JsonDocument> named;

  private final IdentityHashMap<JsonNode, JsonDocument> resources;
  private final Map<String, Part> anchors = new HashMap<>();

  private JsonDocument(
      JsonNode root,
      String path,
      boolean oldDialect,
      String id,
      Map<String, JsonDocument> named,
      IdentityHashMap<JsonNode, JsonDocument> resources) {
    this.root = root;
    this.path = path;
    this.oldDialect = oldDialect;
    this.id = id;
    this.named = named;
    this.resources = resources;
  }

  static Part parse(Schema schema, Function<Schema.Reference, Schema> references) {
    Map<String, JsonDocument> named = new HashMap<>();
    IdentityHashMap<JsonNode, JsonDocument> resources = new IdentityHashMap<>();
    Texts.referenced(schema, references)
        .forEach(
            (name, other) -> {
              JsonDocument document = parse(other, name, named, resources);
              named.put(name, document);
              named.put(document.id, document);
            });
    JsonDocument document = parse(schema, "", named, resources);
    if (!document.id.isEmpty()) {
      named.put(document.id, document);
    }
    return new Part(document.root, document, "");
  }

  private static JsonDocument parse(
      Schema schema,
      String name,
      Map<String, JsonDocument> named,
      IdentityHashMap<JsonNode, JsonDocument> resources) {
    JsonNode root = Texts.json(schema);
    if (!root.isObject() && !root.isBoolean()) {
      throw Texts.invalid(schema, "it is neither an object nor a boolean", null);
    }
    String dialect = text(root, "$schema");
    if (dialect.contains("draft-04") || dialect.contains("draft-03")) {
      throw Texts.invalid(
          schema, "it is written in " + dialect + "; draft-07 and 2020-12 are compared", null);
    }
    boolean old = dialect.contains("draft-07") || dialect.contains("draft-06");
    String id = text(root, "$id");
    JsonDocument document =
        new JsonDocument(
            root, "", old, id.isEmpty() ? name : withoutFragment(id), named, resources);
    document.index(root, "", true);
    return document;
  }

  /** Finds ids and anchors. Recursion is as deep as the text, which is bounded. */
  private void index(JsonNode node, String at, boolean isRoot) {
    if (node.isObject()) {
      String nodeId = text(node, "$id");
      if (!isRoot && !nodeId.isEmpty() && !nodeId.startsWith("#")) {
        JsonDocument inner =
            new JsonDocument(
                node, at, oldDialect, withoutFragment(absolute(nodeId)), named, resources);
        named.putIfAbsent(inner.id, inner);
        named.putIfAbsent(nodeId, inner);
        resources.put(node, inner);
        inner.index(node, at, true);
        return;
      }
      if (nodeId.startsWith("#")) {
        anchors.put(nodeId.substring(1), new Part(node, this, at));
      }
      String anchor = text(node, "$anchor");
      if (!anchor.isEmpty()) {
        anchors.put(anchor, new Part(node, this, at));
      }
      for (Map.Entry<String, JsonNode> member : node.properties()) {
        if (!member.getKey().equals("enum") && !member.getKey().equals("const")) {
          index(member.getValue(), at + "/" + escaped(member.getKey()), false);
        }
      }
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        index(node.get(i), at + "/" + i, false);
      }
    }
  }

  /** Whether draft-07's rules hold: whatever stands beside {@code $ref} is ignored. */
  boolean isOldDialect() {
    return oldDialect;
  }

  /** What a {@code $ref} leads to; null if that is nothing here. */
  @Nullable Part resolve(String reference) {
    int hash = reference.indexOf('#');
    String base = hash < 0 ? reference : reference.substring(0, hash);
    String fragment = hash < 0 ? "" : reference.substring(hash + 1);
    JsonDocument document = this;
    if (!base.isEmpty()) {
      JsonDocument direct = named.get(base);
      document = direct != null ? direct : named.get(withoutFragment(absolute(base)));
    }
    if (document == null) {
      document = named.get(reference);
      fragment = "";
    }
    return document == null ? null : document.at(fragment);
  }

  private @Nullable Part at(String fragment) {
    if (fragment.isEmpty()) {
      return new Part(root, this, path);
    }
    if (!fragment.startsWith("/")) {
      return anchors.get(fragment);
    }
    try {
      String pointer = URLDecoder.decode(fragment.replace("+", "%2B"), StandardCharsets.UTF_8);
      JsonNode node = root.at(JsonPointer.compile(pointer));
      return node.isObject() || node.isBoolean()
          ? new Part(node, resources.getOrDefault(node, this), path + pointer)
          : null;
    } catch (IllegalArgumentException malformed) {
      return null;
    }
  }

  private String absolute(String reference) {
    try {
      return id.isEmpty() ? reference : URI.create(id).resolve(reference).toString();
    } catch (IllegalArgumentException malformed) {
      return reference;
    }
  }

  private static String withoutFragment(String reference) {
    int hash = reference.indexOf('#');
    return hash < 0 ? reference : reference.substring(0, hash);
  }

  private static String text(JsonNode node, String keyword) {
    JsonNode value = node.get(keyword);
    return value != null && value.isString() ? value.asString() : "";
  }

  static String escaped(String token) {
    return token.replace("~", "~0").replace("/", "~1");
  }
}
