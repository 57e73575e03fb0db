package io.stagepost.spi;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is needed of an address, beyond that it exists. Several needs of one address all hold.
 *
 * @param address the topic or queue
 * @param subscription the subscription that consumes what comes here from now on; null if none does
 * @param takesFrom the channel whose every message must fit here, with what is written beside it
 *     when it is given up; null for a channel itself
 * @param keepsAtLeast how long what lies here must be kept at least; null if nothing hangs on that
 * @param keepsAtMost how long what lies here is best kept at most, since what is older cannot be
 *     told from what is new (the window of an inbox); null if nothing hangs on that
 */
public record Need(
    String address,
    @Nullable String subscription,
    @Nullable String takesFrom,
    @Nullable Duration keepsAtLeast,
    @Nullable Duration keepsAtMost) {

  /**
   * A channel: what is published there is consumed.
   *
   * @param address the topic or queue
   * @return a need that says nothing of how long it keeps its events
   */
  public static Need channel(String address) {
    return new Need(address, null, null, null, null);
  }

  /**
   * A place for what was given up: dead letters, or a parking lot.
   *
   * @param address the topic or queue
   * @param channel where it was consumed
   * @param keepsAtLeast how long somebody has to look after it
   * @return the need
   */
  public static Need deadLetters(String address, String channel, Duration keepsAtLeast) {
    return new Need(address, null, channel, keepsAtLeast, null);
  }

  /**
   * A copy with an upper bound.
   *
   * @param age how long what lies here may be kept at most
   * @return the copy
   */
  public Need keepsAtMost(Duration age) {
    return new Need(address, subscription, takesFrom, keepsAtLeast, age);
  }

  /**
   * A copy that is consumed.
   *
   * @param subscription its name
   * @return the copy
   */
  public Need consumedBy(String subscription) {
    return new Need(address, subscription, takesFrom, keepsAtLeast, keepsAtMost);
  }
}
