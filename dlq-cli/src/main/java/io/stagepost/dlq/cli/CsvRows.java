package io.stagepost.dlq.cli;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** RFC 4180. A value that is not there is empty. */
final class CsvRows implements Rows {
  private final PrintWriter out;

  CsvRows(List<Column> columns, PrintWriter out) {
    this.out = out;
    line(columns.stream().map(Column::name).toArray());
  }

  @Override
  public void add(@Nullable Object... values) {
    line(values);
  }

  private void line(@Nullable Object... values) {
    out.print(Arrays.stream(values).map(CsvRows::cell).collect(Collectors.joining(",")) + "\r\n");
  }

  private static String cell(@Nullable Object value) {
    String text = value == null ? "" : value.toString();
    return text.matches("[^\",\r\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
  }

  @Override
  public void close() {}
}
