package io.stagepost.benchmarks.profile;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A method, called by the frame that has it as a child, and how many samples were taken in it or in
 * what it called. Not thread-safe.
 */
final class Frame {
  private final String name;

  /** By name, so that equal samples make equal trees, in whatever order they come. */
  private final Map<String, Frame> callees = new TreeMap<>();

  private long samples;

  Frame(String name) {
    this.name = name;
  }

  /**
   * Takes a sample that was in this frame.
   *
   * @param stack what it called, outermost first
   */
  void add(List<String> stack) {
    Frame frame = this;
    frame.samples++;
    for (String called : stack) {
      frame = frame.callees.computeIfAbsent(called, Frame::new);
      frame.samples++;
    }
  }

  String name() {
    return name;
  }

  long samples() {
    return samples;
  }

  Collection<Frame> callees() {
    return callees.values();
  }

  /** How many frames lie on top of each other among those of so many samples, this one included. */
  int depth(double least) {
    int deepest = 0;
    for (Frame callee : callees.values()) {
      if (callee.samples >= least) {
        deepest = Math.max(deepest, callee.depth(least));
      }
    }
    return deepest + 1;
  }
}
