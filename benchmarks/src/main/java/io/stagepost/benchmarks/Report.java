package io.stagepost.benchmarks;

import io.stagepost.benchmarks.Series.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The figures, for people and for programs. */
final class Report {
  /** What a row came to. */
  record Measured(Row row, Series ours, List<Series> others) {}

  private final List<Measured> rows = new ArrayList<>();

  void add(Measured row) {
    rows.add(row);
  }

  /** A Markdown table: min / median / max of each, and of the ratio of each round. */
  String markdown() {
    StringBuilder text = new StringBuilder();
    text.append(
        "| row | against | ratio | target | ours/s | theirs/s | CPU µs/event | again | order broken |\n");
    text.append("|---|---|---|---|---|---|---|---|---|\n");
    for (Measured row : rows) {
      for (Series other : row.others) {
        Spread ratio = other.ratioOf(row.ours);
        text.append(
            String.format(
                Locale.ROOT,
                "| %s (%,d events) | %s | %s | %s | %s | %s | %.1f : %.1f | %d : %d | %d : %d |%n",
                row.row.what(),
                row.row.load().events(),
                other.name(),
                ratio.text("%.2f"),
                judged(ratio, other.target()),
                row.ours.rates().text("%,.0f"),
                other.rates().text("%,.0f"),
                row.ours.cpuMicros().median(),
                other.cpuMicros().median(),
                row.ours.duplicates(),
                other.duplicates(),
                row.ours.outOfOrder(),
                other.outOfOrder()));
      }
    }
    return text.toString();
  }

  private static String judged(Spread ratio, @Nullable Double target) {
    return target == null
        ? ""
        : String.format(
            Locale.ROOT, "≥ %.2f, %s", target, ratio.median() >= target ? "met" : "missed");
  }

  String json() {
    return rows.stream().map(Report::json).collect(Collectors.joining(",\n", "[\n", "\n]\n"));
  }

  private static String json(Measured row) {
    return String.format(
        Locale.ROOT,
        "  {\"name\": \"%s\", \"unit\": \"events/s\",%n"
            + "   \"ours\": %s,%n   \"others\": %s,%n   \"ratio\": %s,%n   \"target\": %s}",
        row.row.name(),
        json(row.ours.rates(), "%.1f"),
        byPeer(row.others, other -> json(other.rates(), "%.1f")),
        byPeer(row.others, other -> json(other.ratioOf(row.ours), "%.4f")),
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
        "{\"min\": " + number + ", \"median\": " + number + ", \"max\": " + number + "}",
        spread.min(),
        spread.median(),
        spread.max());
  }
}
