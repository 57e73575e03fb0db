package io.stagepost;

import java.time.Duration;

/** What {@link FailurePolicy} decides on a failure. Immutable. */
public sealed interface Decision {
  /**
   * Try again, in the event's lane: its successors wait.
   *
   * @param delay after this long
   */
  record Retry(Duration delay) implements Decision {}

  /**
   * Try again, out of the event's lane: write it to the delay address, then settle it, so that its
   * successors go on.
   *
   * @param delay after this long
   */
  record Defer(Duration delay) implements Decision {}

  /**
   * Give up: write it to the dead-letter channel, then settle it.
   *
   * @param reason why, as a short stable word
   */
  record DeadLetter(String reason) implements Decision {}

  /**
   * Give up for now: write it to the parking lot, then settle it.
   *
   * @param reason why, as a short stable word
   */
  record Park(String reason) implements Decision {}

  /**
   * Give up for good: settle it.
   *
   * @param reason why, as a short stable word
   */
  record Skip(String reason) implements Decision {}
}
