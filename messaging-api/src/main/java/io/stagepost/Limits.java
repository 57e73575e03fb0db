package io.stagepost;

import io.stagepost.Setting.Layer;
import java.time.Duration;
import java.util.List;

/**
 * How much a subscription takes on at once. Immutable; each value knows who set it, for {@link
 * Messaging#describe()}.
 */
public final class Limits {
  private static final Limits DEFAULTS =
      new Limits(
          new Setting<>("concurrency", Defaults.CONCURRENCY, Layer.DEFAULT),
          new Setting<>("in flight", Defaults.IN_FLIGHT, Layer.DEFAULT),
          new Setting<>("in flight (bytes)", Defaults.IN_FLIGHT_BYTES, Layer.DEFAULT),
          new Setting<>("lane share", Defaults.LANE_SHARE, Layer.DEFAULT),
          new Setting<>("drain", Defaults.DRAIN, Layer.DEFAULT));

  private final Setting<Integer> concurrency;
  private final Setting<Integer> inFlight;
  private final Setting<Long> inFlightBytes;
  private final Setting<Double> laneShare;
  private final Setting<Duration> drain;

  private Limits(
      Setting<Integer> concurrency,
      Setting<Integer> inFlight,
      Setting<Long> inFlightBytes,
      Setting<Double> laneShare,
      Setting<Duration> drain) {
    this.concurrency = concurrency;
    this.inFlight = inFlight;
    this.inFlightBytes = inFlightBytes;
    this.laneShare = laneShare;
    this.drain = drain;
  }

  /**
   * The safe defaults: 16 handlers at once, 1,000 events or 64 MiB in flight, a quarter of them in
   * one lane, 30 s to drain.
   *
   * @return the defaults
   */
  public static Limits defaults() {
    return DEFAULTS;
  }

  /**
   * A copy with another concurrency.
   *
   * @param handlers how many handlers run at once, at least 1; asynchronous ones count until their
   *     stage completes
   * @return the copy
   */
  public Limits concurrency(int handlers) {
    Retry.check(handlers >= 1, "concurrency", handlers, "must be at least 1");
    return new Limits(
        concurrency.by(handlers, Layer.CODE), inFlight, inFlightBytes, laneShare, drain);
  }

  /**
   * A copy with another bound of events in flight, that is received and not yet settled (rule D09).
   *
   * @param events at least 1
   * @return the copy
   */
  public Limits inFlight(int events) {
    Retry.check(events >= 1, "inFlight", events, "must be at least 1");
    return new Limits(
        concurrency, inFlight.by(events, Layer.CODE), inFlightBytes, laneShare, drain);
  }

  /**
   * A copy with another bound of bytes in flight. One event larger than the bound is handled alone.
   *
   * @param bytes at least 1
   * @return the copy
   */
  public Limits inFlightBytes(long bytes) {
    Retry.check(bytes >= 1, "inFlightBytes", bytes, "must be at least 1");
    return new Limits(concurrency, inFlight, inFlightBytes.by(bytes, Layer.CODE), laneShare, drain);
  }

  /**
   * A copy with another share of the events in flight that one key may hold, so that a hot key
   * starves nobody.
   *
   * @param share above 0, at most 1
   * @return the copy
   */
  public Limits laneShare(double share) {
    Retry.check(share > 0 && share <= 1, "laneShare", share, "must be above 0 and at most 1");
    return new Limits(concurrency, inFlight, inFlightBytes, laneShare.by(share, Layer.CODE), drain);
  }

  /**
   * A copy with another time that closing, or handing over to another member, waits for running
   * handlers (rules D04, D10).
   *
   * @param timeout not negative
   * @return the copy
   */
  public Limits drain(Duration timeout) {
    Retry.check(!timeout.isNegative(), "drain", timeout, "must not be negative");
    return new Limits(
        concurrency, inFlight, inFlightBytes, laneShare, drain.by(timeout, Layer.CODE));
  }

  /**
   * How many handlers run at once.
   *
   * @return at least 1
   */
  public int concurrency() {
    return concurrency.value();
  }

  /**
   * How many events are in flight at most.
   *
   * @return at least 1
   */
  public int inFlight() {
    return inFlight.value();
  }

  /**
   * How many bytes are in flight at most.
   *
   * @return at least 1
   */
  public long inFlightBytes() {
    return inFlightBytes.value();
  }

  /**
   * How many events one lane holds at most: its share of the events in flight, at least 1.
   *
   * @return at least 1
   */
  public int laneCapacity() {
    return Math.max(1, (int) (laneShare.value() * inFlight.value()));
  }

  /**
   * How long closing waits for running handlers.
   *
   * @return not negative
   */
  public Duration drain() {
    return drain.value();
  }

  /**
   * All settings, with who set them.
   *
   * @return in a fixed order
   */
  public List<Setting<?>> settings() {
    return List.of(concurrency, inFlight, inFlightBytes, laneShare, drain);
  }
}
