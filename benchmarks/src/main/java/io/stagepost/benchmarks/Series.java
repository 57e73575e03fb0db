package io.stagepost.benchmarks;

import io.stagepost.benchmarks.contestant.Result;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What one contestant reached in a row, round by round. */
public final class Series {
  private final String name;
  private final @Nullable Double target;
  private final double[] values;
  private final double[] cpuMicros;
  private long duplicates;
  private long outOfOrder;

  /**
   * A series.
   *
   * @param name of the contestant
   * @param target the least ratio of ours to it; null if there is none
   * @param rounds how many rounds there will be
   */
  public Series(String name, @Nullable Double target, int rounds) {
    this.name = name;
    this.target = target;
    this.values = new double[rounds];
    this.cpuMicros = new double[rounds];
  }

  /**
   * Takes down what a round came to.
   *
   * @param round from 0
   * @param value a rate, or a time
   */
  public void add(int round, double value) {
    values[round] = value;
  }

  /**
   * Takes down what a round came to.
   *
   * @param round from 0
   * @param result of the run
   */
  public void add(int round, Result result) {
    add(
        round,
        result.rate(),
        result.cpuSeconds() / result.events() * 1e6,
        result.duplicates(),
        result.disordered() + result.overlapping());
  }

  /**
   * Takes down what a round came to.
   *
   * @param round from 0
   * @param value a rate, or a time
   * @param micros of processor time for each event
   * @param again events that came again
   * @param disordered events that came after a later one of their key
   */
  public void add(int round, double value, double micros, long again, long disordered) {
    add(round, value);
    cpuMicros[round] = micros;
    duplicates += again;
    outOfOrder += disordered;
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

  Spread values() {
    return Spread.of(values);
  }

  /** Ours to theirs, round by round: above 1 is better for us. */
  Spread ratioOf(Series ours, boolean lessIsBetter) {
    double[] ratios = new double[values.length];
    Arrays.setAll(
        ratios,
        round ->
            lessIsBetter ? values[round] / ours.values[round] : ours.values[round] / values[round]);
    return Spread.of(ratios);
  }

  /**
   * Of several values.
   *
   * @param min the least
   * @param median the middle one
   * @param max the greatest
   */
  public record Spread(double min, double median, double max) {
    /**
     * Of these.
     *
     * @param values at least one
     * @return their spread
     */
    public static Spread of(double[] values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      int middle = sorted.length / 2;
      double median =
          sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
      return new Spread(sorted[0], median, sorted[sorted.length - 1]);
    }

    /**
     * For people.
     *
     * @param format of a number
     * @return the three
     */
    public String text(String format) {
      return String.format(Locale.ROOT, format + " / " + format + " / " + format, min, median, max);
    }
  }
}
