package io.stagepost;

import io.stagepost.Setting.Layer;
import java.time.Duration;
import java.util.List;

/**
 * How much a {@link Messaging} sends at once, what a publish does when that much is under way, and
 * when an address is given a rest. Immutable; each value knows who set it, for {@link
 * Messaging#describe()}.
 *
 * <p>The bounds hold for everything published through one {@link Messaging}, whatever the address.
 * They keep what waits for the broker from growing without bound (rule D20); {@link
 * Messaging#health()} tells how near they are. Dead letters do not count: they must get through for
 * the consume road to go on, and are bounded there.
 */
public final class PublishLimits {
  // Both bounds together fit one word; see PublishRoom.
  private static final int MOST = PublishRoom.MOST_MESSAGES;

  private static final PublishLimits DEFAULTS =
      new PublishLimits(
          new Setting<>("in flight", Defaults.PUBLISH_IN_FLIGHT, Layer.DEFAULT),
          new Setting<>("in flight (bytes)", Defaults.PUBLISH_IN_FLIGHT_BYTES, Layer.DEFAULT),
          new Setting<>("when full", WhenFull.WAIT, Layer.DEFAULT),
          new Setting<>("broken after", Defaults.BROKEN_AFTER, Layer.DEFAULT),
          new Setting<>("broken for", Defaults.BROKEN_FOR, Layer.DEFAULT));

  /** What a publish does that finds a bound reached. */
  public enum WhenFull {
    /**
     * It waits its turn, at most until its deadline. The call blocks; on a thread that completes
     * publishes, where blocking would hold up what it waits for, the call returns and its future
     * waits.
     */
    WAIT,
    /** It fails at once as rejected; nothing was sent, and it is safe to publish again. */
    FAIL
  }

  private final Setting<Integer> inFlight;
  private final Setting<Long> inFlightBytes;
  private final Setting<WhenFull> whenFull;
  private final Setting<Integer> brokenAfter;
  private final Setting<Duration> brokenFor;

  private PublishLimits(
      Setting<Integer> inFlight,
      Setting<Long> inFlightBytes,
      Setting<WhenFull> whenFull,
      Setting<Integer> brokenAfter,
      Setting<Duration> brokenFor) {
    this.inFlight = inFlight;
    this.inFlightBytes = inFlightBytes;
    this.whenFull = whenFull;
    this.brokenAfter = brokenAfter;
    this.brokenFor = brokenFor;
  }

  /**
   * The safe defaults: 10,000 messages or 32 MiB in flight, a publish waits when they are, and an
   * address where 5 publishes in a row failed is given a rest of 5 s.
   *
   * @return the defaults
   */
  public static PublishLimits defaults() {
    return DEFAULTS;
  }

  /**
   * A copy with another bound of messages in flight, that is sent and not yet confirmed.
   *
   * @param messages from 1 to 16,777,215
   * @return the copy
   */
  public PublishLimits inFlight(int messages) {
    Retry.check(
        messages >= 1 && messages <= MOST, "inFlight", messages, "must be from 1 to " + MOST);
    return new PublishLimits(
        inFlight.by(messages, Layer.CODE), inFlightBytes, whenFull, brokenAfter, brokenFor);
  }

  /**
   * A copy with another bound of bytes in flight: of keys, headers and bodies. A message larger
   * than the bound goes alone.
   *
   * @param bytes from 1 to 256 GiB
   * @return the copy
   */
  public PublishLimits inFlightBytes(long bytes) {
    Retry.check(
        bytes >= 1 && bytes <= PublishRoom.MOST_BYTES,
        "inFlightBytes",
        bytes,
        "must be from 1 to " + PublishRoom.MOST_BYTES);
    return new PublishLimits(
        inFlight, inFlightBytes.by(bytes, Layer.CODE), whenFull, brokenAfter, brokenFor);
  }

  /**
   * A copy that does something else when a bound is reached.
   *
   * @param choice wait or fail
   * @return the copy
   */
  public PublishLimits whenFull(WhenFull choice) {
    return new PublishLimits(
        inFlight, inFlightBytes, whenFull.by(choice, Layer.CODE), brokenAfter, brokenFor);
  }

  /**
   * A copy that gives an address a rest after more or fewer failures.
   *
   * @param failures at least 1; in a row, and not the messages' own fault
   * @return the copy
   */
  public PublishLimits brokenAfter(int failures) {
    Retry.check(failures >= 1, "brokenAfter", failures, "must be at least 1");
    return new PublishLimits(
        inFlight, inFlightBytes, whenFull, brokenAfter.by(failures, Layer.CODE), brokenFor);
  }

  /**
   * A copy that gives an address a longer or shorter rest. After it one publish at a time is let
   * through, until one succeeds; each that fails begins another rest.
   *
   * @param rest positive
   * @return the copy
   */
  public PublishLimits brokenFor(Duration rest) {
    Retry.check(rest.compareTo(Duration.ZERO) > 0, "brokenFor", rest, "must be positive");
    return new PublishLimits(
        inFlight, inFlightBytes, whenFull, brokenAfter, brokenFor.by(rest, Layer.CODE));
  }

  /**
   * How many messages are in flight at most.
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
   * What a publish does that finds a bound reached.
   *
   * @return never null
   */
  public WhenFull whenFull() {
    return whenFull.value();
  }

  /**
   * After how many failures in a row an address is given a rest.
   *
   * @return at least 1
   */
  public int brokenAfter() {
    return brokenAfter.value();
  }

  /**
   * How long that rest is.
   *
   * @return positive
   */
  public Duration brokenFor() {
    return brokenFor.value();
  }

  /**
   * All settings, with who set them.
   *
   * @return in a fixed order
   */
  public List<Setting<?>> settings() {
    return List.of(inFlight, inFlightBytes, whenFull, brokenAfter, brokenFor);
  }
}
