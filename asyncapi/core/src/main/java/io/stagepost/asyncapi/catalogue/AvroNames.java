package io.stagepost.asyncapi.catalogue;

import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.tree.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The named types that an Avro schema defines, by short and full name. */
final class AvroNames {
  private static final int DEEPEST = 60;

  private final Payload payload;
  private final Map<String, Node> named = new HashMap<>();

  private AvroNames(Payload payload) {
    this.payload = payload;
  }

  static Map<String, Node> in(Payload payload) {
    AvroNames names = new AvroNames(payload);
    names.visit(payload.schema(), 0);
    return names.named;
  }

  private void visit(Node written, int depth) {
    Node followed = payload.follow(written);
    Node node = followed == null ? written : followed;
    if (depth > DEEPEST) {
      return;
    }
    String name = node.text("name");
    if (name != null && (node.get("fields") != null || node.get("symbols") != null)) {
      if (named.putIfAbsent(name, node) != null) {
        return;
      }
      String namespace = node.text("namespace");
      if (namespace != null) {
        named.putIfAbsent(namespace + "." + name, node);
      }
    }
    node.items().forEach(each -> visit(each, depth + 1));
    for (String key : List.of("fields", "type", "items", "values")) {
      Node inner = node.get(key);
      if (inner != null && inner.text() == null) {
        visit(inner, depth + 1);
      }
    }
  }
}
