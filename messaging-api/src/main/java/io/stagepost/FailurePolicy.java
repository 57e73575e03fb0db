package io.stagepost;

import java.time.Duration;

/**
 * Decides what follows a failure. Pure: no clock, no input or output, no randomness. The jitter
 * comes from a hash of subscription, source, id and attempt, so that delays spread and yet a test
 * can repeat them.
 */
public final class FailurePolicy {
  /** The reason of a dead letter whose attempts are used up. */
  public static final String ATTEMPTS_EXHAUSTED = "attempts-exhausted";

  /** The reason of a dead letter that failed for too long. */
  public static final String AGE_EXHAUSTED = "age-exhausted";

  /** The reason of a dead letter that trying again cannot help. */
  public static final String PERMANENT_FAILURE = "permanent-failure";

  /** The reason of a dead letter whose bytes could not be decoded. */
  public static final String UNDECODABLE = "undecodable";

  /** The reason of a dead letter that has expired. */
  public static final String EXPIRED = "expired";

  /** The reason of a dead letter that no handler is for. */
  public static final String UNKNOWN_TYPE = "unknown-type";

  /** The reason of a parked event whose key has a dead letter before it. */
  public static final String KEY_DIVERTED = "key-diverted";

  /** The reason of a parked event whose type an operator's overlay sends to the parking lot. */
  public static final String REROUTED = "rerouted";

  /** The reason of what leaves while the subscription probes, as its policy wants it. */
  public static final String DEGRADED = "degraded";

  /** Reason: the process died too often while the event was being handled. */
  public static final String CRASHED = "crashed";

  /** Reason: the event is older than its inbox remembers, so nobody knows whether it is new. */
  public static final String OLDER_THAN_INBOX = "older-than-inbox";

  /** Reason: the time of the event lies further ahead than the inbox takes for possible. */
  public static final String AHEAD_OF_INBOX = "ahead-of-inbox";

  /** Reason: neither the event nor the broker says a time, which the inbox needs. */
  public static final String WITHOUT_TIME = "without-time";

  private FailurePolicy() {}

  /**
   * What follows this failure under this policy.
   *
   * <p>Poison and permanent failures are dead-lettered at once. A transient one is retried until
   * its attempts or its age are used up, which they never are while the subscription probes: then
   * the policy's {@linkplain Policy#degradation degradation} says whether it waits or leaves. The
   * delay is drawn from [0, min(cap, base · 2^(attempt−1))]; one that the handler asked for is kept
   * within [base, cap]. From the length on that the policy {@linkplain Policy#defer defers} it is
   * spent out of the lane, unless the subscription probes.
   *
   * @param policy the policy in force
   * @param failure the failure
   * @return retry, defer, dead-letter, park or skip
   */
  public static Decision decide(Policy policy, Failure failure) {
    Retry retry = policy.retry();
    return switch (failure.kind()) {
      case POISON -> new Decision.DeadLetter(UNDECODABLE);
      case PERMANENT -> new Decision.DeadLetter(PERMANENT_FAILURE);
      case TRANSIENT -> {
        if (failure.probing()) {
          yield whileProbing(policy, failure);
        }
        if (failure.attempt() >= retry.attempts()) {
          yield new Decision.DeadLetter(ATTEMPTS_EXHAUSTED);
        }
        if (failure.age().compareTo(retry.maxAge()) >= 0) {
          yield new Decision.DeadLetter(AGE_EXHAUSTED);
        }
        Duration delay = delay(retry, failure);
        yield policy.defers(delay) ? new Decision.Defer(delay) : new Decision.Retry(delay);
      }
    };
  }

  private static Decision whileProbing(Policy policy, Failure failure) {
    return switch (failure.byHandler() ? policy.degradation() : Policy.Degradation.WAIT) {
      // It is not the event's own trouble, so its lane keeps it, and its order.
      case WAIT -> new Decision.Retry(delay(policy.retry(), failure));
      case SKIP -> new Decision.Skip(DEGRADED);
      case DEAD_LETTER -> new Decision.DeadLetter(DEGRADED);
      case PARK -> new Decision.Park(DEGRADED);
    };
  }

  private static Duration delay(Retry retry, Failure failure) {
    Duration requested = failure.requestedDelay();
    return requested == null ? jittered(retry, failure) : clamp(requested, retry);
  }

  private static Duration clamp(Duration requested, Retry retry) {
    if (requested.compareTo(retry.cap()) > 0) {
      return retry.cap();
    }
    return requested.compareTo(retry.base()) < 0 ? retry.base() : requested;
  }

  private static Duration jittered(Retry retry, Failure failure) {
    return retry.bound(failure.attempt()).multipliedBy(hash(failure) >>> 44).dividedBy(1L << 20);
  }

  /** 64 well-mixed bits: String.hashCode is specified, SplitMix64's finalizer spreads it. */
  private static long hash(Failure failure) {
    long h = failure.subscription().hashCode();
    h = mix(h * 31 + failure.source().toString().hashCode());
    h = mix(h * 31 + failure.id().hashCode());
    return mix(h * 31 + failure.attempt());
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
