package io.stagepost;

import io.stagepost.Setting.Layer;
import java.util.List;

/**
 * What happens to events that are not simply handled: how failures are retried, where dead letters
 * and parked events go, what becomes of the expired and of the unknown. Immutable; each value knows
 * who set it, for {@link Messaging#describe()}.
 *
 * <p>Addresses may contain {@code {channel}} and {@code {subscription}}.
 */
public final class Policy {
  /** What becomes of an event that has expired, or that no handler is for. */
  public enum Unhandled {
    /** It goes to the dead-letter channel. */
    DEAD_LETTER,
    /** It is settled, as though it had been handled. */
    SKIP
  }

  private static final Policy DEFAULTS =
      new Policy(
          new Setting<>(
              "retry", Retry.exponential(Defaults.RETRY_BASE, Defaults.RETRY_CAP), Layer.DEFAULT),
          new Setting<>(
              "dead-letter address", "{channel}.{subscription}.dead-letter", Layer.DEFAULT),
          new Setting<>(
              "parking-lot address", "{channel}.{subscription}.parking-lot", Layer.DEFAULT),
          new Setting<>("unknown event type", Unhandled.DEAD_LETTER, Layer.DEFAULT),
          new Setting<>("expired event", Unhandled.DEAD_LETTER, Layer.DEFAULT));

  private final Setting<Retry> retry;
  private final Setting<String> deadLetterAddress;
  private final Setting<String> parkingLotAddress;
  private final Setting<Unhandled> unknownType;
  private final Setting<Unhandled> expired;

  private Policy(
      Setting<Retry> retry,
      Setting<String> deadLetterAddress,
      Setting<String> parkingLotAddress,
      Setting<Unhandled> unknownType,
      Setting<Unhandled> expired) {
    this.retry = retry;
    this.deadLetterAddress = deadLetterAddress;
    this.parkingLotAddress = parkingLotAddress;
    this.unknownType = unknownType;
    this.expired = expired;
  }

  /**
   * The safe defaults: ten attempts within ten minutes, 200 ms to 30 s apart, then the dead-letter
   * channel {@code {channel}.{subscription}.dead-letter}; expired events and unknown types go there
   * too.
   *
   * @return the defaults
   */
  public static Policy defaults() {
    return DEFAULTS;
  }

  /**
   * A copy that retries transient failures like this.
   *
   * @param retry backoff and its limits
   * @return the copy
   */
  public Policy retry(Retry retry) {
    return new Policy(
        this.retry.by(retry, Layer.CODE),
        deadLetterAddress,
        parkingLotAddress,
        unknownType,
        expired);
  }

  /**
   * A copy with another dead-letter address.
   *
   * @param address may contain {@code {channel}} and {@code {subscription}}
   * @return the copy
   */
  public Policy deadLetterAddress(String address) {
    return new Policy(
        retry, deadLetterAddress.by(address, Layer.CODE), parkingLotAddress, unknownType, expired);
  }

  /**
   * A copy with another parking-lot address.
   *
   * @param address may contain {@code {channel}} and {@code {subscription}}
   * @return the copy
   */
  public Policy parkingLotAddress(String address) {
    return new Policy(
        retry, deadLetterAddress, parkingLotAddress.by(address, Layer.CODE), unknownType, expired);
  }

  /**
   * A copy that treats events without a handler like this.
   *
   * @param fate dead-letter (the default: a forgotten handler loses nothing) or skip
   * @return the copy
   */
  public Policy unknownType(Unhandled fate) {
    return new Policy(
        retry, deadLetterAddress, parkingLotAddress, unknownType.by(fate, Layer.CODE), expired);
  }

  /**
   * A copy that treats expired events like this (rule D13).
   *
   * @param fate dead-letter (the default) or skip
   * @return the copy
   */
  public Policy expired(Unhandled fate) {
    return new Policy(
        retry, deadLetterAddress, parkingLotAddress, unknownType, expired.by(fate, Layer.CODE));
  }

  /**
   * How transient failures are retried.
   *
   * @return backoff and its limits
   */
  public Retry retry() {
    return retry.value();
  }

  /**
   * Where dead letters of a channel go.
   *
   * @param channel the channel that the event came from
   * @param subscription the subscription that could not handle it
   * @return the address
   */
  public String deadLetterAddress(String channel, String subscription) {
    return resolve(deadLetterAddress.value(), channel, subscription);
  }

  /**
   * Where parked events of a channel go.
   *
   * @param channel the channel that the event came from
   * @param subscription the subscription that parked it
   * @return the address
   */
  public String parkingLotAddress(String channel, String subscription) {
    return resolve(parkingLotAddress.value(), channel, subscription);
  }

  /**
   * What becomes of an event that no handler is for.
   *
   * @return dead-letter or skip
   */
  public Unhandled unknownType() {
    return unknownType.value();
  }

  /**
   * What becomes of an expired event.
   *
   * @return dead-letter or skip
   */
  public Unhandled expired() {
    return expired.value();
  }

  /**
   * All settings, with who set them.
   *
   * @return in a fixed order
   */
  public List<Setting<?>> settings() {
    return List.of(retry, deadLetterAddress, parkingLotAddress, unknownType, expired);
  }

  private static String resolve(String address, String channel, String subscription) {
    return address.replace("{channel}", channel).replace("{subscription}", subscription);
  }
}
