package io.stagepost.internal.engine;

/**
 * A token bucket that holds a tenth of a second's worth, at least one: kept as the one time at
 * which it will be full again (the generic cell rate algorithm, ITU-T I.371). Guarded by the
 * engine.
 */
final class RateLimit {
  private static final double SECOND = 1e9;

  private final double interval;
  private final double capacity;
  private double fullAt = Double.NEGATIVE_INFINITY;

  /**
   * A full bucket.
   *
   * @param perSecond how many tokens come in a second; infinite for no limit
   */
  RateLimit(double perSecond) {
    this.interval = SECOND / perSecond;
    this.capacity = Math.max(interval, SECOND / 10);
  }

  boolean limits() {
    return interval > 0;
  }

  /** How long to wait for a token: zero if there is one. */
  long untilNext(long now) {
    return Math.max(0, (long) Math.ceil(fullAt - now + interval - capacity));
  }

  /** How many tokens there are, at most as many as wanted. */
  int available(int wanted, long now) {
    double missing = Math.max(0, fullAt - now);
    return (int) Math.min(wanted, (capacity - missing) / interval + 1e-9);
  }

  void take(int tokens, long now) {
    fullAt = Math.max(fullAt, (double) now) + tokens * interval;
  }
}
