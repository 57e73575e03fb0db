package io.stagepost.asyncapi.operations;

import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Schemas of one document that say the same. Not thread-safe. */
final class Duplicates {
  /** Fewer properties may be the same by chance. */
  private static final int LEAST = 3;

  private final Map<Node, Long> hashes = new HashMap<>();
  private final Map<Long, List<Node>> seen = new HashMap<>();
  private final List<Finding> findings = new ArrayList<>();

  List<Finding> check(Node root) {
    Deque<Node> waiting = new ArrayDeque<>(List.of(root));
    while (!waiting.isEmpty()) {
      Node node = waiting.remove();
      if (!isTwin(node)) {
        waiting.addAll(node.items());
        node.members().values().forEach(waiting::add);
      }
    }
    return findings;
  }

  private boolean isTwin(Node node) {
    Node properties = node.get("properties");
    if (properties == null || properties.members().size() < LEAST) {
      return false;
    }
    List<Node> alike = seen.computeIfAbsent(hash(node), h -> new ArrayList<>());
    for (Node other : alike) {
      if (other.sameAs(node) && !other.place().equals(node.place())) {
        findings.add(
            AuditRule.AUDIT_DUPLICATE_SCHEMA.at(
                node,
                "the schema is the same as the one in line "
                    + other.place().line()
                    + " ("
                    + other.pointer()
                    + ")",
                "Keep one of them under components/schemas, and refer to it."));
        return true;
      }
    }
    alike.add(node);
    return false;
  }

  /** The same for what {@link Node#sameAs} calls the same. */
  private long hash(Node node) {
    Long known = hashes.get(node);
    if (known != null) {
      return known;
    }
    long hash = node.kind().name().hashCode();
    for (Map.Entry<String, Node> member : new TreeMap<>(node.members()).entrySet()) {
      hash = hash * 31 + member.getKey().hashCode();
      hash = hash * 31 + hash(member.getValue());
    }
    for (Node item : node.items()) {
      hash = hash * 31 + hash(item);
    }
    String text = node.text();
    hash = text == null ? hash : hash * 31 + text.hashCode();
    hashes.put(node, hash);
    return hash;
  }
}
