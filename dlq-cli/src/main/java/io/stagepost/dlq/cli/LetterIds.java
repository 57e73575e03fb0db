package io.stagepost.dlq.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads which letters a text names: one a line, or in the column {@code letter} of CSV (RFC 4180)
 * that has a header, as {@code peek} writes it. Empty lines, and those that begin with {@code #},
 * mean nothing.
 */
final class LetterIds {
  private static final String COLUMN = "letter";

  private LetterIds() {}

  /**
   * The ids.
   *
   * @param address where the letters lie; a name may leave it out
   * @throws TypeConversionException if something in it names no letter, or one of another address
   */
  static Set<String> of(String text, String address) {
    List<List<String>> rows = rows(text.startsWith("\ufeff") ? text.substring(1) : text);
    int column = rows.isEmpty() ? -1 : rows.get(0).indexOf(COLUMN);
    if (column < 0 && rows.stream().anyMatch(row -> row.size() > 1)) {
      throw new TypeConversionException(
          "it has commas, and its first line names no column " + COLUMN + ", as peek writes it");
    }
    Set<String> ids = new TreeSet<>();
    for (List<String> row : rows.subList(column < 0 ? 0 : 1, rows.size())) {
      int at = Math.max(0, column);
      String name = at < row.size() ? row.get(at).strip() : "";
      if (!name.isEmpty()) {
        ids.add(id(name, address));
      }
    }
    return ids;
  }

  private static String id(String text, String address) {
    LetterName name = LetterName.parse(text.indexOf('@') < 0 ? address + "@" + text : text);
    if (!name.address().equals(address)) {
      throw new TypeConversionException("it names " + name + ", which does not lie at " + address);
    }
    return name.id();
  }

  /** A cell in quotes may hold commas and ends of lines. */
  private static List<List<String>> rows(String text) {
    List<List<String>> rows = new ArrayList<>();
    List<String> row = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i <= text.length(); i++) {
      char c = i == text.length() ? '\n' : text.charAt(i);
      if (c == '"') {
        boolean isDoubled = quoted && i + 1 < text.length() && text.charAt(i + 1) == '"';
        quoted = isDoubled || !quoted;
        if (isDoubled) {
          cell.append(c);
          i++;
        }
      } else if ((quoted && i < text.length()) || (c != ',' && c != '\n')) {
        cell.append(c);
      } else {
        row.add(cell.toString().strip());
        cell.setLength(0);
        if (c == '\n') {
          if (!row.get(0).startsWith("#") && (row.size() > 1 || !row.get(0).isEmpty())) {
            rows.add(row);
          }
          row = new ArrayList<>();
        }
      }
    }
    return rows;
  }
}
