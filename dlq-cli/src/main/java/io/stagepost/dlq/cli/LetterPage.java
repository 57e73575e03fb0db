package io.stagepost.dlq.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** A letter's document for people: sections of names and values, wrapped where a line ends. */
final class LetterPage {
  private static final JsonMapper PRETTY =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private static final int DUMPED = 2_048;
  private static final int LEAST = 8;
  private static final String INDENT = "  ";

  private final PrintWriter out;
  private final int width;
  private final Style style;

  LetterPage(Output output) {
    this.out = output.out();
    this.width = output.width();
    this.style = output.style();
  }

  void print(JsonNode document, ShownPayload payload) {
    for (String field : List.of("letter", "state", "time", "key", "traceId", "unreadable")) {
      field("", field, document.path(field), 10);
    }
    section("event", document.path("event"), List.of());
    section("failure", document.path("failure"), List.of("stackTrace"));
    title("hops");
    for (JsonNode hop : document.path("hops")) {
      String time = hop.path("time").asString("");
      wrapped(INDENT + (time.isEmpty() ? "?" : time) + INDENT, hop.path("what").asString());
    }
    headers(document.path("headers"));
    payload(payload);
    JsonNode trace = document.path("failure").path("stackTrace");
    if (trace.isString()) {
      title("stack trace");
      trace.asString().lines().forEach(line -> wrapped(INDENT, line.replace("\t", INDENT)));
    }
  }

  private void headers(JsonNode headers) {
    boolean titled = false;
    for (JsonNode header : headers) {
      String name = header.path("name").asString();
      if (!isToldElsewhere(name)) {
        if (!titled) {
          title("headers");
          titled = true;
        }
        JsonNode hex = header.path("hex");
        wrapped(
            INDENT + Column.harmless(name) + ": ",
            hex.isMissingNode() ? header.path("value").asString("") : "0x" + hex.asString());
      }
    }
  }

  /** Failure headers are told as the failure, and attributes as the event. */
  private static boolean isToldElsewhere(String header) {
    return header.startsWith("stagepost-")
        || header.startsWith("ce_")
        || header.startsWith("cloudEvents:");
  }

  private void payload(ShownPayload payload) {
    title("payload, " + payload.form() + ", " + Words.count(payload.bytes().length, "byte"));
    if (payload.schema() != null) {
      wrapped(INDENT + "by ", payload.schema());
    }
    if (payload.why() != null) {
      wrapped(INDENT + style.yellow("note:") + " ", payload.why());
    }
    if (payload.data() != null) {
      lines(PRETTY.writeValueAsString(payload.data()));
    } else if (payload.text() != null) {
      lines(payload.text());
    } else {
      Hex.dump(payload.bytes(), DUMPED).forEach(line -> wrapped(INDENT, line));
    }
  }

  private void lines(String text) {
    text.lines().forEach(line -> wrapped(INDENT, line));
  }

  private void title(String text) {
    out.print("\n" + style.bold(text) + "\n");
  }

  private void section(String title, JsonNode fields, List<String> without) {
    if (!fields.isObject()) {
      return;
    }
    title(title);
    int longest =
        fields.properties().stream().mapToInt(field -> field.getKey().length()).max().orElse(0);
    for (Map.Entry<String, JsonNode> field : fields.properties()) {
      if (!without.contains(field.getKey())) {
        field(INDENT, field.getKey(), field.getValue(), longest);
      }
    }
  }

  private void field(String indent, String name, @Nullable JsonNode value, int longest) {
    if (value != null && !value.isNull() && !value.isMissingNode()) {
      String space = " ".repeat(Math.max(0, longest - name.length()));
      wrapped(indent + name + space + INDENT, value.asString());
    }
  }

  private void wrapped(String before, String value) {
    String text = Column.harmless(value).replace('\n', ' ');
    int indent = before.replaceAll("\u001b\\[\\d+m", "").length();
    int hanging = indent > width / 2 ? INDENT.length() * 2 : indent;
    int room = width == Integer.MAX_VALUE ? width : width - indent;
    if (room < LEAST) { // the value begins on a line of its own
      out.print(before.stripTrailing() + "\n" + " ".repeat(hanging));
      room = width - hanging;
    } else {
      out.print(before);
    }
    String rest = text;
    while (rest.length() > room) {
      int end = Table.end(rest, room);
      out.print(rest.substring(0, end).stripTrailing() + "\n" + " ".repeat(hanging));
      rest = rest.substring(end).stripLeading();
      room = width - hanging;
    }
    out.print(rest + "\n");
  }
}
