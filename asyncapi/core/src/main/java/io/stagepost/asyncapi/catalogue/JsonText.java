package io.stagepost.asyncapi.catalogue;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.tree.Node;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Predicate;
import tools.jackson.core.io.JsonStringEncoder;

/** A value as JSON, for people. Numbers as they are; what is hidden is not written. */
final class JsonText {
  private static final String HIDDEN = "\"•••\"";
  private static final int LINE = 72;

  private final Predicate<Node> hidden;
  private final StringBuilder text = new StringBuilder();

  private JsonText(Predicate<Node> hidden) {
    this.hidden = hidden;
  }

  /** In one line. */
  static String line(Node node) {
    return line(node, n -> false);
  }

  private static String line(Node node, Predicate<Node> hidden) {
    JsonText json = new JsonText(hidden);
    json.flat(node);
    return json.text.toString();
  }

  /** Indented; what is short in one line. */
  static String of(Node node, Predicate<Node> hidden) {
    JsonText json = new JsonText(hidden);
    json.indented(node, "");
    return json.text.toString();
  }

  private void indented(Node node, String indent) {
    String flat = line(node, hidden);
    boolean isLeaf = node.members().isEmpty() && node.items().isEmpty();
    if (isLeaf
        || hidden.test(node)
        || (flat.length() + indent.length() <= LINE && !indent.isEmpty())) {
      text.append(flat);
      return;
    }
    String inner = indent + "  ";
    if (node.isArray()) {
      text.append("[\n");
      for (Iterator<Node> items = node.items().iterator(); items.hasNext(); ) {
        text.append(inner);
        indented(items.next(), inner);
        text.append(items.hasNext() ? ",\n" : "\n");
      }
      text.append(indent).append(']');
      return;
    }
    text.append("{\n");
    for (var members = node.members().entrySet().iterator(); members.hasNext(); ) {
      Map.Entry<String, Node> member = members.next();
      text.append(inner).append(quoted(member.getKey())).append(": ");
      indented(member.getValue(), inner);
      text.append(members.hasNext() ? ",\n" : "\n");
    }
    text.append(indent).append('}');
  }

  private void flat(Node node) {
    if (hidden.test(node)) {
      text.append(HIDDEN);
      return;
    }
    switch (node.kind()) {
      case OBJECT -> {
        text.append('{');
        String separator = "";
        for (Map.Entry<String, Node> member : node.members().entrySet()) {
          text.append(separator).append(quoted(member.getKey())).append(": ");
          flat(member.getValue());
          separator = ", ";
        }
        text.append('}');
      }
      case ARRAY -> {
        text.append('[');
        String separator = "";
        for (Node item : node.items()) {
          text.append(separator);
          flat(item);
          separator = ", ";
        }
        text.append(']');
      }
      case STRING -> text.append(quoted(requireNonNull(node.text())));
      case NUMBER -> text.append(requireNonNull(node.number()));
      case BOOLEAN -> text.append(requireNonNull(node.bool()));
      case NULL -> text.append("null");
    }
  }

  private static String quoted(String text) {
    return "\"" + new String(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + "\"";
  }
}
