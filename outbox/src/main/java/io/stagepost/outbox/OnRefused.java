package io.stagepost.outbox;

/**
 * What becomes of the later rows of a key when the broker refuses one for good, so that it is
 * parked.
 */
public enum OnRefused {
  /** They are sent: the key goes on without the parked row, which comes late if it is retried. */
  SKIP_PAST,
  /**
   * They stay in the outbox until the parked row is retried or discarded, so that the key keeps its
   * order. It costs speed where many rows of one key wait: each is sent only when the one before
   * was confirmed. What has no key is never held.
   */
  HOLD_KEY
}
