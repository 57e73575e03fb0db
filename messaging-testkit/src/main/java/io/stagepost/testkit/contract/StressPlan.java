package io.stagepost.testkit.contract;

import java.time.Duration;
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

  int keys() {
    return KEYS;
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

  /** The next incident that is one. */
  Incident nextIncident() {
    Incident incident = incident();
    while (incident == Incident.NOTHING) {
      incident = incident();
    }
    return incident;
  }

  /** Between nothing and twice the average. */
  Duration within(Duration average) {
    return Duration.ofNanos((long) (random.nextDouble() * 2 * average.toNanos()));
  }

  /** How long the handler of an event takes: most are quick, some longer than several polls. */
  Duration handling(Step step) {
    Random drawn = new Random(seed * 37 + step.toString().hashCode());
    int kind = drawn.nextInt(100);
    int most = kind < 70 ? 0 : kind < 90 ? 20 : kind < 98 ? 150 : 1_200;
    return Duration.ofMillis(most == 0 ? 0 : 1 + drawn.nextInt(most));
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
