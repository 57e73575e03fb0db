package io.stagepost.asyncapi.diff;

import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.tree.Node;
import java.math.BigDecimal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What was written, in words and compared. */
final class Contents {
  private static final int SHOWN = 80;
  private static final List<String> TEXTS =
      List.of("title", "summary", "description", "tags", "externalDocs", "examples");

  private Contents() {}

  static Node version(Contract contract) {
    Node info = contract.node().get("info");
    Node version = info == null ? null : info.get("version");
    return version == null ? contract.node() : version;
  }

  /** Whether a stability exempts from keeping promises. */
  static boolean isDraft(@Nullable Node stability) {
    String text = stability == null ? null : stability.text();
    return text != null && (text.equals("draft") || text.equals("alpha"));
  }

  /** Whether two values are the same; that of nobody is none. */
  static boolean same(@Nullable Node older, @Nullable Node newer) {
    if (older == null || newer == null) {
      return older == newer;
    }
    return older.sameAs(newer);
  }

  /** A value, short. */
  static String shown(@Nullable Node node) {
    if (node == null) {
      return "nothing";
    }
    String text = text(node);
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }

  private static String text(Node node) {
    return switch (node.kind()) {
      case STRING -> "'" + node.text() + "'";
      case NUMBER -> {
        BigDecimal number = node.number();
        yield number == null ? "" : number.toString();
      }
      case BOOLEAN -> String.valueOf(node.bool());
      case NULL -> "null";
      case ARRAY -> "a list of " + node.items().size();
      case OBJECT -> "{" + String.join(", ", some(node)) + "}";
    };
  }

  private static List<String> some(Node node) {
    return node.members().entrySet().stream()
        .limit(4)
        .map(e -> e.getKey() + ": " + (e.getValue().isObject() ? "{…}" : text(e.getValue())))
        .toList();
  }

  /** Tells of texts that differ, of one part. */
  static void texts(Changes changes, Scope scope, Node older, Node newer) {
    Set<String> changed = new LinkedHashSet<>();
    for (String key : TEXTS) {
      if (!same(older.get(key), newer.get(key))) {
        changed.add(key);
      }
    }
    if (!changed.isEmpty()) {
      changes.text(scope, DiffRule.TEXT, older, newer, "changed: " + String.join(", ", changed));
    }
  }

  /** Tells of extensions that are nobody's of ours. */
  static void extensions(
      Changes changes, Scope scope, Map<String, Node> older, Map<String, Node> newer) {
    Set<String> names = new LinkedHashSet<>(older.keySet());
    names.addAll(newer.keySet());
    for (String name : names) {
      Node before = older.get(name);
      Node after = newer.get(name);
      if (same(before, after) || TermsDiff.KNOWN.contains(name)) {
        continue;
      }
      if (name.equals("x-owner")) {
        changes.text(scope, DiffRule.TEXT, before, after, "changed: " + name);
      } else {
        changes.add(
            scope.of(Roles.NONE),
            DiffRule.EXTENSION,
            Effect.UNCLEAR,
            before,
            after,
            name + " goes from " + shown(before) + " to " + shown(after),
            "Look whether anybody depends on it.");
      }
    }
  }
}
