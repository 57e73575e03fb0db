package io.stagepost.spi;

import io.stagepost.Outcome;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lets an event take effect once, in the transaction of the effect itself (rule D07). Thread-safe;
 * its methods block.
 *
 * @param <R> the transaction's resource, such as a JDBC {@code Connection}
 */
public interface Inbox<R> {
  /**
   * Who handles what.
   *
   * @param consumer the subscription's name
   * @param source the event's source
   * @param id the event's id
   * @param idempotencyKey the business key, prefixed by what makes it unique among event types;
   *     null if the event type declares none
   * @param time the event's {@code time}; of an event without one, when the broker got it first;
   *     null if nobody knows. The same for every delivery of an event, so that it says where the
   *     record of the event is to be looked for, and whether it is still kept; whoever publishes an
   *     event again keeps it, since an inbox may take one with a time of another day (UTC) for
   *     another event
   */
  record Entry(
      String consumer,
      URI source,
      String id,
      @Nullable String idempotencyKey,
      @Nullable Instant time) {}

  /**
   * What is done in the transaction.
   *
   * @param <R> the transaction's resource
   */
  @FunctionalInterface
  interface Work<R> {
    /**
     * Does it.
     *
     * @param resource the transaction's resource
     * @return done or skip to commit, anything else to roll back
     * @throws Exception any failure, to roll back
     */
    Outcome in(R resource) throws Exception;
  }

  /**
   * What is done for a batch in the transaction.
   *
   * @param <R> the transaction's resource
   */
  @FunctionalInterface
  interface BatchWork<R> {
    /**
     * Does it.
     *
     * @param resource the transaction's resource
     * @param fresh which entries are new, by their place in the batch, in its order; at least one
     * @throws Exception any failure, to roll back
     */
    void in(R resource, List<Integer> fresh) throws Exception;
  }

  /**
   * Does the work in a transaction, together with the record that the event was handled; or, if
   * that record is there already, nothing. An outcome other than done or skip, or an exception,
   * rolls both back.
   *
   * <p>When its time is over, what waits in the database ends by itself, shortly before the calling
   * thread is interrupted (rule D18), and all is rolled back. A commit that has begun is not cut
   * off for that.
   *
   * @param entry who handles what
   * @param timeout how much time is left
   * @param work the work
   * @return the work's outcome; {@link Outcome.Skip} if the event, or another one of the same
   *     idempotency key, has been handled or refused before; {@link Outcome.DeadLetter} if nobody
   *     can say so any more, as it is older than the window
   * @throws Exception what the work or the database threw
   */
  Outcome once(Entry entry, Duration timeout, Work<R> work) throws Exception;

  /**
   * The same for a batch: one transaction, in which the work is done for those that are new, and
   * all or nothing. If the fate of any is another than done or a duplicate by its id (it is too
   * old, say, or another event may hold its key), nothing is done for any of several: the caller
   * tries smaller batches, down to one.
   *
   * @param entries who handles what, at least one, all of one consumer
   * @param timeout how much time is left
   * @param work the work; not called if none is new
   * @return one outcome for each entry. {@link Outcome.Done} and {@link Outcome.Skip} for all of
   *     them; or, where nothing was done, {@link Outcome.RetryAfter} for all; of a single entry
   *     what {@link #once} returns
   * @throws Exception what the work or the database threw
   */
  List<Outcome> onceAll(List<Entry> entries, Duration timeout, BatchWork<R> work) throws Exception;

  /**
   * Records, in a transaction of its own, that an event is about to be dead-lettered or parked, so
   * that other events of the same idempotency key are duplicates while this one, redelivered or
   * replayed, is not. Ends, by an exception, within a time that the inbox chooses.
   *
   * @param entry what is refused
   * @return false if it must not be given up after all: it has been handled (its commit had
   *     succeeded when it seemed to fail, say), or another event of the same idempotency key came
   *     first and this one is its duplicate
   * @throws Exception what the database threw
   */
  boolean refuse(Entry entry) throws Exception;

  /**
   * Checks the inbox at start.
   *
   * @return what is wrong, each with its code and remedy; empty if nothing is
   */
  List<String> problems();

  /**
   * How old an event may be that is handled. A channel that keeps events for longer is a warning at
   * start.
   *
   * @return empty if it never forgets
   */
  default Optional<Duration> window() {
    return Optional.empty();
  }

  /**
   * Forgets what is older than the window, and whatever else is to be done now and then. Called by
   * each subscription when it starts and every few minutes from then on, on a thread that may be
   * blocked; so it sees to it itself that not everybody does it at once, and ends in a minute or
   * so.
   *
   * @throws Exception any failure: it is logged, and it is called again next time
   */
  default void housekeep() throws Exception {}
}
