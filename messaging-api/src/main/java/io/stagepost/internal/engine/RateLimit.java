package io.stagepost.internal.engine;

/**
 * A token bucket that holds a tenth of a second's worth, at least one. It counts from the last time
 * that tokens were taken, never from the ticker's origin: far from that, fractions of a nanosecond
 * would be lost, and with them tokens. Guarded by the engine.
 */
final class RateLimit {
  private static final double SECOND = 1e9;

  /** What rounding may take from a token. */
  private static final double ALMOST = 1e-6;

  private final double perNano;
  private final double capacity;

  /** How many there were at that time. */
  private double tokens;

  private long at;

  /**
   * A full bucket.
   *
   * @param perSecond how many tokens come in a second; infinite for no limit
   */
  RateLimit(double perSecond) {
    this.perNano = perSecond / SECOND;
    this.capacity = Math.max(1, perSecond / 10);
    this.tokens = capacity;
  }

  boolean limits() {
    return Double.isFinite(perNano);
  }

  private double tokens(long now) {
    return Math.min(capacity, tokens + (double) Math.max(0, now - at) * perNano);
  }

  /** How long to wait for a token: zero if there is one. */
  long untilNext(long now) {
    if (!limits()) {
      return 0;
    }
    double missing = 1 - tokens(now);
    return missing <= ALMOST ? 0 : (long) Math.ceil(missing / perNano);
  }

  /** How many tokens there are, at most as many as wanted. */
  int available(int wanted, long now) {
    return (int) Math.min(wanted, tokens(now) + ALMOST);
  }

  void take(int taken, long now) {
    tokens = tokens(now) - taken;
    at = now;
  }
}
