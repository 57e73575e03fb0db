package io.stagepost.dlq.cli;

import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An array of objects, or an object a line. A value that is not there is null. */
final class JsonRows implements Rows {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final List<Column> columns;
  private final PrintWriter out;
  private final boolean isArray;
  private boolean begun;

  JsonRows(List<Column> columns, PrintWriter out, boolean isArray) {
    this.columns = columns;
    this.out = out;
    this.isArray = isArray;
  }

  @Override
  public void add(@Nullable Object... values) {
    ObjectNode object = JSON.createObjectNode();
    for (int i = 0; i < columns.size(); i++) {
      Object value = values[i];
      object.set(
          columns.get(i).name(),
          JSON.valueToTree(
              value instanceof Number || value instanceof Boolean || value == null
                  ? value
                  : value.toString()));
    }
    if (isArray) {
      out.print(begun ? ",\n  " : "[\n  ");
      out.print(JSON.writeValueAsString(object));
    } else {
      out.print(JSON.writeValueAsString(object) + "\n");
    }
    begun = true;
  }

  @Override
  public void close() {
    if (isArray) {
      out.print(begun ? "\n]\n" : "[]\n");
    }
  }
}
