package io.stagepost.asyncapi.catalogue;

import io.stagepost.asyncapi.tree.Node;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Values of extensions in words. */
final class Words {
  private Words() {}

  /** A text as it is, a duration in its units, an object as a list of its members. */
  static String of(Node node) {
    if (node.isObject()) {
      return node.members().entrySet().stream()
          .map(Words::member)
          .collect(Collectors.joining(", "));
    }
    if (node.isArray()) {
      return node.items().stream().map(Words::of).collect(Collectors.joining("; "));
    }
    String text = node.text();
    return text == null ? JsonText.line(node) : duration(text);
  }

  private static String member(Map.Entry<String, Node> member) {
    String name =
        member.getKey().replaceAll("([a-z])([A-Z])", "$1 $2").toLowerCase(java.util.Locale.ROOT);
    Node value = member.getValue();
    String words = of(value);
    return value.isObject() ? name + " (" + words + ")" : name + " " + words;
  }

  /** A duration as people write it; any other text as it is. */
  static String duration(String text) {
    if (!text.startsWith("P")) {
      return text;
    }
    try {
      return of(Duration.parse(text));
    } catch (DateTimeException e) {
      return text;
    }
  }

  static String of(Duration duration) {
    List<String> parts = new ArrayList<>();
    part(parts, duration.toDaysPart(), "d");
    part(parts, duration.toHoursPart(), "h");
    part(parts, duration.toMinutesPart(), "min");
    if (duration.toSecondsPart() != 0) {
      String fraction =
          java.math.BigDecimal.valueOf(duration.toSecondsPart())
              .add(java.math.BigDecimal.valueOf(duration.toNanosPart(), 9))
              .stripTrailingZeros()
              .toPlainString();
      parts.add(fraction + " s");
    } else if (duration.toNanosPart() != 0) {
      parts.add(
          java.math.BigDecimal.valueOf(duration.toNanosPart(), 6)
                  .stripTrailingZeros()
                  .toPlainString()
              + " ms");
    }
    return parts.isEmpty() ? "0 s" : String.join(" ", parts);
  }

  private static void part(List<String> parts, long value, String unit) {
    if (value != 0) {
      parts.add(value + " " + unit);
    }
  }

  static String count(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }
}
