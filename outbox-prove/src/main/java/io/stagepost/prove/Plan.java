package io.stagepost.prove;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * An endless row of faults, the same for the same seed: each kind once, in random order, then by
 * weight. Not thread-safe.
 */
final class Plan {
  /**
   * A fault to come.
   *
   * @param gap to the one before
   * @param choice which of several targets; at least 0
   * @param length how long it lasts, if it lasts
   * @param sign for what goes either way
   */
  record Planned(Fault fault, Duration gap, int choice, Duration length, boolean sign) {}

  private final Random random;
  private final List<Fault> weighted = new ArrayList<>();
  private final Deque<Fault> first;

  /**
   * A plan.
   *
   * @param without what cannot be done here
   */
  Plan(long seed, Set<Fault> without) {
    this.random = new Random(seed);
    List<Fault> kinds = new ArrayList<>(List.of(Fault.values()));
    kinds.removeAll(without);
    for (Fault fault : kinds) {
      weighted.addAll(Collections.nCopies(fault.weight(), fault));
    }
    Collections.shuffle(kinds, random);
    this.first = new ArrayDeque<>(kinds);
  }

  Planned next() {
    Fault fault = first.isEmpty() ? weighted.get(random.nextInt(weighted.size())) : first.pop();
    boolean isLong = random.nextInt(5) == 0;
    return new Planned(
        fault,
        Duration.ofMillis(100 + random.nextInt(1_200)),
        random.nextInt(1_000),
        Duration.ofMillis(isLong ? 8_000 + random.nextInt(14_000) : 800 + random.nextInt(4_000)),
        random.nextBoolean());
  }
}
