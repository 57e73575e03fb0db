package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.Place;
import io.stagepost.asyncapi.tree.Pointer;
import io.stagepost.asyncapi.tree.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * One thing that is wrong with a contract. Sorted by file, line, column, and rule.
 *
 * @param ruleId the stable id of the rule, as {@code docs/contracts/rules.md} lists it
 * @param severity how bad it is
 * @param file the file, as it was named, or a URL
 * @param line from 1
 * @param column from 1
 * @param pointer the JSON pointer in that file; empty for the whole document
 * @param message what is wrong, with the value
 * @param remedy what to do
 */
public record Finding(
    String ruleId,
    Severity severity,
    String file,
    int line,
    int column,
    String pointer,
    String message,
    String remedy)
    implements Comparable<Finding> {
  private static final Comparator<Finding> ORDER =
      Comparator.comparing(Finding::file)
          .thenComparingInt(Finding::line)
          .thenComparingInt(Finding::column)
          .thenComparing(Finding::ruleId)
          .thenComparing(Finding::pointer)
          .thenComparing(Finding::message);

  static Finding at(Node node, String ruleId, Severity severity, String message, String remedy) {
    return at(node.place(), node.pointer(), ruleId, severity, message, remedy);
  }

  /** At a key of an object, rather than at its value. */
  static Finding atKey(
      Node object, String key, String ruleId, Severity severity, String message, String remedy) {
    Node value = object.get(key);
    Pointer pointer = value == null ? object.pointer().child(key) : value.pointer();
    return at(object.keyPlace(key), pointer, ruleId, severity, message, remedy);
  }

  static Finding at(
      Place place,
      Pointer pointer,
      String ruleId,
      Severity severity,
      String message,
      String remedy) {
    return new Finding(
        ruleId,
        severity,
        place.file(),
        place.line(),
        place.column(),
        pointer.toString(),
        message,
        remedy);
  }

  static Finding of(Problem problem) {
    return at(
        problem.place(),
        problem.pointer(),
        problem.rule(),
        Severity.ERROR,
        problem.message(),
        problem.remedy());
  }

  /** The most findings that are told of one contract. */
  static final int MOST = 5_000;

  /**
   * In order, each once; the first ones only, and a last one that says so, if they are too many.
   */
  static List<Finding> sorted(Collection<Finding> findings) {
    List<Finding> all = findings.stream().distinct().sorted().toList();
    if (all.size() <= MOST + 1) {
      return all;
    }
    List<Finding> told = new ArrayList<>(all.subList(0, MOST));
    Finding next = all.get(MOST);
    told.add(
        new Finding(
            "limit",
            Severity.ERROR,
            next.file(),
            next.line(),
            next.column(),
            next.pointer(),
            "here and further on " + (all.size() - MOST) + " more findings are left out",
            "Mend those before it first."));
    return List.copyOf(told);
  }

  /**
   * By place, then rule.
   *
   * @param other the other
   * @return as {@link Comparable} says
   */
  @Override
  public int compareTo(Finding other) {
    return ORDER.compare(this, other);
  }
}
