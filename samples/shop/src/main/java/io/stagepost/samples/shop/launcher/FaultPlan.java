package io.stagepost.samples.shop.launcher;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Which faults strike from outside, and when: a pure function of the seed and the number of lines.
 * Time is told in lines judged, so that runs of one seed can be compared on machines of any speed.
 *
 * <p>It never ends: round by round each kind comes once, in an order of its own, since a strike
 * that did not hit anything in flight does not count and has to be made up for.
 */
final class FaultPlan {
  /** The share of the lines after which all strikes have come, if each of them counts. */
  private static final double SHARE = 0.5;

  static final List<FaultKind> FROM_OUTSIDE =
      List.of(
          FaultKind.PAYMENT_KILLED,
          FaultKind.BROKER_KILLED,
          FaultKind.CONNECTIONS_CUT,
          FaultKind.CONSUMER_STOPPED);

  private final Random random;
  private final double meanGap;
  private final List<FaultKind> round = new ArrayList<>();
  private long atLine;

  /**
   * The plan of a seed.
   *
   * @param rounds how often each kind is to strike
   */
  FaultPlan(long seed, long lines, int rounds) {
    this.random = new Random(seed);
    this.meanGap = SHARE * lines / (rounds * FROM_OUTSIDE.size());
  }

  /** A consumer of the shop. */
  enum Consumer {
    PAYMENT,
    SHIPPING
  }

  /**
   * A fault to come.
   *
   * @param atLine how many lines are to be judged before
   * @param consumer which one is hit, where the kind leaves a choice
   */
  record Strike(FaultKind kind, long atLine, Consumer consumer) {}

  Strike next() {
    if (round.isEmpty()) {
      round.addAll(FROM_OUTSIDE);
      Collections.shuffle(round, random);
    }
    FaultKind kind = round.remove(0);
    atLine += Math.max(1, Math.round(meanGap * (0.5 + random.nextDouble())));
    Consumer any = random.nextBoolean() ? Consumer.PAYMENT : Consumer.SHIPPING;
    return new Strike(kind, atLine, kind == FaultKind.PAYMENT_KILLED ? Consumer.PAYMENT : any);
  }

  /** Which of these lines is to fail for good. */
  static long lineThatFails(long seed, List<Long> candidates) {
    return candidates.get(new Random(~seed).nextInt(candidates.size()));
  }
}
