package io.stagepost.benchmarks.results;

import io.stagepost.benchmarks.results.Comparison.Subject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows made up for tests. */
final class Rows {
  static final Circumstances MEASURED =
      new Circumstances("2026-01-02T03:04:05Z", "abc", "Linux", "17", 0.5, 3, "Kafka");

  private Rows() {}

  static Series series(String name, @Nullable Double target, double... values) {
    Series series = new Series(name, target, values.length);
    for (int round = 0; round < values.length; round++) {
      series.add(round, values[round]);
    }
    return series;
  }

  static Comparison row(String name, Group group, Unit unit, Series ours, Series... others) {
    return new Subject(group, name, "what " + name + " does", "10 events", unit)
        .of(ours, List.of(others), MEASURED);
  }

  static Comparison row(String name, Group group, double ours) {
    return row(
        name, group, Unit.EVENTS_PER_SECOND, series("ours", null, ours), series("raw", 0.95, 100));
  }
}
