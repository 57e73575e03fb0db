package io.stagepost.benchmarks.results;

import java.util.Arrays;
import java.util.Locale;

/**
 * Of several values.
 *
 * @param min the least
 * @param median the middle one, or the mean of the middle two
 * @param max the greatest; infinite is what never came to an end
 */
public record Spread(double min, double median, double max) {
  private static final double PLACES = 1e4;

  /**
   * Of these, to four decimal places.
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
    return new Spread(rounded(sorted[0]), rounded(median), rounded(sorted[sorted.length - 1]));
  }

  private static double rounded(double value) {
    return Double.isFinite(value) ? Math.round(value * PLACES) / PLACES : value;
  }

  boolean isFinite() {
    return Double.isFinite(min) && Double.isFinite(median) && Double.isFinite(max);
  }

  /** For people: least / middle / greatest. */
  String text(String format) {
    return String.format(Locale.ROOT, format + " / " + format + " / " + format, min, median, max);
  }
}
