package io.stagepost.dlq.cli;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Writes a result that is one JSON document, in the form that was asked for. */
final class Document {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Document() {}

  /** Writes it as JSON, as a line of JSON, or, in CSV, as its fields and their values. */
  static void print(ObjectNode document, Output output) {
    switch (output.format()) {
      case CSV -> {
        try (Rows rows =
            output.rows(List.of(Column.name("field", "FIELD"), Column.text("value", "VALUE")))) {
          flatten(rows, "", document);
        }
      }
      case NDJSON -> output.out().println(JSON.writeValueAsString(document));
      default ->
          output
              .out()
              .println(
                  JSON.writer()
                      .with(SerializationFeature.INDENT_OUTPUT)
                      .writeValueAsString(document));
    }
  }

  /** Fields by their path, such as {@code failure.reason}. */
  private static void flatten(Rows rows, String path, JsonNode node) {
    if (node.isObject()) {
      node.properties()
          .forEach(
              field ->
                  flatten(
                      rows,
                      path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                      field.getValue()));
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        flatten(rows, path + "." + i, node.get(i));
      }
    } else if (!node.isNull()) {
      rows.add(path, node.asString());
    }
  }
}
