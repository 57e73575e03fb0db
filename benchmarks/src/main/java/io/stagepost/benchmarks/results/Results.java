package io.stagepost.benchmarks.results;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Rows, at most one of each name, and the JSON file that keeps them. */
public final class Results {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private final Map<String, Comparison> rows = new LinkedHashMap<>();

  /** None yet. */
  public Results() {}

  /**
   * Those of a file.
   *
   * @param file which; none are in one that is not there
   * @return its rows
   */
  public static Results of(Path file) {
    Results results = new Results();
    if (Files.exists(file)) {
      Arrays.asList(MAPPER.readValue(file, Comparison[].class)).forEach(results::add);
    }
    return results;
  }

  /**
   * Adds a row; one of the same name gives way to it.
   *
   * @param row what it came to
   */
  public void add(Comparison row) {
    rows.put(row.name(), row);
  }

  /**
   * The rows, by group; within a group as they were first added.
   *
   * @return as many as there are names
   */
  public List<Comparison> rows() {
    List<Comparison> sorted = new ArrayList<>(rows.values());
    sorted.sort(Comparator.comparing(Comparison::group));
    return sorted;
  }

  /**
   * Writes these rows into a file: those of the same names that it has give way, the others stay.
   *
   * @param file which; its folder is made if it is not there
   * @return all that the file has now
   * @throws IOException if the folder cannot be made
   */
  public Results mergeInto(Path file) throws IOException {
    Results all = of(file);
    rows.values().forEach(all::add);
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(file, MAPPER.writeValueAsString(all.rows()) + "\n");
    return all;
  }

  /**
   * A Markdown table: least / median / greatest of each, and of the ratio in each round.
   *
   * @return only its head if there are no rows
   */
  public String table() {
    return Table.of(rows());
  }
}
