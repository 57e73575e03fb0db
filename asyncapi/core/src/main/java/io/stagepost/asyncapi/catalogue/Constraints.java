package io.stagepost.asyncapi.catalogue;

import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a JSON Schema says of a value, in short words. */
final class Constraints {
  private static final int VALUES = 20;

  private Constraints() {}

  static List<String> of(Node schema) {
    List<String> all = new ArrayList<>();
    Node values = schema.get("enum");
    if (values != null) {
      String more = values.items().size() > VALUES ? ", …" : "";
      all.add(
          "one of "
              + values.items().stream()
                  .limit(VALUES)
                  .map(JsonText::line)
                  .collect(Collectors.joining(", "))
              + more);
    }
    written(all, "always ", schema.get("const"));
    range(all, "", schema.get("minimum"), schema.get("maximum"), "");
    Node above = schema.get("exclusiveMinimum");
    Node below = schema.get("exclusiveMaximum");
    written(all, "> ", above != null && above.bool() != null ? null : above);
    written(all, "< ", below != null && below.bool() != null ? null : below);
    written(all, "multiple of ", schema.get("multipleOf"));
    range(all, "", schema.get("minLength"), schema.get("maxLength"), " characters");
    range(all, "", schema.get("minItems"), schema.get("maxItems"), " items");
    range(all, "", schema.get("minProperties"), schema.get("maxProperties"), " members");
    Node unique = schema.get("uniqueItems");
    if (unique != null && Boolean.TRUE.equals(unique.bool())) {
      all.add("no two alike");
    }
    String pattern = schema.text("pattern");
    if (pattern != null) {
      all.add("matches /" + pattern + "/");
    }
    written(all, "default ", schema.get("default"));
    for (String mark : List.of("readOnly", "writeOnly")) {
      Node node = schema.get(mark);
      if (node != null && Boolean.TRUE.equals(node.bool())) {
        all.add(mark.equals("readOnly") ? "read only" : "write only");
      }
    }
    return all;
  }

  private static void written(List<String> all, String words, @Nullable Node value) {
    if (value != null) {
      all.add(words + JsonText.line(value));
    }
  }

  private static void range(
      List<String> all, String before, @Nullable Node least, @Nullable Node most, String unit) {
    if (least != null && most != null) {
      boolean isOne = least.sameAs(most);
      all.add(before + JsonText.line(least) + (isOne ? "" : " to " + JsonText.line(most)) + unit);
    } else if (least != null) {
      all.add(before + "≥ " + JsonText.line(least) + unit);
    } else if (most != null) {
      all.add(before + "≤ " + JsonText.line(most) + unit);
    }
  }
}
