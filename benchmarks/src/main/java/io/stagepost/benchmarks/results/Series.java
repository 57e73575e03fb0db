package io.stagepost.benchmarks.results;

import io.stagepost.benchmarks.contestant.Result;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one contestant reached in a row, round by round. */
public final class Series {
  private final String name;
  private final @Nullable Double target;
  private final double[] values;
  private final List<Checks> checks = new ArrayList<>();

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
  }

  /**
   * Takes down what a round came to.
   *
   * @param round from 0
   * @param value in the row's unit
   */
  public void add(int round, double value) {
    values[round] = value;
  }

  /**
   * Takes down what a round came to.
   *
   * @param round from 0
   * @param value in the row's unit
   * @param seen what else
   */
  public void add(int round, double value, Checks seen) {
    add(round, value);
    checks.add(seen);
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
        new Checks(
            result.cpuSeconds() / result.events() * 1e6,
            result.lost(),
            result.duplicates(),
            result.disordered() + result.overlapping()));
  }

  String name() {
    return name;
  }

  @Nullable Double target() {
    return target;
  }

  Spread values() {
    return Spread.of(values);
  }

  /** Of all rounds: the median of the processor time, the sums of the rest; null if none. */
  @Nullable Checks checks() {
    return checks.isEmpty()
        ? null
        : new Checks(
            Spread.of(checks.stream().mapToDouble(Checks::cpuMicros).toArray()).median(),
            checks.stream().mapToLong(Checks::lost).sum(),
            checks.stream().mapToLong(Checks::again).sum(),
            checks.stream().mapToLong(Checks::disordered).sum());
  }

  /** Ours to theirs, round by round: above 1 is better for us. */
  Spread ratioOf(Series ours, Unit unit) {
    double[] ratios = new double[values.length];
    Arrays.setAll(
        ratios,
        round ->
            unit.lessIsBetter()
                ? values[round] / ours.values[round]
                : ours.values[round] / values[round]);
    return Spread.of(ratios);
  }
}
