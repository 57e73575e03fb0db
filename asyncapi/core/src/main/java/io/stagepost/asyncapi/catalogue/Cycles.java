package io.stagepost.asyncapi.catalogue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Strongly connected applications, by Tarjan's algorithm, without recursion: large graphs need no
 * large stack. Not thread-safe.
 */
final class Cycles {
  private final Map<Graph.Node, List<Graph.Node>> next = new LinkedHashMap<>();
  private final Map<Graph.Node, Integer> index = new HashMap<>();
  private final Map<Graph.Node, Integer> low = new HashMap<>();
  private final List<Graph.Node> stack = new ArrayList<>();
  private final Set<Graph.Node> onStack = new HashSet<>();
  private final List<Set<Graph.Node>> groups = new ArrayList<>();

  Cycles(Set<Graph.Flow> flows) {
    for (Graph.Flow flow : flows) {
      next.computeIfAbsent(flow.from(), node -> new ArrayList<>()).add(flow.to());
    }
  }

  /** Groups of more than one, and those that reach themselves at once. */
  List<Set<Graph.Node>> groups() {
    for (Graph.Node root : next.keySet()) {
      if (!index.containsKey(root)) {
        visit(root);
      }
    }
    return groups;
  }

  private record Step(Graph.Node node, int child) {}

  private void visit(Graph.Node root) {
    List<Step> steps = new ArrayList<>(List.of(new Step(root, 0)));
    while (!steps.isEmpty()) {
      Step step = steps.remove(steps.size() - 1);
      Graph.Node node = step.node();
      List<Graph.Node> children = next.getOrDefault(node, List.of());
      if (step.child() == 0) {
        index.put(node, index.size());
        low.put(node, index.size() - 1);
        stack.add(node);
        onStack.add(node);
      } else {
        Graph.Node done = children.get(step.child() - 1);
        if (onStack.contains(done)) {
          low.merge(node, low.getOrDefault(done, Integer.MAX_VALUE), Math::min);
        }
      }
      if (step.child() < children.size()) {
        steps.add(new Step(node, step.child() + 1));
        Graph.Node child = children.get(step.child());
        if (!index.containsKey(child)) {
          steps.add(new Step(child, 0));
        }
      } else if (low.getOrDefault(node, 0).equals(index.get(node))) {
        close(node, children.contains(node));
      }
    }
  }

  private void close(Graph.Node node, boolean isLoop) {
    List<Graph.Node> top = stack.subList(stack.lastIndexOf(node), stack.size());
    Set<Graph.Node> group = new LinkedHashSet<>(top);
    top.clear();
    onStack.removeAll(group);
    if (group.size() > 1 || isLoop) {
      groups.add(group);
    }
  }
}
