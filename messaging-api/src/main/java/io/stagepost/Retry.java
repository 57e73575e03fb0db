package io.stagepost;

import java.time.Duration;

/**
 * How a transient failure is retried: exponential backoff with full jitter, bounded by attempts and
 * age. Immutable.
 *
 * @param base the first delay's upper bound; it doubles with each attempt; positive
 * @param cap the largest upper bound; not below {@code base}
 * @param attempts how often an event is handled at most, the first time included; at least 1
 * @param maxAge how long after its first failure an event may still be retried; positive
 * @see <a href="https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/">Brooker,
 *     Exponential Backoff and Jitter</a>
 */
public record Retry(Duration base, Duration cap, int attempts, Duration maxAge) {
  /**
   * Checks the bounds.
   *
   * @param base the first delay's upper bound
   * @param cap the largest upper bound
   * @param attempts how often an event is handled at most
   * @param maxAge how long after its first failure an event may still be retried
   * @throws MessagingException {@code SP-API-005} naming the value out of bounds
   */
  public Retry {
    check(base.compareTo(Duration.ZERO) > 0, "base", base, "must be positive");
    check(cap.compareTo(base) >= 0, "cap", cap, "must not be below the base " + base);
    check(attempts >= 1, "attempts", attempts, "must be at least 1");
    check(maxAge.compareTo(Duration.ZERO) > 0, "maxAge", maxAge, "must be positive");
  }

  /**
   * As it is unless told otherwise: ten attempts within ten minutes, 200 ms to 30 s apart.
   *
   * @return the defaults
   */
  public static Retry defaults() {
    return exponential(Defaults.RETRY_BASE, Defaults.RETRY_CAP);
  }

  /**
   * Exponential backoff, with the default limits of attempts (10) and age (10 minutes).
   *
   * @param base the first delay's upper bound
   * @param cap the largest upper bound
   * @return a retry
   */
  public static Retry exponential(Duration base, Duration cap) {
    return new Retry(base, cap, Defaults.RETRY_ATTEMPTS, Defaults.RETRY_MAX_AGE);
  }

  /**
   * A copy with another limit of attempts.
   *
   * @param attempts how often an event is handled at most, the first time included
   * @return the copy
   */
  public Retry attempts(int attempts) {
    return new Retry(base, cap, attempts, maxAge);
  }

  /**
   * A copy with another limit of age.
   *
   * @param maxAge how long after its first failure an event may still be retried
   * @return the copy
   */
  public Retry maxAge(Duration maxAge) {
    return new Retry(base, cap, attempts, maxAge);
  }

  /** The upper bound of the delay after this attempt: min(cap, base · 2^(attempt−1)). */
  Duration bound(int attempt) {
    int doublings = Math.min(attempt - 1, 62);
    return base.compareTo(cap.dividedBy(1L << doublings)) > 0
        ? cap
        : base.multipliedBy(1L << doublings);
  }

  /** Whether it asks no more of anybody than another: no oftener, no longer, no faster. */
  boolean isWithin(Retry agreed) {
    return attempts <= agreed.attempts
        && maxAge.compareTo(agreed.maxAge) <= 0
        && base.compareTo(agreed.base) >= 0
        && cap.compareTo(agreed.cap) >= 0;
  }

  static void check(boolean holds, String name, Object value, String rule) {
    if (!holds) {
      throw new MessagingException("SP-API-005", name + " is " + value + "; it " + rule + ".");
    }
  }

  @Override
  public String toString() {
    return String.format("exponential %s..%s, %d attempts, %s", base, cap, attempts, maxAge);
  }
}
