package io.stagepost.outbox.store;

import io.stagepost.MessagingException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** An outbox on PostgreSQL 13 or later. What a relay says to it is in {@code PostgresSession}. */
public final class PostgresStore implements OutboxStore {
  /**
   * The argument of {@code nextval} gives the transaction its id before any row id is drawn:
   * otherwise a row could be older than its transaction, and be passed over.
   */
  private static final String INSERT =
      """
      INSERT INTO stagepost_outbox (shard, id, address, key, headers, body)
      SELECT shard,
             nextval(CASE WHEN pg_current_xact_id() IS NOT NULL
                          THEN ('stagepost_outbox_id_' || shard)::regclass END),
             address, key, headers, body
      FROM unnest(?::smallint[], ?::text[], ?::bytea[], ?::bytea[], ?::bytea[])
           AS e(shard, address, key, headers, body)""";

  /** The same for one row, most of which are published alone: it takes half the server's time. */
  private static final String INSERT_ONE =
      """
      INSERT INTO stagepost_outbox (shard, id, address, key, headers, body)
      VALUES (%1$d,
              nextval(CASE WHEN pg_current_xact_id() IS NOT NULL
                           THEN 'stagepost_outbox_id_%1$d'::regclass END),
              ?, ?, ?, ?)""";

  /** Locks lanes until the transaction ends, in ascending order; the relay's locks are of two. */
  private static final String LOCK_LANES =
      """
      SELECT pg_advisory_xact_lock('stagepost_outbox'::regclass::oid::bigint << 32 | lane)
      FROM unnest(?::bigint[]) lane;
      """;

  private static final String PARKED =
      """
      SELECT shard, id, address, key, coalesce(octet_length(body), 0), parked_at, error, holds
      FROM stagepost_outbox_parked WHERE ?::text IS NULL OR address = ?
      ORDER BY parked_at, shard, id LIMIT ?""";

  private static final String PARKED_ROW =
      """
      SELECT shard, id, address, key, headers, body
      FROM stagepost_outbox_parked WHERE shard = ? AND id = ?""";

  private static final String LOCK_SHARDS =
      """
      SELECT pg_advisory_xact_lock('stagepost_outbox'::regclass::oid::int, shard)
      FROM unnest(?::int[]) shard""";

  /** With their old ids: the marks go back below them, and the new epoch tells the relays. */
  private static final String RETRY =
      """
      WITH retried AS (
        DELETE FROM stagepost_outbox_parked p
        USING unnest(?::smallint[], ?::bigint[]) AS d(shard, id)
        WHERE p.shard = d.shard AND p.id = d.id RETURNING p.*),
      back AS (
        INSERT INTO stagepost_outbox (shard, id, address, key, headers, body, created_at)
        SELECT shard, id, address, key, headers, body, created_at FROM retried
        RETURNING shard, id),
      told AS (
        INSERT INTO stagepost_outbox_mark AS m (shard, low, epoch)
        SELECT shard, least(0, min(id) - 1), 1 FROM back GROUP BY shard
        ON CONFLICT (shard) DO UPDATE
          SET epoch = m.epoch + 1,
              low = least(m.low, (SELECT min(id) - 1 FROM back b WHERE b.shard = m.shard)))
      SELECT count(*) FROM back""";

  private static final String DISCARD =
      """
      WITH gone AS (
        DELETE FROM stagepost_outbox_parked p
        USING unnest(?::smallint[], ?::bigint[]) AS d(shard, id)
        WHERE p.shard = d.shard AND p.id = d.id RETURNING p.shard),
      told AS (
        INSERT INTO stagepost_outbox_mark AS m (shard, low, epoch)
        SELECT DISTINCT shard, 0, 1 FROM gone
        ON CONFLICT (shard) DO UPDATE SET epoch = m.epoch + 1)
      SELECT count(*) FROM gone""";

  /** The oldest of a shard is the first above its mark. */
  private static final String DEPTH =
      """
      SELECT (SELECT count(*) FROM (SELECT 1 FROM stagepost_outbox LIMIT ?) o),
             (SELECT count(*) FROM stagepost_outbox_parked),
             (SELECT (extract(epoch FROM clock_timestamp() - min(o.created_at)) * 1000)::bigint
              FROM generate_series(0, %d - 1) s(shard)
              LEFT JOIN stagepost_outbox_mark m ON m.shard = s.shard
              CROSS JOIN LATERAL (
                SELECT created_at FROM stagepost_outbox
                WHERE shard = s.shard AND id > coalesce(m.low, 0) ORDER BY id LIMIT 1) o)""";

  private final TableName table;
  private final int shards;
  private final PostgresSchema schema;
  private final PostgresSession.Tuning tuning;

  /** By shard. */
  private final List<String> insertOne;

  /**
   * A store.
   *
   * @param table the outbox's table, perhaps with its schema; the other tables' names begin so
   * @param shards how many there are
   */
  public PostgresStore(String table, int shards) {
    this(table, shards, PostgresSession.Tuning.USUAL);
  }

  PostgresStore(String table, int shards, PostgresSession.Tuning tuning) {
    this.table = new TableName(table);
    this.shards = shards;
    this.schema = new PostgresSchema(this.table, shards);
    this.tuning = tuning;
    this.insertOne =
        IntStream.range(0, shards)
            .mapToObj(shard -> this.table.in(INSERT_ONE.formatted(shard)))
            .toList();
  }

  @Override
  public void insert(Connection connection, List<NewRow> rows, boolean strict) throws SQLException {
    if (rows.size() == 1 && !strict) {
      insert(connection, rows.get(0));
    } else {
      insertAll(connection, rows, strict);
    }
  }

  private void insert(Connection connection, NewRow row) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insertOne.get(row.shard()))) {
      statement.setString(1, row.address());
      statement.setBytes(2, row.key());
      statement.setBytes(3, row.headers());
      statement.setBytes(4, row.body());
      checkCount(statement.executeUpdate(), 1);
    }
  }

  private static void checkCount(int inserted, int rows) throws SQLException {
    if (inserted != rows) {
      throw new SQLException("Inserted " + inserted + " rows instead of " + rows, "22000");
    }
  }

  private void insertAll(Connection connection, List<NewRow> rows, boolean strict)
      throws SQLException {
    int count = rows.size();
    Short[] shardOf = new Short[count];
    String[] addresses = new String[count];
    byte[][] keys = new byte[count][];
    byte[][] headers = new byte[count][];
    byte[][] bodies = new byte[count][];
    for (int i = 0; i < count; i++) {
      NewRow row = rows.get(i);
      shardOf[i] = (short) row.shard();
      addresses[i] = row.address();
      keys[i] = row.key();
      headers[i] = row.headers();
      bodies[i] = row.body();
    }
    try (PreparedStatement statement =
        connection.prepareStatement(table.in(strict ? LOCK_LANES + INSERT : INSERT))) {
      int next = 1;
      if (strict) {
        statement.setArray(next++, connection.createArrayOf("int8", lanes(rows)));
      }
      statement.setArray(next++, connection.createArrayOf("int2", shardOf));
      statement.setArray(next++, connection.createArrayOf("text", addresses));
      statement.setArray(next++, connection.createArrayOf("bytea", keys));
      statement.setArray(next++, connection.createArrayOf("bytea", headers));
      statement.setArray(next, connection.createArrayOf("bytea", bodies));
      statement.execute();
      if (strict) {
        statement.getMoreResults();
      }
      checkCount(statement.getUpdateCount(), count);
    }
  }

  /** Numbers of 32 bits for the lanes, each once, ascending: so that no two wait for each other. */
  private static Long[] lanes(Collection<NewRow> rows) {
    return rows.stream()
        .filter(row -> row.key() != null)
        .map(
            row -> {
              CRC32 sum = new CRC32();
              sum.update(row.key());
              return sum.getValue();
            })
        .sorted()
        .distinct()
        .toArray(Long[]::new);
  }

  @Override
  public RelaySession open(Connection connection, SessionSettings settings) throws SQLException {
    return new PostgresSession(connection, table, settings, tuning);
  }

  @Override
  public void createSchema(Connection connection) throws SQLException {
    schema.create(connection);
  }

  @Override
  public void changeShards(Connection connection, int to) throws SQLException {
    schema.changeShards(connection, to);
  }

  @Override
  public List<String> problems(Connection connection) throws SQLException {
    return schema.problems(connection);
  }

  @Override
  public Depth depth(Connection connection, long limit) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(table.in(DEPTH).formatted(shards))) {
      statement.setLong(1, limit);
      try (ResultSet answer = statement.executeQuery()) {
        answer.next();
        return new Depth(
            answer.getLong(1),
            Duration.ofMillis(Math.max(0, answer.getLong(3))),
            answer.getLong(2));
      }
    }
  }

  @Override
  public List<String> describe(Connection connection) throws SQLException {
    return new PostgresDescription(table).lines(connection);
  }

  @Override
  public List<ParkedRow> parked(Connection connection, @Nullable String address, int limit)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(table.in(PARKED))) {
      statement.setString(1, address);
      statement.setString(2, address);
      statement.setInt(3, limit);
      List<ParkedRow> parked = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          Timestamp parkedAt = rows.getTimestamp(6);
          parked.add(
              new ParkedRow(
                  new RowId(rows.getInt(1), rows.getLong(2)),
                  rows.getString(3),
                  rows.getBytes(4),
                  rows.getLong(5),
                  parkedAt.toInstant(),
                  rows.getString(7),
                  rows.getBoolean(8)));
        }
      }
      return parked;
    }
  }

  @Override
  public Optional<Row> parkedRow(Connection connection, RowId id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(table.in(PARKED_ROW))) {
      return JdbcStore.row(statement, id);
    }
  }

  @Override
  public int retry(Connection connection, List<RowId> ids) throws SQLException {
    return onParked(connection, RETRY, ids);
  }

  @Override
  public int discard(Connection connection, List<RowId> ids) throws SQLException {
    return onParked(connection, DISCARD, ids);
  }

  /** With the shards' locks, so between the rounds of any relay. */
  private int onParked(Connection connection, String sql, List<RowId> ids) throws SQLException {
    try (Statement first = connection.createStatement();
        PreparedStatement lock = connection.prepareStatement(table.in(LOCK_SHARDS));
        PreparedStatement statement = connection.prepareStatement(table.in(sql))) {
      first.execute("SELECT pg_current_xact_id()"); // before any row of it appears
      Object[] locked = ids.stream().map(RowId::shard).sorted().distinct().toArray();
      lock.setArray(1, connection.createArrayOf("int4", locked));
      lock.execute();
      Array shardOf =
          connection.createArrayOf("int2", ids.stream().map(id -> (short) id.shard()).toArray());
      statement.setArray(1, shardOf);
      statement.setArray(
          2, connection.createArrayOf("int8", ids.stream().map(RowId::id).toArray()));
      try (ResultSet answer = statement.executeQuery()) {
        answer.next();
        return answer.getInt(1);
      }
    }
  }

  @Override
  public MessagingException failure(String what, SQLException cause) {
    return new PostgresErrors(table).of(what, cause);
  }

  @Override
  public String toString() {
    return "PostgreSQL, " + table + ", " + shards + " shards";
  }
}
