package io.stagepost.dlq.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table for people. The first rows say how wide the columns are. Where they do not fit, texts are
 * cut; where that is not enough, each result is a block, a line for each of its values.
 */
final class Table implements Rows {
  private static final int LOOK_AHEAD = 500;
  private static final int LEAST = 8;
  private static final String GAP = "  ";

  private final List<Column> columns;
  private final PrintWriter out;
  private final int width;
  private final Style style;
  private final List<List<String>> waiting = new ArrayList<>();
  private int @Nullable [] widths;
  private boolean stacked;
  private boolean begun;

  Table(List<Column> columns, PrintWriter out, int width, Style style) {
    this.columns = columns;
    this.out = out;
    this.width = width;
    this.style = style;
  }

  @Override
  public void add(@Nullable Object... values) {
    List<String> row = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      row.add(columns.get(i).show(values[i]));
    }
    if (widths == null) {
      waiting.add(row);
      if (waiting.size() == LOOK_AHEAD) {
        begin();
      }
    } else {
      print(row, widths);
    }
  }

  @Override
  public void close() {
    if (widths == null && !waiting.isEmpty()) {
      begin();
    }
  }

  private void begin() {
    int[] needed = new int[columns.size()];
    int sum = GAP.length() * (needed.length - 1);
    for (int i = 0; i < needed.length; i++) {
      needed[i] = columns.get(i).title().length();
      for (List<String> row : waiting) {
        needed[i] = Math.max(needed[i], row.get(i).length());
      }
      sum += needed[i];
    }
    for (int over = sum - width; over > 0; over--) {
      int widest = widest(needed);
      if (widest < 0) {
        stacked = true;
        break;
      }
      needed[widest]--;
    }
    widths = needed;
    if (!stacked) {
      print(columns.stream().map(Column::title).toList(), needed);
    }
    waiting.forEach(row -> print(row, needed));
    waiting.clear();
  }

  /** The widest column that may become narrower; -1 if none may. */
  private int widest(int[] needed) {
    int widest = -1;
    for (int i = 0; i < needed.length; i++) {
      if (columns.get(i).mayBeCut()
          && needed[i] > LEAST
          && (widest < 0 || needed[i] > needed[widest])) {
        widest = i;
      }
    }
    return widest;
  }

  private void print(List<String> row, int[] needed) {
    if (stacked) {
      printBlock(row);
      return;
    }
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < needed.length; i++) {
      String cell = cut(row.get(i), needed[i]);
      String space = " ".repeat(Math.max(0, needed[i] - cell.length()));
      boolean toTheRight = columns.get(i).kind() == Column.Kind.NUMBER;
      line.append(i == 0 ? "" : GAP).append(toTheRight ? space + cell : cell + space);
    }
    String text = line.toString().stripTrailing();
    out.print((begun ? text : style.bold(text)) + "\n");
    begun = true;
  }

  private void printBlock(List<String> row) {
    int titles = columns.stream().mapToInt(column -> column.title().length()).max().orElse(0);
    out.print(begun ? "\n" : "");
    begun = true;
    for (int i = 0; i < row.size(); i++) {
      if (!row.get(i).isEmpty()) {
        String title = columns.get(i).title();
        String space = " ".repeat(titles - title.length()) + GAP;
        wrap(row.get(i), title, space, titles + GAP.length());
      }
    }
  }

  private void wrap(String text, String title, String space, int indent) {
    int room = Math.max(LEAST, width - indent);
    for (int at = 0; at < text.length(); at += room) {
      String piece = text.substring(at, Math.min(text.length(), at + room));
      out.print(at == 0 ? style.bold(title) + space + piece : " ".repeat(indent) + piece);
      out.print("\n");
    }
  }

  private static String cut(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length - 1) + "\u2026";
  }
}
