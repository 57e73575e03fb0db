package io.stagepost.spi;

import io.stagepost.spi.Inbox.Entry;
import java.time.Duration;
import java.util.List;

/**
 * Remembers which events were handled, for handlers whose effects lie in no database that an {@link
 * Inbox} could share: a call to another service, a file, a mail. Thread-safe; its methods block.
 *
 * <pre>
 *   (unknown) ──claim──▶ claimed ──complete──▶ handled
 *       ▲                 │   │
 *       └────release──────┘   └─ its lease runs out ─▶ whoever claims it next has it
 * </pre>
 *
 * <p>What it promises: of two that claim one event at once, one gets it; an event that was
 * completed is not handed out again within the window; and whoever lost a claim cannot complete it.
 *
 * <p>What it cannot promise: that an effect happens once. The effect and the record of it are two
 * things. A process that dies between them, or cannot reach the store, leaves an effect without a
 * record, and the event is handled again once the lease has run out; a handler that is slower than
 * its lease may still be at work while another begins. Only an effect that may be repeated, or one
 * in the inbox's transaction, is safe from that.
 */
public interface DedupStore {
  /** What came of claiming an event. */
  sealed interface Claim {
    /**
     * It is the caller's, for as long as the lease lasts.
     *
     * @param token which proves it
     */
    record Claimed(String token) implements Claim {}

    /**
     * It has been handled, or another event of the same idempotency key has.
     *
     * @param reason for people
     */
    record Handled(String reason) implements Claim {}

    /**
     * Somebody else has it. It is claimed again when that time is over, and every second until
     * then, which counts as no failed attempt.
     *
     * @param left how long at most, unless that one completes or releases it
     */
    record Busy(Duration left) implements Claim {}

    /**
     * Nobody can say any more, or yet, whether it was handled; it is to be a dead letter.
     *
     * @param reason that of the dead letter
     */
    record Unknown(String reason) implements Claim {}
  }

  /**
   * Claims an event: its idempotency key where it has one, else its source and id.
   *
   * @param entry who handles what
   * @param lease for how long, by the store's own clock
   * @return whose it is
   * @throws Exception what the store threw; it may have been claimed, which the lease ends
   */
  Claim claim(Entry entry, Duration lease) throws Exception;

  /**
   * Records that it was handled. Where that fails it is called again at once, up to twice, and what
   * the same claim has recorded already is recorded.
   *
   * @param entry what was claimed
   * @param claim the claim
   * @return false if it has been claimed by somebody else meanwhile, so that it may be handled
   *     twice
   * @throws Exception what the store threw; it may have been recorded
   */
  boolean complete(Entry entry, Claim.Claimed claim) throws Exception;

  /**
   * Gives it back unhandled; does nothing if it has been claimed by somebody else meanwhile.
   *
   * @param entry what was claimed
   * @param claim the claim
   * @throws Exception what the store threw; the lease ends the claim
   */
  void release(Entry entry, Claim.Claimed claim) throws Exception;

  /**
   * Checks the store at start.
   *
   * @return what is wrong, each with its code and remedy; empty if nothing is
   */
  List<String> problems();

  /**
   * Forgets what is older than its window. Called now and then, as {@link Inbox#housekeep()} is.
   *
   * @throws Exception any failure: it is logged, and it is called again next time
   */
  default void housekeep() throws Exception {}
}
