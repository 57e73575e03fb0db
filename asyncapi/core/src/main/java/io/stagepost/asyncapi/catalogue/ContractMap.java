package io.stagepost.asyncapi.catalogue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Who talks to whom: applications, the addresses that they send to and receive from, and cycles
 * among them. Immutable and thread-safe.
 */
public final class ContractMap {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Graph graph;

  ContractMap(Landscape landscape) {
    this.graph = Graph.of(landscape);
  }

  /** How a map is written. */
  public enum Format {
    /** A line for each address, and one for each cycle. */
    TEXT,
    /** For Graphviz. */
    DOT,
    /** A picture of its own, for light and dark. */
    SVG,
    /** An object with {@code nodes}, {@code edges} and {@code cycles}. */
    JSON
  }

  /**
   * Groups of applications and addresses in which a message can cause another that comes back.
   * Replies do not count: they are meant to.
   *
   * @return each group by names, applications and addresses mixed
   */
  public List<List<String>> cycles() {
    return graph.cycles().stream()
        .map(cycle -> cycle.nodes().stream().map(Graph.Node::label).toList())
        .toList();
  }

  /**
   * Writes the map.
   *
   * @param format how
   * @return the map, ending with a line's end
   */
  public String as(Format format) {
    return switch (format) {
      case TEXT -> text();
      case DOT -> dot();
      case SVG -> svg();
      case JSON -> json();
    };
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    for (Graph.Node place : graph.nodes().stream().filter(Graph.Node::isPlace).toList()) {
      text.append(line(place.label())).append('\n');
      for (Graph.Edge edge : graph.edges()) {
        if (edge.to().equals(place)) {
          text.append("  <- ").append(line(edge.from().label()));
          text.append(edge.isReply() ? " (replies)\n" : "\n");
        }
      }
      for (Graph.Edge edge : graph.edges()) {
        if (edge.from().equals(place)) {
          text.append("  -> ").append(line(edge.to().label()));
          text.append(edge.isReply() ? " (replies)\n" : "\n");
        }
      }
    }
    for (List<String> cycle : cycles()) {
      text.append("cycle: ");
      text.append(cycle.stream().map(ContractMap::line).collect(Collectors.joining(", ")));
      text.append('\n');
    }
    long places = graph.nodes().stream().filter(Graph.Node::isPlace).count();
    int cycles = cycles().size();
    return text.append(graph.nodes().size() - places)
        .append(" applications, ")
        .append(places)
        .append(" addresses, ")
        .append(cycles)
        .append(cycles == 1 ? " cycle\n" : " cycles\n")
        .toString();
  }

  /** Without what would break a line, or move a terminal's cursor. */
  private static String line(String text) {
    return text.replaceAll("[\\p{Cc}\\u2028\\u2029]", "\uFFFD");
  }

  private String dot() {
    StringBuilder dot = new StringBuilder("digraph contracts {\n  rankdir=LR\n");
    dot.append("  node [fontname=\"sans-serif\"]\n");
    List<Graph.Node> inCycle =
        graph.cycles().stream().flatMap(cycle -> cycle.nodes().stream()).toList();
    for (Graph.Node node : graph.nodes()) {
      dot.append("  ").append(quoted(node.id())).append(" [label=").append(quoted(node.label()));
      dot.append(node.isPlace() ? " shape=oval" : " shape=box style=rounded");
      dot.append(inCycle.contains(node) ? " color=\"#b3261e\"]\n" : "]\n");
    }
    for (Graph.Edge edge : graph.edges()) {
      dot.append("  ").append(quoted(edge.from().id())).append(" -> ");
      dot.append(quoted(edge.to().id())).append(edge.isReply() ? " [style=dashed]\n" : "\n");
    }
    return dot.append("}\n").toString();
  }

  private static String quoted(String text) {
    return "\"" + line(text).replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  private String json() {
    ObjectNode root = JSON.createObjectNode();
    ArrayNode nodes = root.putArray("nodes");
    for (Graph.Node node : graph.nodes()) {
      nodes
          .addObject()
          .put("id", node.id())
          .put("kind", node.isPlace() ? "address" : "application")
          .put("name", node.label());
    }
    ArrayNode edges = root.putArray("edges");
    for (Graph.Edge edge : graph.edges()) {
      edges
          .addObject()
          .put("from", edge.from().id())
          .put("to", edge.to().id())
          .put("reply", edge.isReply());
    }
    ArrayNode cycles = root.putArray("cycles");
    for (Graph.Cycle cycle : graph.cycles()) {
      ArrayNode ids = cycles.addArray();
      cycle.nodes().forEach(node -> ids.add(node.id()));
    }
    return JSON.writeValueAsString(root) + "\n";
  }

  private String svg() {
    if (graph.nodes().size() > Drawing.MOST) {
      throw new CatalogueException(
          "SP-CONTRACT-083",
          String.format(
              Locale.ROOT,
              "%d applications and addresses are too many for a picture; the limit is %d. Map"
                  + " fewer directories, or ask for dot or json.",
              graph.nodes().size(),
              Drawing.MOST),
          null);
    }
    Html style = Html.tag("style", Html.trusted(resource("map.css")));
    return new Drawing(graph, 1400, "", page -> "").svg("Who talks to whom", style) + "\n";
  }

  static String resource(String name) {
    try (InputStream in = ContractMap.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not beside " + ContractMap.class);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
