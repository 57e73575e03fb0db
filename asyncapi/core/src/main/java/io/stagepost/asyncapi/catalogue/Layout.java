package io.stagepost.asyncapi.catalogue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A layered layout of one connected graph, left to right, after Sugiyama: back edges turned,
 * longest-path layers, crossings reduced by medians, heights by isotonic regression. Deterministic.
 * Not thread-safe.
 */
final class Layout {
  private static final double LAYER_GAP = 56;
  private static final double NODE_GAP = 18;
  private static final int SWEEPS = 16;

  /** A point. */
  record Point(double x, double y) {}

  /** The way of an edge, from its source to its target, or the other way round if turned. */
  record Way(List<Point> points, boolean isTurned) {}

  private record Arc(int from, int to) {}

  private final int real;
  private final double[] width;
  private final double[] height;
  private final List<Arc> arcs = new ArrayList<>();
  private final boolean[] turned;
  private final List<List<Integer>> chains = new ArrayList<>();
  private final List<List<Integer>> before = new ArrayList<>();
  private final List<List<Integer>> after = new ArrayList<>();
  private int[] layer;
  private List<List<Integer>> layers = new ArrayList<>();
  private double[] x = {};
  private double[] y = {};

  /**
   * A layout.
   *
   * @param width of each node
   * @param height of each node
   * @param edges pairs of nodes
   */
  Layout(double[] width, double[] height, List<int[]> edges) {
    this.real = width.length;
    this.width = width;
    this.height = height;
    this.turned = new boolean[edges.size()];
    edges.forEach(edge -> arcs.add(new Arc(edge[0], edge[1])));
    turnBackEdges();
    this.layer = longestPaths();
    expand();
    order();
    place();
  }

  private Arc arc(int edge) {
    Arc arc = arcs.get(edge);
    return turned[edge] ? new Arc(arc.to(), arc.from()) : arc;
  }

  private void turnBackEdges() {
    int[] state = new int[real];
    boolean[] hasIn = new boolean[real];
    arcs.forEach(arc -> hasIn[arc.to()] = true);
    for (boolean sources : new boolean[] {true, false}) {
      for (int node = 0; node < real; node++) {
        if (state[node] == 0 && hasIn[node] != sources) {
          descend(node, state);
        }
      }
    }
  }

  private void descend(int root, int[] state) {
    List<int[]> steps = new ArrayList<>();
    steps.add(new int[] {root, 0});
    state[root] = 1;
    while (!steps.isEmpty()) {
      int[] step = steps.get(steps.size() - 1);
      int node = step[0];
      int edge = step[1]++;
      if (edge >= arcs.size()) {
        state[node] = 2;
        steps.remove(steps.size() - 1);
      } else if (arcs.get(edge).from() == node) {
        int to = arcs.get(edge).to();
        if (state[to] == 1) {
          turned[edge] = true;
        } else if (state[to] == 0) {
          state[to] = 1;
          steps.add(new int[] {to, 0});
        }
      }
    }
  }

  private int[] longestPaths() {
    int[] found = new int[real];
    boolean isMoving = true;
    while (isMoving) {
      isMoving = false;
      for (int edge = 0; edge < arcs.size(); edge++) {
        Arc arc = arc(edge);
        if (found[arc.to()] < found[arc.from()] + 1) {
          found[arc.to()] = found[arc.from()] + 1;
          isMoving = true;
        }
      }
    }
    // What has only successors stands beside them.
    for (int node = 0; node < real; node++) {
      int nearest = Integer.MAX_VALUE;
      for (int edge = 0; edge < arcs.size(); edge++) {
        if (arc(edge).to() == node) {
          nearest = -1;
        } else if (arc(edge).from() == node) {
          nearest = Math.min(nearest, found[arc(edge).to()] - 1);
        }
      }
      if (nearest > found[node] && nearest != Integer.MAX_VALUE) {
        found[node] = nearest;
      }
    }
    return found;
  }

  /** Edges over several layers get a node in each. */
  private void expand() {
    List<Integer> all = new ArrayList<>();
    Arrays.stream(layer).forEach(all::add);
    for (int i = 0; i < real; i++) {
      before.add(new ArrayList<>());
      after.add(new ArrayList<>());
    }
    for (int edge = 0; edge < arcs.size(); edge++) {
      Arc arc = arc(edge);
      List<Integer> chain = new ArrayList<>(List.of(arc.from()));
      for (int at = layer[arc.from()] + 1; at < layer[arc.to()]; at++) {
        chain.add(all.size());
        all.add(at);
        before.add(new ArrayList<>());
        after.add(new ArrayList<>());
      }
      chain.add(arc.to());
      for (int i = 1; i < chain.size(); i++) {
        after.get(chain.get(i - 1)).add(chain.get(i));
        before.get(chain.get(i)).add(chain.get(i - 1));
      }
      chains.add(chain);
    }
    layer = all.stream().mapToInt(Integer::intValue).toArray();
    for (int node = 0; node < layer.length; node++) {
      while (layers.size() <= layer[node]) {
        layers.add(new ArrayList<>());
      }
      layers.get(layer[node]).add(node);
    }
  }

  private void order() {
    long best = crossings();
    List<List<Integer>> kept = copy(layers);
    for (int sweep = 0; sweep < SWEEPS && best > 0; sweep++) {
      boolean forth = sweep % 2 == 0;
      for (int i = 1; i < layers.size(); i++) {
        int at = forth ? i : layers.size() - 1 - i;
        List<Integer> fixed = layers.get(forth ? at - 1 : at + 1);
        int[] position = new int[layer.length];
        for (int p = 0; p < fixed.size(); p++) {
          position[fixed.get(p)] = p;
        }
        double[] median = new double[layer.length];
        List<Integer> own = layers.get(at);
        for (int p = 0; p < own.size(); p++) {
          List<Integer> near = (forth ? before : after).get(own.get(p));
          median[own.get(p)] =
              near.isEmpty() ? p : near.stream().mapToInt(n -> position[n]).average().orElse(p);
        }
        own.sort(Comparator.comparingDouble(node -> median[node]));
      }
      long crossings = crossings();
      if (crossings < best) {
        best = crossings;
        kept = copy(layers);
      }
    }
    layers = kept;
  }

  private static List<List<Integer>> copy(List<List<Integer>> layers) {
    List<List<Integer>> copy = new ArrayList<>();
    layers.forEach(each -> copy.add(new ArrayList<>(each)));
    return copy;
  }

  private long crossings() {
    long count = 0;
    int[] position = new int[layer.length];
    for (List<Integer> each : layers) {
      for (int p = 0; p < each.size(); p++) {
        position[each.get(p)] = p;
      }
    }
    for (int at = 1; at < layers.size(); at++) {
      List<int[]> pairs = new ArrayList<>();
      for (int node : layers.get(at - 1)) {
        after.get(node).forEach(next -> pairs.add(new int[] {position[node], position[next]}));
      }
      for (int i = 0; i < pairs.size(); i++) {
        for (int j = i + 1; j < pairs.size(); j++) {
          int[] a = pairs.get(i);
          int[] b = pairs.get(j);
          count += (long) (a[0] - b[0]) * (a[1] - b[1]) < 0 ? 1 : 0;
        }
      }
    }
    return count;
  }

  private double width(int node) {
    return node < real ? width[node] : 0;
  }

  private double height(int node) {
    return node < real ? height[node] : 6;
  }

  private void place() {
    x = new double[layer.length];
    y = new double[layer.length];
    double left = 0;
    for (List<Integer> each : layers) {
      double widest = each.stream().mapToDouble(this::width).max().orElse(0);
      double top = 0;
      for (int node : each) {
        x[node] = left + widest / 2;
        y[node] = top + height(node) / 2;
        top += height(node) + NODE_GAP;
      }
      left += widest + LAYER_GAP;
    }
    for (int round = 0; round < 24; round++) {
      for (int i = 0; i < layers.size(); i++) {
        align(layers.get(round % 2 == 0 ? i : layers.size() - 1 - i));
      }
    }
    double top = Double.MAX_VALUE;
    for (int node = 0; node < layer.length; node++) {
      top = Math.min(top, y[node] - height(node) / 2);
    }
    for (int node = 0; node < layer.length; node++) {
      y[node] -= top;
    }
  }

  /**
   * Moves the nodes of a layer as near as they can to the middle of their neighbours, in their
   * order and without touching: pool adjacent violators.
   */
  private void align(List<Integer> nodes) {
    int n = nodes.size();
    double[] offset = new double[n];
    double[] sum = new double[n];
    int[] count = new int[n];
    int blocks = 0;
    for (int i = 0; i < n; i++) {
      int node = nodes.get(i);
      if (i > 0) {
        int above = nodes.get(i - 1);
        offset[i] = offset[i - 1] + (height(above) + height(node)) / 2 + NODE_GAP;
      }
      double wish = 0;
      int near = 0;
      for (List<Integer> side : List.of(before.get(node), after.get(node))) {
        for (int other : side) {
          wish += y[other];
          near++;
        }
      }
      sum[blocks] = (near == 0 ? y[node] : wish / near) - offset[i];
      count[blocks++] = 1;
      while (blocks > 1
          && sum[blocks - 2] / count[blocks - 2] > sum[blocks - 1] / count[blocks - 1]) {
        sum[blocks - 2] += sum[blocks - 1];
        count[blocks - 2] += count[blocks - 1];
        blocks--;
      }
    }
    int i = 0;
    for (int block = 0; block < blocks; block++) {
      for (int k = 0; k < count[block]; k++, i++) {
        y[nodes.get(i)] = sum[block] / count[block] + offset[i];
      }
    }
  }

  /** The middle of a node. */
  Point node(int node) {
    return new Point(x[node], y[node]);
  }

  /** Where an edge goes. */
  Way way(int edge) {
    List<Point> points = new ArrayList<>();
    List<Integer> chain = chains.get(edge);
    for (int i = 0; i < chain.size(); i++) {
      int node = chain.get(i);
      double half = width(node) / 2;
      if (i > 0) {
        points.add(new Point(x[node] - half, y[node]));
      }
      if (i < chain.size() - 1 && (i == 0 || half > 0)) {
        points.add(new Point(x[node] + half, y[node]));
      }
    }
    return new Way(points, turned[edge]);
  }

  double width() {
    double right = 0;
    for (int node = 0; node < real; node++) {
      right = Math.max(right, x[node] + width(node) / 2);
    }
    return right;
  }

  double height() {
    double bottom = 0;
    for (int node = 0; node < layer.length; node++) {
      bottom = Math.max(bottom, y[node] + height(node) / 2);
    }
    return bottom;
  }
}
