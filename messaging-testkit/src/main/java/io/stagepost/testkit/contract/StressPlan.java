package io.stagepost.testkit.contract;

import java.util.Random;

/** What a seed decides: which keys are published, what becomes of each event, what befalls whom. */
final class StressPlan {
  /** What becomes of an event. */
  enum Fate {
    DONE(60),
    DONE_LATER(12),
    SKIPPED(4),
    FAILS_ONCE(8),
    ASKS_ONCE(4),
    DEAD_LETTERED(7),
    PARKED(5);

    /** Of all events, in percent. */
    private final int share;

    Fate(int share) {
      this.share = share;
    }
  }

  /** What befalls the members. */
  enum Incident {
    NOTHING,
    JOIN,
    LEAVE,
    CRASH,
    LOSS
  }

  private static final int KEYS = 40;

  private final long seed;
  private final Random random;
  private final int[] published = new int[KEYS];

  StressPlan(long seed) {
    this.seed = seed;
    this.random = new Random(seed);
  }

  /** The next event: the k-th key is k times as rare as the first (Zipf). */
  Step next() {
    double total = 0;
    for (int k = 1; k <= KEYS; k++) {
      total += 1.0 / k;
    }
    double drawn = random.nextDouble() * total;
    int key = 0;
    while (key < KEYS - 1 && drawn > 1.0 / (key + 1)) {
      drawn -= 1.0 / (key + 1);
      key++;
    }
    return new Step("key-" + key, published[key]++);
  }

  int batch() {
    return 10 + random.nextInt(40);
  }

  Incident incident() {
    return switch (random.nextInt(10)) {
      case 0, 1 -> Incident.JOIN;
      case 2 -> Incident.LEAVE;
      case 3 -> Incident.CRASH;
      case 4 -> Incident.LOSS;
      default -> Incident.NOTHING;
    };
  }

  int oneOf(int count) {
    return random.nextInt(count);
  }

  /** The same at every delivery of an event. */
  Fate fate(Step step) {
    int drawn = new Random(seed * 31 + step.toString().hashCode()).nextInt(100);
    for (Fate fate : Fate.values()) {
      drawn -= fate.share;
      if (drawn < 0) {
        return fate;
      }
    }
    return Fate.DONE;
  }
}
