package io.stagepost;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link Messaging} fares, from what it knows: nobody is waited for, so it is cheap enough
 * for a probe once a second. Immutable.
 *
 * @param pressure the worst of all below (rule D20)
 * @param publishing the publishing side
 * @param subscriptions every open subscription
 */
public record Health(Pressure pressure, Publishing publishing, List<Consuming> subscriptions) {
  /** How near a bound is. */
  public enum Pressure {
    /** No bound is near. */
    OK,
    /**
     * A bound is near (from 80 % of it), or a subscription probes or is blocked, or a handler is
     * overdue.
     */
    PRESSED,
    /** A bound is reached: publishers wait or fail, receivers pause. */
    FULL;

    static Pressure of(double share) {
      return share >= 1 ? FULL : share >= 0.8 ? PRESSED : OK;
    }

    Pressure or(Pressure other) {
      return compareTo(other) >= 0 ? this : other;
    }
  }

  /**
   * The publishing side.
   *
   * @param pressure how near its bounds are
   * @param inFlight messages sent and not yet confirmed
   * @param inFlightBytes the same in bytes
   * @param broken addresses that are not tried for a while, since publishing there kept failing
   */
  public record Publishing(
      Pressure pressure, int inFlight, long inFlightBytes, Set<String> broken) {}

  /**
   * One subscription.
   *
   * @param subscription its name
   * @param state what it is doing; while PROBING its dependencies fail
   * @param obstacle why it may not receive, with a code and what to do; null if it may
   * @param pressure how near its bounds are
   * @param inFlight events received and not yet settled
   * @param inFlightBytes the same in bytes
   * @param waiting keys whose event waits to be tried again, and deferred events that wait here
   * @param overdue handlers that run on although their time is over (rule D18)
   * @param oldest how long ago the event that runs longest was started; zero if none runs
   * @param lag what the broker last said of its backlog; null before its first answer, and where
   *     the transport cannot tell. It has no bound, so it does not weigh in the pressure
   */
  public record Consuming(
      String subscription,
      Subscription.State state,
      @Nullable String obstacle,
      Pressure pressure,
      int inFlight,
      long inFlightBytes,
      int waiting,
      int overdue,
      Duration oldest,
      @Nullable Lag lag) {}

  /**
   * What a subscription has not settled yet, all members of its name together. Who asks for the
   * health never waits for the broker: if what is known is older than 10 s, it is asked for again
   * in the background, for whoever asks next.
   *
   * @param messages how many, over all its channels
   * @param oldest the time of the oldest of them, the broker's or the publisher's; null if there is
   *     none
   * @param asOf when the broker said so; it stays behind while the broker does not answer
   */
  public record Lag(long messages, @Nullable Instant oldest, Instant asOf) {}
}
