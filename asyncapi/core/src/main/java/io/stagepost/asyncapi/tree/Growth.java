package io.stagepost.asyncapi.tree;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A tree while it is read: counts what it has, and refuses what is too much. Not thread-safe. */
final class Growth {
  /** The most characters that a number may be written with. */
  private static final int NUMBER_LENGTH = 1_000;

  /** The largest power of ten by which the point of a number may be shifted. */
  private static final int EXPONENT = 9_999;

  private final String file;
  private final List<Problem> problems = new ArrayList<>();
  private int nodes;

  Growth(String file) {
    this.file = file;
  }

  Place place(int line, int column) {
    return new Place(file, line, column);
  }

  List<Problem> problems() {
    return problems;
  }

  void problem(String rule, Place place, Pointer pointer, String message, String remedy)
      throws MalformedException {
    problems.add(new Problem(rule, place, pointer, message, remedy));
    if (problems.size() > TreeReader.PROBLEMS) {
      throw new MalformedException(
          new Problem(
              "limit",
              place,
              pointer,
              "more than " + TreeReader.PROBLEMS + " problems in one file",
              "Mend those before it first."));
    }
  }

  static MalformedException malformed(
      String rule, Place place, Pointer pointer, String message, String remedy) {
    return new MalformedException(new Problem(rule, place, pointer, message, remedy));
  }

  /** To be called for every node, before what it holds is read. */
  void grow(Place place, Pointer pointer) throws MalformedException {
    if (++nodes > TreeReader.NODES) {
      throw malformed(
          "limit",
          place,
          pointer,
          "more than " + TreeReader.NODES + " values in one file, aliases counted as often as used",
          "Split the document, and repeat less by aliases.");
    }
    if (pointer.depth() > TreeReader.DEPTH) {
      throw malformed(
          "limit",
          place,
          Pointer.ROOT,
          "nested deeper than " + TreeReader.DEPTH + " levels",
          "Nest less: move inner schemas to components and refer to them.");
    }
  }

  /** A number, exact, or a problem and zero. */
  Node number(String text, Place place, Pointer pointer) throws MalformedException {
    if (text.length() > NUMBER_LENGTH) {
      return absurd("a number of " + text.length() + " characters", place, pointer);
    }
    BigDecimal number;
    try {
      number = new BigDecimal(text);
    } catch (NumberFormatException e) { // an exponent beyond int
      return absurd("the number " + text, place, pointer);
    }
    long scale = number.scale();
    if (Math.abs(scale) > EXPONENT) {
      return absurd("the number " + text, place, pointer);
    }
    return Node.number(place, pointer, number);
  }

  private Node absurd(String what, Place place, Pointer pointer) throws MalformedException {
    problem(
        "limit",
        place,
        pointer,
        what
            + " is beyond the limits ("
            + NUMBER_LENGTH
            + " characters, exponents to "
            + EXPONENT
            + ")",
        "Write a smaller number, or a string.");
    return Node.number(place, pointer, BigDecimal.ZERO);
  }

  /** A copy of a tree at another pointer. */
  Node copy(Node node, Pointer to) throws MalformedException {
    grow(node.place(), to);
    switch (node.kind()) {
      case OBJECT -> {
        Map<String, Node> members = new LinkedHashMap<>();
        Map<String, Place> keys = new LinkedHashMap<>();
        for (Map.Entry<String, Node> member : node.members().entrySet()) {
          String key = member.getKey();
          members.put(key, copy(member.getValue(), to.child(key)));
          keys.put(key, node.keyPlace(key));
        }
        return Node.object(node.place(), to, members, keys);
      }
      case ARRAY -> {
        List<Node> items = new ArrayList<>();
        for (Node item : node.items()) {
          items.add(copy(item, to.child(String.valueOf(items.size()))));
        }
        return Node.array(node.place(), to, items);
      }
      default -> {
        return node.moved(to);
      }
    }
  }

  /** Adds a member, or a problem if its key is there already. */
  void put(Map<String, Node> members, Map<String, Place> keys, String key, Place at, Node value)
      throws MalformedException {
    Place first = keys.putIfAbsent(key, at);
    if (first == null) {
      members.put(key, value);
    } else {
      problem(
          "duplicate-key",
          at,
          value.pointer(),
          "the key "
              + shortened(key)
              + " stands here and in line "
              + first.line()
              + " of the same object",
          "Keep one of them.");
    }
  }

  static String shortened(String text) {
    return "'" + (text.length() > 60 ? text.substring(0, 60) + "…" : text) + "'";
  }
}
