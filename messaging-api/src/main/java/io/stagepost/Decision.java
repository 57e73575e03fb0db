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
   * Give up: write it to the dead-letter channel, then settle it.
   *
   * @param reason why, as a short stable word
   */
  record DeadLetter(String reason) implements Decision {}
}
