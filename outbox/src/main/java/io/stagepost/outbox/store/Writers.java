package io.stagepost.outbox.store;

import io.stagepost.outbox.store.ShardMemory.Range;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds out that missing ids will not appear, while a foreign transaction that writes something
 * else holds back {@code xmin}, so that it proves nothing. Whoever drew an id of the outbox holds a
 * lock on its table until its transaction ends. So, of ranges that have been missing for a while:
 *
 * <pre>
 *   missing ─ 200 ms ─▶ note who holds the lock ─▶ all of them have ended ─▶ what the next fetch
 *                                                                           does not show is over
 * </pre>
 *
 * Transactions are known by their ids, which they keep when they are prepared. Ranges that close
 * within 200 ms, as those of short transactions do, cost nothing. Not thread-safe.
 */
final class Writers {
  private static final Duration STEP = Duration.ofMillis(200);

  /** Of one look at the locks: what a view would join may change between its two sides. */
  private static final String HOLDERS =
      """
      WITH l AS MATERIALIZED (SELECT * FROM pg_locks WHERE granted)
      SELECT DISTINCT x.transactionid::text
      FROM l r LEFT JOIN l x ON x.virtualtransaction = r.virtualtransaction
        AND x.locktype = 'transactionid' AND x.mode = 'ExclusiveLock'
      WHERE r.locktype = 'relation' AND r.relation = 'stagepost_outbox'::regclass
        AND r.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND r.mode = 'RowExclusiveLock'""";

  private static final String STILL_OPEN =
      """
      SELECT count(*) FROM pg_locks
      WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock'
        AND transactionid::text = ANY (?)""";

  private final Connection connection;
  private final TableName table;
  private final Map<Integer, List<Range>> watched = new HashMap<>();
  private final Set<String> holders = new HashSet<>();
  private boolean noted;
  private Instant next;

  Writers(Connection connection, TableName table, Instant now) {
    this.connection = connection;
    this.table = table;
    this.next = now;
  }

  /** Takes a step if it is time; before a fetch, outside of which nothing is concluded. */
  void look(Map<Integer, ShardMemory> shards, Instant now) throws SQLException {
    if (now.isBefore(next) && !now.plus(STEP).isBefore(next)) {
      return;
    }
    next = now.plus(STEP);
    watched.keySet().retainAll(shards.keySet());
    shards.forEach((shard, memory) -> watched.computeIfPresent(shard, (s, r) -> memory.within(r)));
    watched.values().removeIf(List::isEmpty);
    if (watched.isEmpty()) {
      noted = false;
      shards.forEach((shard, memory) -> watched.put(shard, memory.missing()));
      watched.values().removeIf(List::isEmpty);
    } else if (!noted) {
      holders.clear();
      boolean first = noteHolders();
      noted = noteHolders() && first; // again, should one have been preparing in the midst of it
    } else if (allHaveEnded()) {
      shards.forEach((shard, memory) -> memory.over(watched.getOrDefault(shard, List.of())));
      watched.clear();
      noted = false;
    }
  }

  /** False if it cannot be told who holds one of the locks: it is being prepared, say. */
  private boolean noteHolders() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(table.in(HOLDERS));
        ResultSet rows = statement.executeQuery()) {
      boolean all = true;
      while (rows.next()) {
        String holder = rows.getString(1);
        if (holder == null) {
          all = false;
        } else {
          holders.add(holder);
        }
      }
      return all;
    }
  }

  private boolean allHaveEnded() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(STILL_OPEN)) {
      statement.setArray(1, connection.createArrayOf("text", holders.toArray()));
      try (ResultSet answer = statement.executeQuery()) {
        answer.next();
        return answer.getLong(1) == 0;
      }
    }
  }
}
