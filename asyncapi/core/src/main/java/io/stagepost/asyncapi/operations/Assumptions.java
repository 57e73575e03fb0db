package io.stagepost.asyncapi.operations;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is said about the load beside the contracts; it goes before what they say.
 *
 * @param eventsPerSecond how many events come; null to go by {@code x-load} and {@code x-rate}
 * @param serviceTime how long a handler takes on average; null to go by {@code x-load} and {@code
 *     x-timeout}
 * @param peak how many times as many events come at the peak; null to go by {@code x-load}, else 1
 * @param outage how long nothing is handled, for the time that the backlog takes to drain
 * @param concurrency how many handlers run in one member: 16 is what {@code Limits} says
 * @param utilisation how busy handlers may be at the peak, above 0 and below 1
 */
public record Assumptions(
    @Nullable Double eventsPerSecond,
    @Nullable Duration serviceTime,
    @Nullable Double peak,
    Duration outage,
    int concurrency,
    double utilisation) {
  /** By the contracts; an outage of ten minutes, 16 handlers a member, 70 % busy at the peak. */
  public static final Assumptions DEFAULTS =
      new Assumptions(null, null, null, Duration.ofMinutes(10), 16, 0.7);

  /**
   * Assumptions, checked.
   *
   * @param eventsPerSecond how many events come; above 0, or null
   * @param serviceTime how long a handler takes on average; above 0, or null
   * @param peak how many times as many events come at the peak; above 0, or null
   * @param outage how long nothing is handled; not negative
   * @param concurrency how many handlers run in one member; above 0
   * @param utilisation how busy handlers may be at the peak; above 0 and below 1
   * @throws IllegalArgumentException if a number is not positive, or the utilisation 1 or more
   */
  public Assumptions {
    positive("events per second", eventsPerSecond);
    positive("peak", peak);
    positive("concurrency", (double) concurrency);
    positive("service time", serviceTime == null ? null : (double) serviceTime.toNanos());
    if (outage.isNegative()) {
      throw new IllegalArgumentException("the outage is " + outage + "; it must not be negative");
    }
    if (!(utilisation > 0 && utilisation < 1)) {
      throw new IllegalArgumentException(
          "the utilisation is " + utilisation + "; it must be above 0 and below 1");
    }
  }

  private static void positive(String what, @Nullable Double value) {
    if (value != null && !(value > 0 && value <= 1e18)) {
      throw new IllegalArgumentException(what + " is " + value + "; it must be above 0");
    }
  }
}
