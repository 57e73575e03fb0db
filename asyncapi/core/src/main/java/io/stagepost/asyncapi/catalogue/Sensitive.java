package io.stagepost.asyncapi.catalogue;

import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The values of an example that its schema marks as sensitive: by any of the branches that could
 * hold, so rather too many than too few. JSON Schema and Avro; in a schema of another language
 * nothing is marked.
 */
final class Sensitive {
  /** Where alternatives and conditions lie; all are taken to hold. */
  private static final List<String> BRANCHES = List.of("allOf", "oneOf", "anyOf");

  private static final List<String> SINGLE = List.of("if", "then", "else", "not", "schema", "type");

  private final Payload payload;
  private final Map<String, Node> named;
  private final Set<Node> hidden = Collections.newSetFromMap(new IdentityHashMap<>());
  private int steps = 200_000;

  private Sensitive(Payload payload) {
    this.payload = payload;
    this.named = payload.format() == Payload.Format.AVRO ? AvroNames.in(payload) : Map.of();
  }

  /** The values to hide, by identity. */
  static Set<Node> in(Node example, Payload payload) {
    Sensitive sensitive = new Sensitive(payload);
    sensitive.visit(example, List.of(payload.schema()));
    if (sensitive.steps < 0) {
      sensitive.hidden.add(example); // too large to be sure
    }
    return sensitive.hidden;
  }

  private void visit(Node value, List<Node> schemas) {
    Set<Node> all = Collections.newSetFromMap(new IdentityHashMap<>());
    boolean isSensitive = false;
    for (Node schema : schemas) {
      isSensitive |= flatten(schema, all);
    }
    if (isSensitive) {
      hidden.add(value);
      return;
    }
    for (Map.Entry<String, Node> member : value.members().entrySet()) {
      visit(member.getValue(), member(member.getKey(), all));
    }
    for (Node item : value.items()) {
      List<Node> items = new ArrayList<>();
      for (Node schema : all) {
        for (String key : List.of("items", "prefixItems", "additionalItems", "contains")) {
          Node each = schema.get(key);
          if (each != null) {
            items.addAll(each.isArray() ? each.items() : List.of(each));
          }
        }
      }
      visit(item, items);
    }
  }

  private static List<Node> member(String name, Set<Node> schemas) {
    List<Node> found = new ArrayList<>();
    for (Node schema : schemas) {
      Node properties = schema.get("properties");
      Node property = properties == null ? null : properties.get(name);
      if (property != null) {
        found.add(property);
      }
      Node patterns = schema.get("patternProperties");
      if (patterns != null) {
        found.addAll(patterns.members().values());
      }
      for (String key : List.of("additionalProperties", "unevaluatedProperties", "values")) {
        Node other = schema.get(key);
        if (other != null && property == null) {
          found.add(other);
        }
      }
      Node fields = schema.get("fields");
      for (Node field : fields == null ? List.<Node>of() : fields.items()) {
        if (name.equals(field.text("name"))) {
          found.add(field);
        }
      }
      // In Avro's JSON a union's value is in an object, under its branch's name.
      if (schema.get("name") != null && name.endsWith(String.valueOf(schema.text("name")))) {
        found.add(schema);
      }
    }
    return found;
  }

  /** All schemas that could hold; whether one of them says sensitive. */
  private boolean flatten(Node written, Set<Node> all) {
    if (steps-- < 0) {
      return false;
    }
    Node followed = payload.follow(written);
    Node node = followed == null ? written : followed;
    node = named.getOrDefault(String.valueOf(node.text()), node);
    boolean isSensitive = !JsonFields.sensitive(written, node).isEmpty();
    if (!all.add(node)) {
      return isSensitive;
    }
    for (String key : BRANCHES) {
      Node branches = node.get(key);
      for (Node branch : branches == null ? List.<Node>of() : branches.items()) {
        isSensitive |= flatten(branch, all);
      }
    }
    for (String key : SINGLE) {
      Node single = node.get(key);
      boolean isNamed = single != null && named.containsKey(String.valueOf(single.text()));
      if (single != null && (single.isObject() || isNamed)) {
        isSensitive |= flatten(single, all);
      }
      if (single != null && key.equals("type")) {
        for (Node branch : single.items()) {
          isSensitive |= flatten(branch, all);
        }
      }
    }
    for (Node branch : node.items()) { // a union of Avro's
      isSensitive |= flatten(branch, all);
    }
    return isSensitive;
  }
}
