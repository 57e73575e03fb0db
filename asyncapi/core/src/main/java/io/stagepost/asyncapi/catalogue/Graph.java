package io.stagepost.asyncapi.catalogue;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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

  /** A message that one application sends can be received by another, or by itself. */
  record Flow(Node from, Node by, Node to) {}

  /** Where messages can go round: applications first, then places. */
  record Cycle(List<Node> nodes, Set<Edge> edges) {}

  private final Set<Flow> flows = new LinkedHashSet<>();
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
          places.stream()
              .anyMatch(p -> p.uses().stream().anyMatch(use -> use.entry().equals(entry)));
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
        graph.flows(place, node);
      }
    }
    return graph;
  }

  /** What one application is concerned with: its places, and who else uses them. */
  static Graph around(Landscape landscape, Entry entry) {
    return of(landscape, landscape.places(entry));
  }

  private void flows(Landscape.Place place, Node node) {
    for (Landscape.Use out : place.uses(true)) {
      for (Landscape.Use in : place.uses(false)) {
        if (!out.role().isReply() && !in.role().isReply() && isMet(out, in)) {
          flows.add(new Flow(application(out.entry()), node, application(in.entry())));
        }
      }
    }
  }

  /**
   * Whether one may receive what the other sends: a message of one name. Two contracts that have no
   * name in common rather name them differently than pass each other by.
   */
  private static boolean isMet(Landscape.Use out, Landscape.Use in) {
    if (out.messages().isEmpty() || in.messages().isEmpty()) {
      return true;
    }
    Set<String> names = new HashSet<>();
    out.messages().forEach(message -> names.add(message.name()));
    if (in.messages().stream().anyMatch(message -> names.contains(message.name()))) {
      return true;
    }
    return !out.entry().equals(in.entry())
        && in.channel().messages().values().stream().noneMatch(m -> names.contains(m.name()));
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
   * Groups of applications among which messages can go round, with the places that they go by.
   * Answers do not count, since they are meant to come back.
   */
  List<Cycle> cycles() {
    List<Cycle> cycles = new ArrayList<>();
    for (Set<Node> group : new Cycles(flows).groups()) {
      Set<Node> inside = new LinkedHashSet<>();
      Set<Edge> between = new LinkedHashSet<>();
      for (Flow flow : flows) {
        if (group.contains(flow.from()) && group.contains(flow.to())) {
          inside.addAll(List.of(flow.from(), flow.by(), flow.to()));
          between.add(new Edge(flow.from(), flow.by(), false));
          between.add(new Edge(flow.by(), flow.to(), false));
        }
      }
      List<Node> sorted = new ArrayList<>(inside);
      sorted.sort(
          Comparator.comparing(Node::isPlace).thenComparing(Node::label).thenComparing(Node::id));
      cycles.add(new Cycle(sorted, between));
    }
    return cycles;
  }
}
