package io.stagepost.outbox;

import io.stagepost.MessagingException;
import io.stagepost.outbox.ShardMemory.Range;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The relay's statements on PostgreSQL, and the session they run in: one connection, taken for
 * long, given back as it was. Not thread-safe. Statements stay prepared, so that after a few rounds
 * the driver transfers rows in binary.
 */
final class PostgresRelay implements AutoCloseable {
  /**
   * What the horizon of new holes is: a transaction id assigned after the snapshot of the fetch.
   * (Nothing less will do, {@code pg_snapshot_xmax} in particular; a test shows what it loses.)
   */
  static final String ASSIGNED_XID = "pg_current_xact_id()";

  private static final Logger LOG = System.getLogger(Relay.class.getName());

  /** The session's parameters; nobody else's, so that RESET gives the connection back clean. */
  private static final List<String> PARAMETERS =
      List.of(
          "synchronous_commit",
          "idle_in_transaction_session_timeout",
          "plan_cache_mode",
          "enable_seqscan",
          "enable_bitmapscan",
          "enable_hashjoin",
          "enable_mergejoin",
          "jit");

  // The advisory lock's class is the table's oid, so outboxes of several schemas do not meet.
  private static final String CLAIM =
      """
      SELECT s, (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint
      FROM unnest(?::int[]) s
      WHERE pg_try_advisory_xact_lock('stagepost_outbox'::regclass::oid::int, s)
      LIMIT ?""";

  private static final String MARKS =
      "SELECT shard, low FROM stagepost_outbox_mark WHERE shard = ANY (?::smallint[])";

  // Ranges of a shard are disjoint and given in ascending order, and the nested loops keep it: so
  // the limits stop reading early, and the running sum needs no sort. The reader checks the order.
  private static final String FETCH =
      """
      SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
             s.shard, b.id, b.address, b.key, b.headers, b.body
      FROM unnest(?::smallint[]) AS s(shard)
      LEFT JOIN LATERAL (
        SELECT m.* FROM (
          SELECT f.*, sum(f.size) OVER (ROWS UNBOUNDED PRECEDING) - f.size AS before
          FROM (
            SELECT o.*, coalesce(octet_length(o.key), 0) + octet_length(o.headers)
                        + coalesce(octet_length(o.body), 0) AS size
            FROM unnest(?::smallint[], ?::bigint[], ?::bigint[]) AS r(shard, lo, hi)
            CROSS JOIN LATERAL (
              SELECT * FROM stagepost_outbox
              WHERE shard = r.shard AND id BETWEEN r.lo AND r.hi ORDER BY id LIMIT ?) o
            WHERE r.shard = s.shard
            LIMIT ?) f) m
        WHERE m.before < ?) b ON true""";

  private static final String DELETE =
      """
      WITH gone AS (
        DELETE FROM stagepost_outbox o
        USING unnest(?::smallint[], ?::bigint[]) AS d(shard, id)
        WHERE o.shard = d.shard AND o.id = d.id RETURNING 1)
      SELECT (%s)::text::bigint, count(*) FROM gone""";

  private static final String PARK =
      """
      WITH gone AS (
        DELETE FROM stagepost_outbox o
        USING unnest(?::smallint[], ?::bigint[], ?::text[]) AS d(shard, id, error)
        WHERE o.shard = d.shard AND o.id = d.id
        RETURNING o.shard, o.id, o.address, o.key, o.headers, o.body, d.error)
      INSERT INTO stagepost_outbox_parked
        (shard, id, address, key, headers, body, parked_at, error)
      SELECT shard, id, address, key, headers, body, now(), error FROM gone""";

  private static final String MARK =
      """
      INSERT INTO stagepost_outbox_mark AS m (shard, low)
      SELECT * FROM unnest(?::smallint[], ?::bigint[])
      ON CONFLICT (shard) DO UPDATE SET low = excluded.low WHERE m.low < excluded.low""";

  private final Connection connection;
  private final String deleteSql;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();
  private final boolean autoCommit;
  private final int isolation;
  private final int networkTimeout;

  /**
   * Begins the session.
   *
   * @param connection closed with the session
   * @param idleInTransaction after how long in a round without a statement the server shall give
   *     the shards to others: longer than any send
   * @param horizonSql {@link #ASSIGNED_XID}
   */
  PostgresRelay(Connection connection, Duration idleInTransaction, String horizonSql)
      throws SQLException {
    this.connection = connection;
    this.deleteSql = DELETE.formatted(horizonSql);
    try {
      this.autoCommit = connection.getAutoCommit();
      this.isolation = connection.getTransactionIsolation();
      this.networkTimeout = connection.getNetworkTimeout();
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      connection.setAutoCommit(false);
      connection.setNetworkTimeout(Runnable::run, Math.toIntExact(idleInTransaction.toMillis()));
      try (Statement statement = connection.createStatement()) {
        checkWritable(statement);
        statement.execute(
            """
            SET synchronous_commit = off;
            SET idle_in_transaction_session_timeout = %d;
            SET plan_cache_mode = force_generic_plan;
            SET enable_seqscan = off; SET enable_bitmapscan = off;
            SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off"""
                .formatted(idleInTransaction.toMillis()));
      }
      connection.commit();
    } catch (SQLException | RuntimeException failure) {
      abort(failure);
      throw failure;
    }
  }

  private static void checkWritable(Statement statement) throws SQLException {
    try (ResultSet answer = statement.executeQuery("SHOW transaction_read_only")) {
      answer.next();
      if (answer.getString(1).equals("on")) {
        throw new MessagingException(
            "SP-OUTBOX-018",
            "The relay's DataSource gives connections that cannot write: to a standby, or set"
                + " read-only. It could send but never delete; give it one to the primary.");
      }
    }
  }

  /** Shards whose lock this transaction holds, and when the server says it was started. */
  record Claim(List<Integer> shards, long serverStart) {}

  /** Takes the locks of at most so many shards, in that order, skipping those that others hold. */
  Claim claim(List<Integer> order, int max) throws SQLException {
    PreparedStatement statement = prepare(CLAIM);
    set(statement, 1, "int4", order.toArray());
    statement.setInt(2, max);
    List<Integer> shards = new ArrayList<>();
    long serverStart = 0;
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        shards.add(rows.getInt(1));
        serverStart = rows.getLong(2);
      }
    }
    return new Claim(shards, serverStart);
  }

  /** Up to where shards are finished; those without a mark are not in the map. */
  Map<Integer, Long> marks(Collection<Integer> shards) throws SQLException {
    PreparedStatement statement = prepare(MARKS);
    set(statement, 1, "int2", shards.stream().map(Integer::shortValue).toArray());
    Map<Integer, Long> marks = new HashMap<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        marks.put(rows.getInt(1), rows.getLong(2));
      }
    }
    return marks;
  }

  /** What to look for in a shard: ranges apart from each other, in ascending order. */
  record Slice(int shard, List<Range> ranges) {}

  /** Rows in the order of (shard, id), and the {@code xmin} of the snapshot that shows them. */
  record Fetch(long xmin, Map<Integer, List<Row>> rows) {}

  /**
   * Reads, in one statement, what is in the slices: of each shard the first rows, up to both
   * bounds; one row is always within the bound of bytes.
   */
  Fetch fetch(List<Slice> slices, int maxRows, long maxBytes) throws SQLException {
    List<Short> shards = new ArrayList<>();
    List<Short> of = new ArrayList<>();
    List<Long> lo = new ArrayList<>();
    List<Long> hi = new ArrayList<>();
    for (Slice slice : slices) {
      shards.add((short) slice.shard());
      for (Range range : slice.ranges()) {
        of.add((short) slice.shard());
        lo.add(range.lo());
        hi.add(range.hi());
      }
    }
    PreparedStatement statement = prepare(FETCH);
    set(statement, 1, "int2", shards.toArray());
    set(statement, 2, "int2", of.toArray());
    set(statement, 3, "int8", lo.toArray());
    set(statement, 4, "int8", hi.toArray());
    statement.setLong(5, maxRows);
    statement.setLong(6, maxRows);
    statement.setLong(7, maxBytes);
    long xmin = 0;
    Map<Integer, List<Row>> found = new HashMap<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        xmin = rows.getLong(1);
        int shard = rows.getInt(2);
        long id = rows.getLong(3);
        if (!rows.wasNull()) {
          append(
              found.computeIfAbsent(shard, none -> new ArrayList<>()),
              new Row(
                  shard,
                  id,
                  rows.getString(4),
                  rows.getBytes(5),
                  rows.getBytes(6),
                  rows.getBytes(7)));
        }
      }
    }
    return new Fetch(xmin, found);
  }

  private static void append(List<Row> rows, Row row) {
    if (!rows.isEmpty() && rows.get(rows.size() - 1).id() >= row.id()) {
      throw new IllegalStateException(row + " came after " + rows.get(rows.size() - 1));
    }
    rows.add(row);
  }

  /**
   * Deletes rows.
   *
   * @return the horizon of the holes that the fetch before has shown
   */
  long delete(List<Row> rows) throws SQLException {
    PreparedStatement statement = prepare(deleteSql);
    set(statement, 1, "int2", rows.stream().map(row -> (short) row.shard()).toArray());
    set(statement, 2, "int8", rows.stream().map(Row::id).toArray());
    try (ResultSet answer = statement.executeQuery()) {
      answer.next();
      if (answer.getInt(2) != rows.size()) {
        LOG.log(
            Level.WARNING,
            "SP-OUTBOX-019 Of {0} rows that were sent, {1} were there to delete: somebody else"
                + " deletes from stagepost_outbox; leave that to the relay.",
            rows.size(),
            answer.getInt(2));
      }
      return answer.getLong(1);
    }
  }

  /** Moves rows to the parked ones, each with its error. */
  void park(Map<Row, String> errors) throws SQLException {
    PreparedStatement statement = prepare(PARK);
    List<Row> rows = new ArrayList<>(errors.keySet());
    set(statement, 1, "int2", rows.stream().map(row -> (short) row.shard()).toArray());
    set(statement, 2, "int8", rows.stream().map(Row::id).toArray());
    set(statement, 3, "text", rows.stream().map(errors::get).toArray());
    statement.executeUpdate();
  }

  /** Remembers for later owners up to where shards are finished. Never goes back. */
  void mark(Map<Integer, Long> lows) throws SQLException {
    PreparedStatement statement = prepare(MARK);
    set(statement, 1, "int2", lows.keySet().stream().map(Integer::shortValue).toArray());
    set(statement, 2, "int8", lows.values().toArray());
    statement.executeUpdate();
  }

  void commit() throws SQLException {
    connection.commit();
  }

  private PreparedStatement prepare(String sql) throws SQLException {
    PreparedStatement statement = prepared.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      statement.setFetchSize(0); // all at once, whatever the URL says
      prepared.put(sql, statement);
    }
    return statement;
  }

  private void set(PreparedStatement statement, int index, String type, Object[] values)
      throws SQLException {
    Array array = connection.createArrayOf(type, values);
    statement.setArray(index, array);
  }

  /** Rolls back what is open and gives the connection back as it was; cuts it if it cannot. */
  @Override
  public void close() {
    try {
      for (PreparedStatement statement : prepared.values()) {
        statement.close();
      }
      connection.rollback();
      try (Statement statement = connection.createStatement()) {
        statement.execute("RESET " + String.join("; RESET ", PARAMETERS));
      }
      connection.commit();
      connection.setNetworkTimeout(Runnable::run, networkTimeout);
      connection.setTransactionIsolation(isolation);
      connection.setAutoCommit(autoCommit);
      connection.close();
    } catch (SQLException | RuntimeException failure) {
      abort(failure);
    }
  }

  private void abort(Exception reason) {
    try {
      connection.abort(Runnable::run);
      connection.close();
    } catch (SQLException | RuntimeException failure) {
      reason.addSuppressed(failure);
    }
    LOG.log(Level.DEBUG, "The relay cut its connection", reason);
  }
}
