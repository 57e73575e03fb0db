package io.stagepost.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Who comes when in a round. */
public final class Turns {
  private Turns() {}

  /**
   * Any order for a round, and its reverse for the next: so nobody always comes early, or always
   * after the same one. The same orders in each run of the benchmark.
   *
   * @param round from 0
   * @param all who takes part
   * @return all of them
   * @param <T> what they are
   */
  public static <T> List<T> of(int round, List<T> all) {
    List<T> turns = new ArrayList<>(all);
    Collections.shuffle(turns, new Random(round / 2));
    if (round % 2 == 1) {
      Collections.reverse(turns);
    }
    return turns;
  }
}
