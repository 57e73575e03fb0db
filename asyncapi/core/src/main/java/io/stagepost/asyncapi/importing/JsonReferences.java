package io.stagepost.asyncapi.importing;

import java.net.URI;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The references of a JSON Schema that becomes a part of a larger document, where {@code #} is that
 * document: changes them in place to lead where they led. Those that lead to what nobody knows stay
 * as they are. For one schema.
 */
final class JsonReferences {
  private static final Set<String> VALUES = Set.of("const", "enum", "default", "examples");
  private static final Set<String> NAMES =
      Set.of("properties", "patternProperties", "definitions", "$defs", "dependentSchemas");

  private final JsonNode root;
  private final String pointer;
  private final Map<String, String> others;
  private final String id;

  /**
   * Those of a schema.
   *
   * @param pointer where it is going to stand
   * @param others the pointers of other schemas, by the names that this one uses for them
   */
  JsonReferences(JsonNode root, String pointer, Map<String, String> others) {
    this.root = root;
    this.pointer = pointer;
    this.others = others;
    this.id = root.path("$id").stringValue("");
  }

  void lead() {
    schema(root);
    if (root instanceof ObjectNode object && !id.isEmpty()) {
      // By JSON Schema, references would be relative to it, and not to the contract.
      object.remove("$id");
    }
  }

  private void schema(JsonNode node) {
    if (node.isArray()) {
      node.forEach(this::schema);
      return;
    }
    if (node.path("$ref").isString()) {
      ((ObjectNode) node).put("$ref", led(node.path("$ref").stringValue()));
    }
    node.properties()
        .forEach(
            member -> {
              if (NAMES.contains(member.getKey())) {
                member.getValue().forEach(this::schema);
              } else if (!VALUES.contains(member.getKey())) {
                schema(member.getValue());
              }
            });
  }

  private String led(String reference) {
    int hash = reference.indexOf('#');
    String file = hash < 0 ? reference : reference.substring(0, hash);
    String fragment = hash < 0 ? "" : reference.substring(hash + 1);
    String target = others.get(reference);
    if (target != null) {
      return "#" + target; // the name may hold a fragment of its own
    }
    target = file.isEmpty() || file.equals(id) ? pointer : named(file);
    boolean isPointer = fragment.isEmpty() || fragment.startsWith("/");
    return target == null || !isPointer ? reference : "#" + target + fragment;
  }

  /** A name may be written as it is registered, or relative to the schema's own. */
  private @Nullable String named(String file) {
    String target = others.get(file);
    if (target != null || id.isEmpty()) {
      return target;
    }
    try {
      return others.get(URI.create(id).resolve(file).toString());
    } catch (IllegalArgumentException noAddress) {
      return null;
    }
  }
}
