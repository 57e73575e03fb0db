package io.stagepost.asyncapi.catalogue;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Applications and places, and what goes between them, each edge once. In the order in which
 * everything was added.
 */
final class Graph {
  /**
   * An application or a place.
   *
   * @param id unique
   * @param label what people read
   * @param isPlace whether it is a place where messages go
   * @param page where it is described, from the site's root
   */
  record Node(String id, String label, boolean isPlace, String page) {}

  /** Messages go from one to the other. */
  record Edge(Node from, Node to, boolean isReply) {}

  private final Map<String, Node> nodes = new LinkedHashMap<>();
  private final Set<Edge> edges = new LinkedHashSet<>();

  /** Everything in a landscape. */
  static Graph of(Landscape landscape) {
    return of(landscape, landscape.places());
  }

  /** Some places, and who uses them. */
  static Graph of(Landscape landscape, Collection<Landscape.Place> places) {
    Graph graph = new Graph();
    Set<String> shown = new LinkedHashSet<>();
    places.forEach(place -> shown.add(place.slug()));
    for (Entry entry : landscape.entries()) {
      boolean isThere =
          places.stream().anyMatch(p -> p.uses().stream().anyMatch(use -> use.entry().equals(entry)));
      if (isThere) {
        graph.application(entry);
      }
    }
    for (Landscape.Place place : landscape.places()) {
      if (shown.contains(place.slug()) && !place.uses().isEmpty()) {
        Node node =
            graph.add(new Node("place:" + place.slug(), place.name(), true, Pages.of(place)));
        for (Landscape.Use use : place.uses()) {
          Node application = graph.application(use.entry());
          graph.edges.add(
              use.role().isOut()
                  ? new Edge(application, node, use.role().isReply())
                  : new Edge(node, application, use.role().isReply()));
        }
      }
    }
    return graph;
  }

  /** What one application is concerned with: its places, and who else uses them. */
  static Graph around(Landscape landscape, Entry entry) {
    return of(landscape, landscape.places(entry));
  }

  private Node application(Entry entry) {
    return add(new Node("app:" + entry.slug(), entry.title(), false, Pages.of(entry)));
  }

  private Node add(Node node) {
    Node known = nodes.putIfAbsent(node.id(), node);
    return known == null ? node : known;
  }

  List<Node> nodes() {
    return List.copyOf(nodes.values());
  }

  List<Edge> edges() {
    return List.copyOf(edges);
  }

  /**
   * Groups of applications and places in which messages can go round: strongly connected, by
   * Tarjan's algorithm. Answers are left out, since they are meant to come back.
   */
  List<List<Node>> cycles() {
    return new Tarjan(this, edge -> !edge.isReply()).components();
  }

  /** Tarjan's algorithm, without recursion. */
  private static final class Tarjan {
    private final Map<Node, List<Node>> next = new HashMap<>();
    private final Map<Node, Integer> index = new HashMap<>();
    private final Map<Node, Integer> low = new HashMap<>();
    private final List<Node> stack = new ArrayList<>();
    private final Set<Node> onStack = new LinkedHashSet<>();
    private final List<List<Node>> components = new ArrayList<>();
    private final Graph graph;

    Tarjan(Graph graph, Predicate<Edge> filter) {
      this.graph = graph;
      graph.edges.stream()
          .filter(filter)
          .forEach(e -> next.computeIfAbsent(e.from(), n -> new ArrayList<>()).add(e.to()));
    }

    List<List<Node>> components() {
      graph.nodes.values().stream().filter(node -> !index.containsKey(node)).forEach(this::visit);
      return components;
    }

    private record Step(Node node, int child) {}

    private void visit(Node root) {
      List<Step> steps = new ArrayList<>();
      steps.add(new Step(root, 0));
      while (!steps.isEmpty()) {
        Step step = steps.remove(steps.size() - 1);
        Node node = step.node();
        List<Node> children = next.getOrDefault(node, List.of());
        if (step.child() == 0) {
          index.put(node, index.size());
          low.put(node, index.get(node));
          stack.add(node);
          onStack.add(node);
        } else {
          Node done = children.get(step.child() - 1);
          if (onStack.contains(done)) {
            low.merge(node, low.getOrDefault(done, Integer.MAX_VALUE), Math::min);
          }
        }
        if (step.child() < children.size()) {
          steps.add(new Step(node, step.child() + 1));
          Node child = children.get(step.child());
          if (!index.containsKey(child)) {
            steps.add(new Step(child, 0));
          }
          continue;
        }
        if (low.getOrDefault(node, 0).equals(index.get(node))) {
          close(node);
        }
      }
    }

    private void close(Node node) {
      int from = stack.lastIndexOf(node);
      List<Node> component = new ArrayList<>(stack.subList(from, stack.size()));
      stack.subList(from, stack.size()).clear();
      component.forEach(onStack::remove);
      if (component.size() > 1) {
        component.sort(java.util.Comparator.comparing(Node::label).thenComparing(Node::id));
        components.add(List.copyOf(component));
      }
    }
  }
}
