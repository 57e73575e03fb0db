package io.stagepost.benchmarks.results;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Rows in Markdown. */
final class Table {
  private Table() {}

  /**
   * A line for each of those that a row is compared with, or one for ours alone; and a second
   * table, of what was done, when and where.
   */
  static String of(List<Comparison> rows) {
    StringBuilder text = new StringBuilder();
    head(text, "row", "against", "ratio", "target", "ours", "theirs", "CPU µs/event", "seen");
    for (Comparison row : rows) {
      Checks ours = row.checks().get(Comparison.OURS);
      if (row.others().isEmpty()) {
        String value = value(row.unit(), row.ours());
        line(text, row.name(), "", "", "", value, "", cpu(ours), seen(ours, null));
      }
      row.others()
          .forEach(
              (peer, theirs) -> {
                Spread ratio = requireNonNull(row.ratio().get(peer), peer);
                Checks checks = row.checks().get(peer);
                line(
                    text,
                    row.name(),
                    peer,
                    ratio.text("%.2f"),
                    judged(ratio, row.target().get(peer)),
                    value(row.unit(), row.ours()),
                    value(row.unit(), theirs),
                    cpu(ours) + (checks == null ? "" : " : " + cpu(checks)),
                    seen(ours, checks));
              });
    }
    circumstances(text, rows);
    return text.toString();
  }

  /** What each is, and when and where it was measured. */
  private static void circumstances(StringBuilder text, List<Comparison> rows) {
    text.append('\n');
    head(text, "row", "what", "measured", "commit", "JDK", "machine", "load", "rounds", "on");
    for (Comparison row : rows) {
      Circumstances measured = row.measured();
      line(
          text,
          row.name(),
          row.what() + ", " + row.amount(),
          measured.date(),
          measured.commit(),
          measured.jdk(),
          measured.machine(),
          String.valueOf(measured.load()),
          String.valueOf(measured.rounds()),
          measured.services());
    }
  }

  private static void head(StringBuilder text, String... cells) {
    line(text, cells);
    text.append("|---".repeat(cells.length)).append("|\n");
  }

  private static void line(StringBuilder text, String... cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static String value(Unit unit, Spread spread) {
    return spread.text(unit.format()) + " " + unit.text();
  }

  private static String judged(Spread ratio, @Nullable Double target) {
    return target == null
        ? ""
        : String.format(
            Locale.ROOT, "≥ %.2f, %s", target, ratio.median() >= target ? "met" : "missed");
  }

  private static String cpu(@Nullable Checks checks) {
    return checks == null ? "" : String.format(Locale.ROOT, "%.1f", checks.cpuMicros());
  }

  /** What should not have been, ours : theirs. */
  private static String seen(@Nullable Checks ours, @Nullable Checks theirs) {
    List<String> seen = new ArrayList<>();
    count(seen, "lost", ours, theirs, Checks::lost);
    count(seen, "again", ours, theirs, Checks::again);
    count(seen, "out of order", ours, theirs, Checks::disordered);
    return String.join(", ", seen);
  }

  private static void count(
      List<String> seen,
      String what,
      @Nullable Checks ours,
      @Nullable Checks theirs,
      ToLongFunction<Checks> count) {
    long first = ours == null ? 0 : count.applyAsLong(ours);
    long second = theirs == null ? 0 : count.applyAsLong(theirs);
    if (first != 0 || second != 0) {
      seen.add(String.format(Locale.ROOT, "%s %,d : %,d", what, first, second));
    }
  }
}
