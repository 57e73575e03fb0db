package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Inheritance;
import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes one self-contained schema of one that refers to others, in its file or elsewhere. Not
 * thread-safe; for one schema.
 */
final class SchemaBundle {
  static final String DEFINITIONS = "definitions";

  /** Below these lie values, not schemas. */
  static final Set<String> VALUES = Set.of("const", "enum", "default", "examples");

  /** Below these lie schemas under names of the author's. */
  static final Set<String> NAMES =
      Set.of("properties", "patternProperties", "definitions", "$defs", "dependentSchemas");

  private final Documents documents;
  private final IdentityHashMap<Node, String> names = new IdentityHashMap<>();
  private final Inheritance inheritance;
  private final IdentityHashMap<Node, Node> bases = new IdentityHashMap<>();
  private int size;
  private final Deque<Node> waiting = new ArrayDeque<>();

  SchemaBundle(Documents documents) {
    this.documents = documents;
    this.inheritance = new Inheritance(documents::schema);
  }

  /** A JSON Schema whose references all lead inside it; those that led nowhere allow anything. */
  JsonNode bundle(Node schema) {
    JsonNode root = schema(schema);
    if (!(root instanceof ObjectNode object)) {
      return root;
    }
    ObjectNode definitions = Json.NODES.objectNode();
    while (!waiting.isEmpty()) {
      Node next = waiting.remove();
      definitions.set(name(next), schema(next));
    }
    if (definitions.isEmpty()) {
      return object;
    }
    ObjectNode bundle = Json.NODES.objectNode();
    if (object.has("$ref")) {
      // Beside $ref, draft-07 sees nothing else.
      ArrayNode all = bundle.putArray("allOf");
      all.add(object);
    } else {
      object
          .propertyStream()
          .filter(member -> !member.getKey().equals(DEFINITIONS))
          .forEach(member -> bundle.set(member.getKey(), member.getValue()));
    }
    bundle.set(DEFINITIONS, definitions);
    return bundle;
  }

  /** What stands under a name among the definitions of a schema's bundle; null if nothing does. */
  @Nullable Node part(Node schema, String name) {
    bundle(schema);
    for (Map.Entry<Node, String> each : names.entrySet()) {
      if (each.getValue().equals(name)) {
        return each.getKey();
      }
    }
    return null;
  }

  /** What a schema refers to, however deep, and what earlier calls have not given already. */
  List<Node> reached(Node schema) {
    schema(schema);
    List<Node> reached = new ArrayList<>();
    while (!waiting.isEmpty()) {
      Node next = waiting.remove();
      reached.add(next);
      schema(next);
    }
    return reached;
  }

  /** How many values were copied. */
  int size() {
    return size;
  }

  /** All that went into the bundle, the schema itself left out. */
  Set<Node> parts() {
    return names.keySet();
  }

  private String name(Node node) {
    String known = names.get(node);
    if (known == null) {
      known = "d" + names.size();
      names.put(node, known);
      waiting.add(node);
    }
    return known;
  }

  private JsonNode schema(Node node) {
    size++;
    if (node.reference() != null) {
      Node target = documents.schema(node);
      return target == null ? Json.NODES.booleanNode(true) : reference(target);
    }
    return copied(node);
  }

  private ObjectNode reference(Node target) {
    ObjectNode reference = Json.NODES.objectNode();
    reference.put("$ref", "#/" + DEFINITIONS + "/" + name(target));
    return reference;
  }

  /** A part of a schema's {@code allOf}: a base that lists the schema is taken without its list. */
  private JsonNode takenOver(Node schema, Node written) {
    Node base = written.reference() == null ? null : documents.schema(written);
    if (base == null) {
      return schema(written);
    }
    Node inherited = inheritance.inherited(schema, base);
    if (inherited.equals(base)) {
      return schema(written);
    }
    size++;
    Node known = bases.putIfAbsent(base, inherited);
    return reference(known == null ? inherited : known);
  }

  private JsonNode copied(Node node) {
    if (node.isArray()) {
      ArrayNode array = Json.NODES.arrayNode();
      node.items().forEach(item -> array.add(schema(item)));
      return array;
    }
    if (!node.isObject()) {
      return Json.of(node);
    }
    ObjectNode object = Json.NODES.objectNode();
    node.members()
        .forEach(
            (key, value) -> {
              if (VALUES.contains(key)) {
                object.set(key, Json.of(value));
              } else if (NAMES.contains(key) && value.isObject()) {
                ObjectNode named = object.putObject(key);
                value.members().forEach((name, each) -> named.set(name, schema(each)));
              } else if (key.equals("allOf") && value.isArray()) {
                ArrayNode parts = object.putArray(key);
                value.items().forEach(each -> parts.add(takenOver(node, each)));
              } else if (!key.equals("$id") && !key.equals("$schema") && !key.startsWith("x-")) {
                object.set(key, schema(value));
              }
            });
    return object;
  }

  /** A copy in which every reference is replaced by what it refers to. */
  JsonNode inlined(Node node) {
    return inlined(node, new IdentityHashMap<>());
  }

  private JsonNode inlined(Node node, IdentityHashMap<Node, Boolean> above) {
    Node target = documents.follow(node);
    if (target == null || above.put(target, true) != null) {
      throw new ContractException(
          "SP-CONTRACT-003",
          node.place()
              + ": the schema cannot be written as one text, since the reference "
              + node.reference()
              + (target == null ? " leads nowhere" : " leads back to what holds it")
              + ". Refer by the format's own means, such as Avro's names.",
          List.of(),
          null);
    }
    try {
      if (target.isArray()) {
        ArrayNode array = Json.NODES.arrayNode();
        target.items().forEach(item -> array.add(inlined(item, above)));
        return array;
      }
      if (!target.isObject()) {
        return Json.of(target);
      }
      ObjectNode object = Json.NODES.objectNode();
      target.members().forEach((key, value) -> object.set(key, inlined(value, above)));
      return object;
    } finally {
      above.remove(target);
    }
  }
}
