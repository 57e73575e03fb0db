package io.stagepost.asyncapi.diff;

import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayList;
import java.util.List;

/**
 * The part of a contract in which changes are looked for.
 *
 * @param subject in words
 * @param roles what the application does with it
 * @param exempt whether it was a draft, which may change at will
 * @param above what holds it in the newer contract, nearest first: where waivers may stand
 */
record Scope(String subject, Roles roles, boolean exempt, List<Node> above) {
  Scope within(String part, Node node) {
    List<Node> nodes = new ArrayList<>(above.size() + 1);
    nodes.add(node);
    nodes.addAll(above);
    return new Scope(subject.isEmpty() ? part : subject + ", " + part, roles, exempt, nodes);
  }

  Scope of(Roles other) {
    return new Scope(subject, other, exempt, above);
  }

  Scope exempt(boolean draft) {
    return new Scope(subject, roles, draft, above);
  }
}
