package io.stagepost.asyncapi.tree;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Schemas that list their own subtypes, as several generators of AsyncAPI write them: a base names
 * its subtypes by {@code oneOf}, and each of them takes the base over by {@code allOf}. To the
 * letter that never ends. What is meant: a subtype has what the base has, without the choice
 * between subtypes. Not thread-safe; for one document.
 */
public final class Inheritance {
  private static final List<String> ALTERNATIVES = List.of("oneOf", "anyOf");

  /** The most schemas that are looked at below one base. */
  private static final int SCHEMAS = 1_000;

  private final Function<Node, @Nullable Node> follow;
  private final IdentityHashMap<Node, Set<String>> subtypes = new IdentityHashMap<>();

  /**
   * Among the schemas of a document.
   *
   * @param follow gives where a schema's references end; null if they lead nowhere
   */
  public Inheritance(Function<Node, @Nullable Node> follow) {
    this.follow = follow;
  }

  /**
   * What a schema takes over of a part of its {@code allOf}.
   *
   * @param schema the schema
   * @param part the part, no reference
   * @return the part; without its alternatives if the schema is one of them, or one of them takes
   *     it over
   */
  public Node inherited(Node schema, Node part) {
    if (!isSubtype(schema, part)) {
      return part;
    }
    Map<String, Node> members = new LinkedHashMap<>(part.members());
    members.keySet().removeAll(ALTERNATIVES);
    members.remove("discriminator");
    return Node.object(part.place(), part.pointer(), members, Map.of());
  }

  /**
   * Whether a schema is among the alternatives of another, and takes that over by {@code allOf}.
   *
   * @param schema the schema, no reference
   * @param base the other, no reference
   * @return whether it is a subtype that its base lists
   */
  public boolean isListed(Node schema, Node base) {
    return isSubtype(schema, base) && takenOver(List.of(schema)).contains(key(base));
  }

  private boolean isSubtype(Node schema, Node base) {
    if (ALTERNATIVES.stream().allMatch(keyword -> base.get(keyword) == null)) {
      return false;
    }
    return subtypes.computeIfAbsent(base, this::listed).contains(key(schema));
  }

  private Set<String> listed(Node base) {
    Deque<Node> alternatives = new ArrayDeque<>();
    for (String keyword : ALTERNATIVES) {
      Node listed = base.get(keyword);
      if (listed != null) {
        alternatives.addAll(listed.items());
      }
    }
    return takenOver(alternatives);
  }

  /** Schemas, and what they take over by {@code allOf}. */
  private Set<String> takenOver(Iterable<Node> schemas) {
    Deque<Node> waiting = new ArrayDeque<>();
    schemas.forEach(waiting::add);
    Set<String> takenOver = new HashSet<>();
    while (!waiting.isEmpty() && takenOver.size() < SCHEMAS) {
      Node schema = follow.apply(waiting.remove());
      if (schema != null && takenOver.add(key(schema))) {
        Node all = schema.get("allOf");
        if (all != null) {
          waiting.addAll(all.items());
        }
      }
    }
    return takenOver;
  }

  private static String key(Node node) {
    return node.place() + " " + node.pointer();
  }
}
