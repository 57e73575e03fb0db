package io.stagepost.benchmarks.results;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a row came to: ours beside others. The components are the fields of its JSON object. What
 * never came to an end is "Infinity" there, and what cannot be divided "NaN", since JSON has no
 * such numbers.
 *
 * @param name one row's only; the next measurement of that name takes its place
 * @param unit of ours and the others
 * @param ours what we reached, of all rounds
 * @param others what each of the others reached, by its name
 * @param ratio of ours to each of the others, taken in each round: above 1 is better for us
 * @param target the least median of the ratio that the project aims for, where it aims for one
 * @param group where it belongs
 * @param what was done, for people
 * @param amount of work in each round, for people
 * @param checks what else was seen, by contestant, where somebody looked
 * @param measured when and where
 */
public record Comparison(
    String name,
    Unit unit,
    Spread ours,
    Map<String, Spread> others,
    Map<String, Spread> ratio,
    Map<String, Double> target,
    Group group,
    String what,
    String amount,
    Map<String, Checks> checks,
    Circumstances measured) {
  /** Us, among the checks. */
  static final String OURS = "ours";

  /**
   * What a row is.
   *
   * @param group where it belongs
   * @param name as of a comparison
   * @param what as of a comparison
   * @param amount as of a comparison
   * @param unit as of a comparison
   */
  public record Subject(Group group, String name, String what, String amount, Unit unit) {
    /**
     * Compares what was measured, round by round.
     *
     * @param ours our series
     * @param others those that it is compared with, as many rounds each
     * @param measured when and where
     * @return the row
     */
    public Comparison of(Series ours, List<Series> others, Circumstances measured) {
      Map<String, Spread> values = new LinkedHashMap<>();
      Map<String, Spread> ratios = new LinkedHashMap<>();
      Map<String, Double> targets = new LinkedHashMap<>();
      Map<String, Checks> checks = new LinkedHashMap<>();
      note(OURS, ours, checks);
      for (Series other : others) {
        values.put(other.name(), other.values());
        ratios.put(other.name(), other.ratioOf(ours, unit));
        Double target = other.target();
        if (target != null) {
          targets.put(other.name(), target);
        }
        note(other.name(), other, checks);
      }
      return new Comparison(
          name,
          unit,
          ours.values(),
          values,
          ratios,
          targets,
          group,
          what,
          amount,
          checks,
          measured);
    }

    private static void note(String name, Series series, Map<String, Checks> checks) {
      Checks seen = series.checks();
      if (seen != null) {
        checks.put(name, seen);
      }
    }
  }
}
