package io.stagepost.asyncapi.catalogue;

import static io.stagepost.asyncapi.catalogue.Html.attr;
import static io.stagepost.asyncapi.catalogue.Html.tag;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A graph as SVG: each connected part laid out by itself, the parts set beside each other. */
final class Drawing {
  /** More are not drawn. */
  static final int MOST = 400;

  private static final double NODE_HEIGHT = 34;
  private static final double PART_GAP = 34;
  private static final double MARGIN = 10;
  private static final int LONGEST = 32;

  private final Graph graph;
  private final double widest;
  private final Set<Graph.Node> round = new HashSet<>();
  private final Set<Graph.Edge> roundEdges = new HashSet<>();
  private final Graph.@Nullable Node middle;
  private final UnaryOperator<String> link;

  /**
   * A drawing.
   *
   * @param graph what is drawn
   * @param widest how wide it may become where there is a choice
   * @param middle the id of the node that it is about; empty for none
   * @param link makes a link of a page; null for a picture without links
   */
  Drawing(Graph graph, double widest, String middle, UnaryOperator<String> link) {
    this.graph = graph;
    this.widest = widest;
    this.link = link;
    this.middle =
        graph.nodes().stream().filter(n -> n.id().equals(middle)).findFirst().orElse(null);
    for (Graph.Cycle cycle : graph.cycles()) {
      round.addAll(cycle.nodes());
      roundEdges.addAll(cycle.edges());
    }
  }

  /** The picture, without a style of its own. */
  Html svg(String title) {
    return svg(title, Html.NONE);
  }

  Html svg(String title, Html style) {
    List<Html> edges = new ArrayList<>();
    List<Html> nodes = new ArrayList<>();
    double x = MARGIN;
    double y = MARGIN;
    double row = 0;
    double right = 0;
    for (Part part : parts()) {
      Layout layout = part.layout();
      if (x > MARGIN && x + layout.width() > widest) {
        x = MARGIN;
        y += row + PART_GAP;
        row = 0;
      }
      draw(part, x, y, edges, nodes);
      x += layout.width() + PART_GAP;
      right = Math.max(right, x - PART_GAP);
      row = Math.max(row, layout.height());
    }
    double width = right + MARGIN;
    double height = y + row + MARGIN;
    // What is a little too wide is made smaller to fit; what is much too wide is scrolled.
    boolean isFitted = width > 740 && width < 1600;
    return tag(
        isFitted ? "svg.map.fitted" : "svg.map",
        attr("xmlns", "http://www.w3.org/2000/svg"),
        attr("width", number(width)),
        attr("height", number(height)),
        attr("viewBox", "0 0 " + number(width) + " " + number(height)),
        attr("role", "group"),
        attr("aria-label", title),
        tag("title", title),
        style,
        tag("defs", marker("arrow"), marker("arrow-cycle")),
        tag("g.edges", edges),
        tag("g.nodes", nodes));
  }

  private static Html marker(String id) {
    return tag(
        "marker." + id,
        attr("id", id),
        attr("viewBox", "0 0 8 8"),
        attr("refX", "7"),
        attr("refY", "4"),
        attr("markerWidth", "7"),
        attr("markerHeight", "7"),
        attr("orient", "auto-start-reverse"),
        tag("path", attr("d", "M0 0L8 4L0 8z")));
  }

  private record Part(List<Graph.Node> nodes, List<Graph.Edge> edges, Layout layout) {}

  /** The connected parts, largest first. */
  private List<Part> parts() {
    Map<Graph.Node, Graph.Node> root = new HashMap<>();
    graph.nodes().forEach(node -> root.put(node, node));
    graph.edges().forEach(e -> root.put(find(root, e.from()), find(root, e.to())));
    Map<Graph.Node, List<Graph.Node>> members = new LinkedHashMap<>();
    for (Graph.Node node : graph.nodes()) {
      members.computeIfAbsent(find(root, node), r -> new ArrayList<>()).add(node);
    }
    Map<Graph.Node, List<Graph.Edge>> between = new HashMap<>();
    for (Graph.Edge edge : graph.edges()) {
      between.computeIfAbsent(find(root, edge.from()), r -> new ArrayList<>()).add(edge);
    }
    List<Part> parts = new ArrayList<>();
    members.forEach((r, nodes) -> parts.add(part(nodes, between.getOrDefault(r, List.of()))));
    parts.sort(Comparator.comparingInt(part -> -part.nodes().size()));
    return parts;
  }

  private static Graph.Node find(Map<Graph.Node, Graph.Node> root, Graph.Node node) {
    Graph.Node at = node;
    for (Graph.Node up = root.get(at); up != null && !up.equals(at); up = root.get(at)) {
      at = up;
    }
    return at;
  }

  private static Part part(List<Graph.Node> nodes, List<Graph.Edge> edges) {
    Map<Graph.Node, Integer> index = new HashMap<>();
    double[] width = new double[nodes.size()];
    double[] height = new double[nodes.size()];
    for (int i = 0; i < nodes.size(); i++) {
      Graph.Node node = nodes.get(i);
      index.put(node, i);
      width[i] = width(node);
      height[i] = NODE_HEIGHT;
    }
    List<int[]> pairs = new ArrayList<>();
    for (Graph.Edge edge : edges) {
      pairs.add(new int[] {index.getOrDefault(edge.from(), 0), index.getOrDefault(edge.to(), 0)});
    }
    return new Part(nodes, edges, new Layout(width, height, pairs));
  }

  private static String label(Graph.Node node) {
    String label = node.label();
    int end = LONGEST * 2 / 3;
    return label.length() <= LONGEST
        ? label
        : label.substring(0, LONGEST - end - 1) + "…" + label.substring(label.length() - end);
  }

  private void draw(Part part, double left, double top, List<Html> edges, List<Html> nodes) {
    Layout layout = part.layout();
    Set<String> opposite = new HashSet<>();
    for (int i = 0; i < part.edges().size(); i++) {
      Graph.Edge edge = part.edges().get(i);
      boolean isBoth = !opposite.add(pair(edge));
      edges.add(edge(edge, layout.way(i), left, top, isBoth ? 7 : 0));
    }
    for (int i = 0; i < part.nodes().size(); i++) {
      Layout.Point at = layout.node(i);
      nodes.add(node(part.nodes().get(i), left + at.x(), top + at.y()));
    }
  }

  private static String pair(Graph.Edge edge) {
    String a = edge.from().id();
    String b = edge.to().id();
    return a.compareTo(b) < 0 ? a + " " + b : b + " " + a;
  }

  private Html edge(Graph.Edge edge, Layout.Way way, double left, double top, double lower) {
    boolean isCycle = roundEdges.contains(edge);
    StringBuilder path = new StringBuilder();
    List<Layout.Point> points = way.points();
    for (int i = 0; i < points.size(); i++) {
      double px = left + points.get(i).x();
      double py = top + points.get(i).y() + lower;
      if (i == 0) {
        path.append('M').append(number(px)).append(' ').append(number(py));
      } else {
        double before = left + points.get(i - 1).x();
        double half = (px - before) / 2;
        double by = top + points.get(i - 1).y() + lower;
        path.append('C').append(number(before + half)).append(' ').append(number(by));
        path.append(' ').append(number(px - half)).append(' ').append(number(py));
        path.append(' ').append(number(px)).append(' ').append(number(py));
      }
    }
    String name = "path.edge" + (edge.isReply() ? ".reply" : "") + (isCycle ? ".cycle" : "");
    return tag(
        name,
        attr("d", path),
        attr(
            way.isTurned() ? "marker-start" : "marker-end",
            isCycle ? "url(#arrow-cycle)" : "url(#arrow)"));
  }

  /** Letters of an application's label are bold, and wider than most; a channel's are all alike. */
  private static double width(Graph.Node node) {
    return 26 + label(node).length() * (node.isPlace() ? 7.3 : 7.8);
  }

  private Html node(Graph.Node node, double x, double y) {
    double width = width(node);
    String kind = node.isPlace() ? "place" : "app";
    String marks = (round.contains(node) ? ".cycle" : "") + (node.equals(middle) ? ".middle" : "");
    Html shape =
        tag(
            "g.node." + kind + marks,
            tag("title", node.label()),
            tag(
                "rect",
                attr("x", number(x - width / 2)),
                attr("y", number(y - NODE_HEIGHT / 2)),
                attr("width", number(width)),
                attr("height", number(NODE_HEIGHT)),
                attr("rx", node.isPlace() ? NODE_HEIGHT / 2 : 5)),
            tag(
                "text",
                attr("x", number(x)),
                attr("y", number(y)),
                attr("dy", "0.35em"),
                attr("text-anchor", "middle"),
                label(node)));
    String to = link.apply(node.page());
    return to.isEmpty() ? shape : tag("a", Html.href(to), shape);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value).replaceAll("\\.0$", "");
  }
}
