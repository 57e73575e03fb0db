package io.stagepost.benchmarks;

import io.stagepost.benchmarks.Series.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The figures, for people and for programs. */
public final class Report {
  /** What is measured. */
  public enum Unit {
    /** More is better. */
    PER_SECOND("/s", "%,.0f", "events/s"),
    /** Less is better. */
    MILLIS(" ms", "%.2f", "ms");

    private final String heading;
    private final String format;
    private final String name;

    Unit(String heading, String format, String name) {
      this.heading = heading;
      this.format = format;
      this.name = name;
    }
  }

  /**
   * What a row came to.
   *
   * @param name for programs
   * @param what was done, for people
   * @param unit of the series' values
   * @param ours our series
   * @param others those that it is compared with
   */
  public record Measured(String name, String what, Unit unit, Series ours, List<Series> others) {
    private Spread ratio(Series other) {
      return other.ratioOf(ours, unit == Unit.MILLIS);
    }
  }

  private final List<Measured> rows = new ArrayList<>();

  /**
   * Adds a row.
   *
   * @param row what it came to
   */
  public void add(Measured row) {
    rows.add(row);
  }

  /**
   * Markdown tables, one for each unit: min / median / max of each, and of the ratio of each round.
   *
   * @return empty without rows
   */
  public String markdown() {
    StringBuilder text = new StringBuilder();
    for (Unit unit : Unit.values()) {
      List<Measured> some = rows.stream().filter(row -> row.unit == unit).toList();
      if (!some.isEmpty()) {
        text.append(table(unit, some)).append('\n');
      }
    }
    return text.toString();
  }

  private static StringBuilder table(Unit unit, List<Measured> rows) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "| row | against | ratio | target | ours%s | theirs%s | CPU µs/event | again | order broken |%n",
            unit.heading,
            unit.heading));
    text.append("|---|---|---|---|---|---|---|---|---|\n");
    for (Measured row : rows) {
      if (row.others.isEmpty()) {
        text.append(
            String.format(
                Locale.ROOT,
                "| %s |  |  |  | %s |  | %.1f | %d | %d |%n",
                row.what,
                row.ours.values().text(unit.format),
                row.ours.cpuMicros().median(),
                row.ours.duplicates(),
                row.ours.outOfOrder()));
      }
      for (Series other : row.others) {
        Spread ratio = row.ratio(other);
        text.append(
            String.format(
                Locale.ROOT,
                "| %s | %s | %s | %s | %s | %s | %.1f : %.1f | %d : %d | %d : %d |%n",
                row.what,
                other.name(),
                ratio.text("%.2f"),
                judged(ratio, other.target()),
                row.ours.values().text(unit.format),
                other.values().text(unit.format),
                row.ours.cpuMicros().median(),
                other.cpuMicros().median(),
                row.ours.duplicates(),
                other.duplicates(),
                row.ours.outOfOrder(),
                other.outOfOrder()));
      }
    }
    return text;
  }

  private static String judged(Spread ratio, @Nullable Double target) {
    return target == null
        ? ""
        : String.format(
            Locale.ROOT, "≥ %.2f, %s", target, ratio.median() >= target ? "met" : "missed");
  }

  /**
   * The same for programs.
   *
   * @return a JSON array
   */
  public String json() {
    return rows.stream().map(Report::json).collect(Collectors.joining(",\n", "[\n", "\n]\n"));
  }

  private static String json(Measured row) {
    return String.format(
        Locale.ROOT,
        "  {\"name\": \"%s\", \"unit\": \"%s\",%n"
            + "   \"ours\": %s,%n   \"others\": %s,%n   \"ratio\": %s,%n   \"target\": %s}",
        row.name,
        row.unit.name,
        json(row.ours.values(), "%.3f"),
        byPeer(row.others, other -> json(other.values(), "%.3f")),
        byPeer(row.others, other -> json(row.ratio(other), "%.4f")),
        byPeer(
            row.others.stream().filter(other -> other.target() != null).toList(),
            other -> String.valueOf(other.target())));
  }

  private static String byPeer(List<Series> others, Function<Series, String> value) {
    return others.stream()
        .map(other -> "\"" + other.name() + "\": " + value.apply(other))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static String json(Spread spread, String number) {
    return String.format(
        Locale.ROOT,
        "{\"min\": %s, \"median\": %s, \"max\": %s}",
        json(spread.min(), number),
        json(spread.median(), number),
        json(spread.max(), number));
  }

  /** JSON has no infinity, which is how long something took that never came. */
  private static String json(double value, String number) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, number, value) : "null";
  }
}
