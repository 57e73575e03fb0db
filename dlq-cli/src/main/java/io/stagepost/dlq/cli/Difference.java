package io.stagepost.dlq.cli;

import io.cloudevents.CloudEvent;
import io.stagepost.dlq.Letter;
import io.stagepost.schema.Masking;
import io.stagepost.spi.Header;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is different between a letter and an edited copy, header by header and member by member.
 * Values that are masked are found to differ, and are not shown.
 *
 * @param edited the copy
 * @param parts what is different in it
 */
record Difference(Letter edited, List<Part> parts) {
  private static final int DUMPED = 2_048;

  /**
   * A part that is different.
   *
   * @param where a header, or a place in the payload: as a JSON Pointer, a line, or an offset
   * @param before null if it was not there
   * @param after null if it is not there any more
   */
  record Part(String where, @Nullable String before, @Nullable String after) {}

  /**
   * Compares.
   *
   * @param plain decodes payloads, and masks nothing
   * @param masked decodes them as they may be shown
   */
  static Difference of(Letter before, Letter after, Payloads plain, Payloads masked) {
    List<Part> parts = new ArrayList<>();
    Map<String, String> ago = headers(before);
    Map<String, String> now = headers(after);
    compare(parts, "header ", ago, now, hidden(ago), hidden(now));
    compare(
        parts,
        "payload ",
        lines(plain.of(before)),
        lines(plain.of(after)),
        lines(masked.of(before)),
        lines(masked.of(after)));
    return new Difference(after, parts);
  }

  /** For people: what was there after a minus, and what will be after a plus. */
  void print(PrintWriter to) {
    CloudEvent event = edited.event();
    if (event != null) {
      to.println("id            " + event.getId());
      to.println("editof        " + event.getExtension("editof"));
    }
    to.println("bytes         " + EditCommand.payload(edited).length);
    for (Part part : parts) {
      line(to, "- ", part.where(), part.before());
      line(to, "+ ", part.where(), part.after());
    }
    to.flush();
  }

  private static void line(PrintWriter to, String sign, String where, @Nullable String value) {
    if (value != null) {
      to.println(sign + Column.harmless(where + ": " + value).replace('\n', ' '));
    }
  }

  /** As one JSON document. The names of its fields are stable. */
  ObjectNode document() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    CloudEvent event = edited.event();
    node.put("letter", LetterName.of(edited).toString());
    node.put("id", event == null ? null : event.getId());
    node.put("editof", event == null ? null : String.valueOf(event.getExtension("editof")));
    node.put("bytes", EditCommand.payload(edited).length);
    ArrayNode changes = node.putArray("changes");
    for (Part part : parts) {
      changes
          .addObject()
          .put("where", part.where())
          .put("before", part.before())
          .put("after", part.after());
    }
    return node;
  }

  private static void compare(
      List<Part> parts,
      String what,
      Map<String, String> before,
      Map<String, String> after,
      Map<String, String> shownBefore,
      Map<String, String> shownAfter) {
    Set<String> names = new LinkedHashSet<>(before.keySet());
    names.addAll(after.keySet());
    for (String name : names) {
      if (!Objects.equals(before.get(name), after.get(name))) {
        parts.add(
            new Part(
                (what + name).strip(),
                shown(name, before, shownBefore),
                shown(name, after, shownAfter)));
      }
    }
  }

  /** What is masked as a whole has no such place. */
  private static @Nullable String shown(
      String name, Map<String, String> there, Map<String, String> shown) {
    return there.containsKey(name) ? shown.getOrDefault(name, Masking.MASK) : null;
  }

  private static Map<String, String> headers(Letter letter) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (Header header : letter.message().headers()) {
      byte[] value = header.value() == null ? new byte[0] : header.value();
      String text = Hex.text(value);
      headers.merge(
          header.name(),
          text == null ? "0x" + HexFormat.of().formatHex(value) : text,
          (first, second) -> first + ", " + second);
    }
    return headers;
  }

  private static Map<String, String> hidden(Map<String, String> headers) {
    Map<String, String> hidden = new LinkedHashMap<>(headers);
    hidden.replaceAll((name, value) -> Secrets.isSecret(name) ? Secrets.MASK : value);
    return hidden;
  }

  private static Map<String, String> lines(ShownPayload payload) {
    Map<String, String> lines = new LinkedHashMap<>();
    if (payload.data() != null) {
      flatten(lines, "", payload.data());
    } else if (payload.text() != null) {
      payload.text().lines().forEach(line -> lines.put("line " + (lines.size() + 1), line));
    } else {
      Hex.dump(payload.bytes(), DUMPED)
          .forEach(line -> lines.put("dump " + (lines.size() + 1), line));
    }
    return lines;
  }

  private static void flatten(Map<String, String> lines, String pointer, JsonNode node) {
    if (node.isEmpty()) { // a value, or an object or array without any
      lines.put(pointer, node.toString());
    } else if (node.isObject()) {
      node.properties()
          .forEach(
              member ->
                  flatten(
                      lines,
                      pointer + "/" + member.getKey().replace("~", "~0").replace("/", "~1"),
                      member.getValue()));
    } else {
      for (int i = 0; i < node.size(); i++) {
        flatten(lines, pointer + "/" + i, node.get(i));
      }
    }
  }
}
