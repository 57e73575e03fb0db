package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Follows every reference of a document, and of whatever it refers to, and tells of those that lead
 * nowhere. Does not look where references are only data: in examples, defaults, constants and
 * extensions.
 */
final class References {
  private static final Set<String> DATA = Set.of("const", "enum", "default", "examples", "example");

  /** What holds members under names that the author chose. */
  private static final Set<String> NAMES =
      Set.of(
          "properties",
          "patternProperties",
          "definitions",
          "$defs",
          "dependentSchemas",
          "schemas",
          "messages",
          "channels",
          "operations",
          "servers",
          "parameters",
          "variables",
          "securitySchemes",
          "correlationIds",
          "replies",
          "replyAddresses",
          "externalDocs",
          "tags",
          "operationTraits",
          "messageTraits",
          "serverBindings",
          "channelBindings",
          "operationBindings",
          "messageBindings",
          "serverVariables");

  private final Documents documents;
  private final List<Finding> findings = new ArrayList<>();
  private final Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Deque<Node> waiting = new ArrayDeque<>();

  References(Documents documents) {
    this.documents = documents;
  }

  List<Finding> check(Node root) {
    waiting.add(root);
    while (!waiting.isEmpty()) {
      visit(waiting.remove(), false);
    }
    return findings;
  }

  private void visit(Node node, boolean names) {
    if (!seen.add(node)) {
      return;
    }
    if (!names && node.reference() != null) {
      follow(node);
      return;
    }
    for (Map.Entry<String, Node> member : node.members().entrySet()) {
      String key = member.getKey();
      if (names || (!DATA.contains(key) && !key.startsWith("x-"))) {
        visit(member.getValue(), !names && NAMES.contains(key));
      }
    }
    node.items().forEach(item -> visit(item, false));
  }

  private void follow(Node holder) {
    Documents.Target next = documents.hop(holder);
    Documents.Target end = next.node() == null ? next : documents.target(holder);
    // A reference to another one that leads nowhere is not told of: that other one is.
    if (next.node() == null || end.rule().equals("ref-cycle")) {
      findings.add(
          Finding.atKey(
              holder,
              "$ref",
              end.rule(),
              // Not to look is our choice, and no fault of the contract.
              end.rule().equals("ref-remote") ? Severity.WARNING : Severity.ERROR,
              end.reason(),
              end.remedy()));
    }
    if (next.node() != null) {
      waiting.add(next.node());
    }
    for (String key : holder.members().keySet()) {
      if (!key.equals("$ref") && !key.startsWith("x-") && !isText(key)) {
        findings.add(
            Finding.atKey(
                holder,
                key,
                "ref-sibling",
                Severity.WARNING,
                "'" + key + "' stands beside $ref, and is ignored",
                "Move it to what is referred to, or combine both by allOf."));
      }
    }
  }

  /** Ignored too, but harmless. */
  private static boolean isText(String key) {
    return key.equals("description") || key.equals("summary") || key.equals("title");
  }
}
