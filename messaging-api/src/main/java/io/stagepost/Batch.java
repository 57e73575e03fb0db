package io.stagepost;

import java.time.Duration;

/**
 * How many events make a batch, and how long the first of them waits for the others. Immutable.
 *
 * @param size how many at most, at least 1
 * @param delay how long to wait for more after the first; not negative
 */
public record Batch(int size, Duration delay) {
  /**
   * Checks the bounds.
   *
   * @param size how many at most
   * @param delay how long to wait for more after the first
   */
  public Batch {
    Retry.check(size >= 1, "size", size, "must be at least 1");
    Retry.check(!delay.isNegative(), "delay", delay, "must not be negative");
  }

  /**
   * Batches of this size, which wait for 20 ms to become full.
   *
   * @param size how many events at most, at least 1
   * @return the batch
   */
  public static Batch upTo(int size) {
    return new Batch(size, Defaults.BATCH_DELAY);
  }

  /**
   * A copy that waits for this long to become full.
   *
   * @param delay not negative
   * @return the copy
   */
  public Batch orAfter(Duration delay) {
    return new Batch(size, delay);
  }
}
