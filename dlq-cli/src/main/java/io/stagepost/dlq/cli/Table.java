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

  private List<Column> columns;
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
      leaveOutEmpty();
      begin();
    }
  }

  /** Columns in which nothing stands; done only once all rows are known. */
  private void leaveOutEmpty() {
    List<Column> kept = new ArrayList<>();
    List<List<String>> rows = new ArrayList<>();
    waiting.forEach(row -> rows.add(new ArrayList<>()));
    for (int i = 0; i < columns.size(); i++) {
      int column = i;
      if (waiting.stream().anyMatch(row -> !row.get(column).isEmpty())) {
        kept.add(columns.get(i));
        for (int row = 0; row < rows.size(); row++) {
          rows.get(row).add(waiting.get(row).get(i));
        }
      }
    }
    columns = kept;
    waiting.clear();
    waiting.addAll(rows);
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
      String cell = columns.get(i).cut(row.get(i), needed[i]);
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
    String rest = text;
    for (boolean first = true; !rest.isEmpty(); first = false) {
      int end = end(rest, room);
      out.print(first ? style.bold(title) + space : " ".repeat(indent));
      out.print(rest.substring(0, end).stripTrailing() + "\n");
      rest = rest.substring(end).stripLeading();
    }
  }

  /** Behind the last word that there is room for; within a word that is longer than that. */
  static int end(String text, int room) {
    if (text.length() <= room) {
      return text.length();
    }
    int space = text.lastIndexOf(' ', room);
    return space > room / 2 ? space : room;
  }
}
