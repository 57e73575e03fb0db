package io.stagepost.outbox.store;

import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A relay's session with its database: one transaction for each round.
 *
 * <pre>
 *   claim ─▶ fetch ─▶ (send) ─▶ settle, once or more ─▶ commit
 * </pre>
 *
 * <p>It remembers, from one round to the next, what it has seen of each shard; all of that is
 * monotone fact, so that memory which has grown old costs time and is not wrong. If any method
 * throws, the session is over, and its memory with it. Not thread-safe.
 */
public interface RelaySession extends AutoCloseable {
  /**
   * Takes shards for this round: nobody else's fetch sees them until {@link #commit}, and nobody
   * who stopped keeps them for longer than the idle timeout.
   *
   * @param order which shards, in which order
   * @param max how many at most
   * @return those taken, ascending; those that others hold are skipped, not waited for
   * @throws SQLException if the database failed
   */
  List<Integer> claim(List<Integer> order, int max) throws SQLException;

  /**
   * Reads committed rows of claimed shards: whatever order their transactions end in, none is
   * passed over.
   *
   * @param shards claimed in this round
   * @param revisit ids, by shard, of rows that were left, to be read again once
   * @return one for each of the shards
   * @throws SQLException if the database failed
   */
  List<Fetched> fetch(List<Integer> shards, Map<Integer, Set<Long>> revisit) throws SQLException;

  /**
   * Deletes what was sent, and moves what was refused to the parked rows. What was refused with a
   * hold is in {@link Fetched#held()} of every later round, of every session.
   *
   * @param sent confirmed by the broker
   * @param refused by the broker, for good
   * @throws SQLException if the database failed
   */
  void settle(List<Row> sent, List<Refusal> refused) throws SQLException;

  /**
   * Ends the round, and learns from what it has shown. What was shown and not settled is
   * <em>left</em>: it is not shown again before it is revisited, or its shard forgotten.
   *
   * @param finished those of the claimed shards of which every row fetched was settled or left on
   *     purpose; of the others, what is known is forgotten, so that they are read again from their
   *     mark
   * @return what it has taught
   * @throws SQLException if the database failed; the round may have been committed
   */
  Learned commit(Collection<Integer> finished) throws SQLException;

  /**
   * Reads a shard again from its mark at the next round; the mark is below all that was left.
   *
   * @param shard which
   */
  void forget(int shard);

  /** Rolls back what is open and gives the connection back as it was; cuts it if it cannot. */
  @Override
  void close();
}
