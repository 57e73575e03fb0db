package io.stagepost.benchmarks;

import io.stagepost.benchmarks.contestant.Result;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What one contestant reached in a row, round by round. */
final class Series {
  private final String name;
  private final @Nullable Double target;
  private final double[] rates;
  private final double[] cpuMicros;
  private long duplicates;
  private long outOfOrder;

  Series(String name, @Nullable Double target, int rounds) {
    this.name = name;
    this.target = target;
    this.rates = new double[rounds];
    this.cpuMicros = new double[rounds];
  }

  void add(int round, double rate) {
    rates[round] = rate;
  }

  void add(int round, Result result) {
    add(round, result.rate());
    cpuMicros[round] = result.cpuSeconds() / result.events() * 1e6;
    duplicates += result.duplicates();
    outOfOrder += result.disordered() + result.overlapping();
  }

  String name() {
    return name;
  }

  /** The least ratio of ours to it; null if there is none. */
  @Nullable Double target() {
    return target;
  }

  long duplicates() {
    return duplicates;
  }

  long outOfOrder() {
    return outOfOrder;
  }

  /** Microseconds of processor time for each event; 0 where nothing ran. */
  Spread cpuMicros() {
    return Spread.of(cpuMicros);
  }

  Spread rates() {
    return Spread.of(rates);
  }

  /** Ours to theirs, round by round: above 1 is better for us. */
  Spread ratioOf(Series ours) {
    double[] ratios = new double[rates.length];
    Arrays.setAll(ratios, round -> ours.rates[round] / rates[round]);
    return Spread.of(ratios);
  }

  /** The least, the middle and the greatest of several values. */
  record Spread(double min, double median, double max) {
    static Spread of(double[] values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      int middle = sorted.length / 2;
      double median =
          sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
      return new Spread(sorted[0], median, sorted[sorted.length - 1]);
    }

    String text(String format) {
      return String.format(Locale.ROOT, format + " / " + format + " / " + format, min, median, max);
    }
  }
}
