package io.stagepost.outbox.store;

import io.stagepost.MessagingException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * An outbox on any database that has row locks which others can skip, and an isolation level READ
 * UNCOMMITTED that shows pending inserts. A new one is a subclass with its DDL, and those of the
 * statements of {@link Sql} that it says in other words.
 *
 * <p>How it loses nothing. Ids are drawn before the commit, so a row with a lower id may appear
 * after one with a higher id was sent. A relay reads all that is committed above its mark in every
 * round, and moves the mark past an id once it is sent, or is known never to appear: a dirty read
 * shows the ids that are pending, and those whose insert is still running were drawn lately. See
 * {@code ShardWindow}. What that rests on: ids grow in the order in which they are drawn; a
 * statement that inserts is over in less than {@link #settling()}. What comes late nevertheless, a
 * scan of the whole finds each minute.
 *
 * <p>Order: rows are chosen by one statement of READ COMMITTED. A locking or a dirty read is no
 * snapshot: it may show a row and not the one before it. So may even a snapshot of MariaDB's, since
 * it looks at the running transactions one after the other: the first may commit once it was looked
 * at, and the second, which waited for it, before it is looked at. A later snapshot shows both, so
 * what it shows beside the rows that were chosen is not passed: they wait for the next round.
 *
 * <p>Thread-safe.
 */
public abstract class JdbcStore implements OutboxStore {
  /** How many slots the keys are locked by, of an outbox that locks them. */
  private static final int SLOTS = 256;

  private static final int ROWS_PER_INSERT = 100;
  private static final long BYTES_PER_INSERT = 1024L * 1024;

  /**
   * The statements, with the table's default name. {@code ?*} stands for a list. {@link #IDS},
   * {@link #LEFT_IDS} and {@link #SIZES} are put together by UNION ALL; so are {@link #PENDING},
   * {@link #STILL_PENDING} and {@link #HIGHEST}, and {@link #ROWS} and {@link #ROW_IDS}.
   */
  public enum Sql {
    /** What {@code VALUES} of rows follow: shard, address, key, headers, body. */
    INSERT("INSERT INTO stagepost_outbox (shard, address, ordering_key, headers, body) VALUES "),
    /** Locks slots until the transaction ends, in ascending order. */
    LOCK_SLOTS(
        "SELECT slot FROM stagepost_outbox_lock WHERE slot IN (?*) ORDER BY slot FOR UPDATE"),
    /** Locks the shards of a list that nobody has locked. */
    CLAIM(
        "SELECT shard, low, epoch FROM stagepost_outbox_mark WHERE shard IN (?*)"
            + " FOR UPDATE SKIP LOCKED"),
    /** Locks the shards of a list, in ascending order. */
    LOCK_SHARDS(
        "SELECT shard FROM stagepost_outbox_mark WHERE shard IN (?*) ORDER BY shard FOR UPDATE"),
    /** The lanes that parked rows hold. */
    HELD(
        "SELECT shard, address, ordering_key FROM stagepost_outbox_parked"
            + " WHERE shard IN (?*) AND holds = TRUE AND ordering_key IS NOT NULL"),
    /** Of a shard, the ids above one and up to another, so many at most. Read dirty. */
    PENDING(
        "(SELECT 0 AS highest, shard, id FROM stagepost_outbox"
            + " WHERE shard = ? AND id > ? ORDER BY id LIMIT ?)"),
    /** Of a shard, those of some ids that are there. Read dirty. */
    STILL_PENDING(
        "(SELECT 0 AS highest, shard, id FROM stagepost_outbox WHERE shard = ? AND id IN (?*))"),
    /** Of a shard, the highest id. Read dirty. */
    HIGHEST(
        "(SELECT 1 AS highest, shard, id FROM stagepost_outbox"
            + " WHERE shard = ? ORDER BY id DESC LIMIT 1)"),
    /** Of a shard, ids and sizes above one and up to another, so many at most. */
    IDS(
        "(SELECT shard, id, COALESCE(OCTET_LENGTH(ordering_key), 0) + OCTET_LENGTH(headers)"
            + " + COALESCE(OCTET_LENGTH(body), 0) AS size FROM stagepost_outbox"
            + " WHERE shard = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?)"),
    /** The same without sizes, which take reading the rows: -1 instead. */
    LEFT_IDS(
        "(SELECT shard, id, -1 AS size FROM stagepost_outbox"
            + " WHERE shard = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?)"),
    /** Of a shard, those of some ids that are there, and their sizes. */
    SIZES(
        "(SELECT shard, id, COALESCE(OCTET_LENGTH(ordering_key), 0) + OCTET_LENGTH(headers)"
            + " + COALESCE(OCTET_LENGTH(body), 0) AS size FROM stagepost_outbox"
            + " WHERE shard = ? AND id IN (?*))"),
    /** Rows of a shard by their ids. */
    ROWS(
        "(SELECT shard, id, address, ordering_key, headers, body FROM stagepost_outbox"
            + " WHERE shard = ? AND id IN (?*))"),
    /**
     * Of a shard, ids above one and up to another, so many at most, in the form of {@link #ROWS}.
     */
    ROW_IDS(
        "(SELECT shard, id, NULL, NULL, NULL, NULL FROM stagepost_outbox"
            + " WHERE shard = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?)"),
    /** Deletes rows of a shard by their ids; must not wait for rows that others insert. */
    DELETE("DELETE FROM stagepost_outbox WHERE id IN (?*) AND shard = ?"),
    /** Parks a row. */
    PARK(
        "INSERT INTO stagepost_outbox_parked (shard, id, address, ordering_key, headers, body,"
            + " created_at, parked_at, error, holds) VALUES (?, ?, ?, ?, ?, ?,"
            + " (SELECT created_at FROM stagepost_outbox WHERE shard = ? AND id = ?),"
            + " CURRENT_TIMESTAMP(6), ?, ?)"),
    /** Says that a shard is not as relays remember it. */
    NEXT_EPOCH("UPDATE stagepost_outbox_mark SET epoch = epoch + 1 WHERE shard = ?"),
    /** Moves a mark up. */
    MARK("UPDATE stagepost_outbox_mark SET low = ? WHERE shard = ? AND low < ?"),
    /** Moves a mark down. */
    MARK_BACK("UPDATE stagepost_outbox_mark SET low = ? WHERE shard = ? AND low > ?"),
    /** Parked rows, oldest first, with their bodies' lengths; times in microseconds since 1970. */
    PARKED(
        "SELECT shard, id, address, ordering_key, COALESCE(OCTET_LENGTH(body), 0),"
            + " CAST(UNIX_TIMESTAMP(parked_at) * 1000000 AS SIGNED), error, holds"
            + " FROM stagepost_outbox_parked WHERE (? = 1 OR address = ?)"
            + " ORDER BY parked_at, shard, id LIMIT ?"),
    /** A parked row as a whole. */
    PARKED_ROW(
        "SELECT shard, id, address, ordering_key, headers, body"
            + " FROM stagepost_outbox_parked WHERE shard = ? AND id = ?"),
    /** Puts a parked row back. */
    UNPARK(
        "INSERT INTO stagepost_outbox (shard, id, address, ordering_key, headers, body, created_at)"
            + " SELECT shard, id, address, ordering_key, headers, body, created_at"
            + " FROM stagepost_outbox_parked WHERE shard = ? AND id = ?"),
    /** Deletes a parked row. */
    DELETE_PARKED("DELETE FROM stagepost_outbox_parked WHERE shard = ? AND id = ?"),
    /** How many rows there are, up to a bound. */
    COUNT("SELECT COUNT(*) FROM (SELECT id FROM stagepost_outbox LIMIT ?) o"),
    /** How many are parked. */
    COUNT_PARKED("SELECT COUNT(*) FROM stagepost_outbox_parked"),
    /** How long the first row above a shard's mark has waited, in microseconds. */
    OLDEST(
        "SELECT TIMESTAMPDIFF(MICROSECOND, created_at, CURRENT_TIMESTAMP(6)) FROM stagepost_outbox"
            + " WHERE shard = ? AND id > (SELECT low FROM stagepost_outbox_mark WHERE shard = ?)"
            + " ORDER BY id LIMIT 1");

    private final String text;

    Sql(String text) {
      this.text = text;
    }
  }

  private final TableName table;
  private final int shards;

  /**
   * A store.
   *
   * @param table the outbox's table, perhaps with its schema; the other tables' names begin so
   * @param shards how many there are
   */
  protected JdbcStore(String table, int shards) {
    this.table = new TableName(table);
    this.shards = shards;
  }

  // ---- what a database says in its own words ---------------------------------------------------

  /**
   * The name of the database, for people.
   *
   * @return such as {@code MariaDB}
   */
  protected abstract String product();

  /**
   * The DDL's resource, in {@code io/stagepost/outbox}: statements that end with a semicolon at the
   * end of a line, safe to run again.
   *
   * @return such as {@code mariadb.sql}
   */
  protected abstract String ddl();

  /**
   * A statement in this database's words.
   *
   * @param name which
   * @return with the table's default name, and as many parameters as the usual one
   */
  protected String sql(Sql name) {
    return name.text;
  }

  /**
   * Sets up a relay's session: how long it waits for locks, and after how long without a statement
   * the server ends it.
   *
   * @param connection the session's
   * @param settings what it goes by
   * @return SQL that sets back what was set
   * @throws SQLException if the database failed
   * @throws MessagingException if this connection cannot write
   */
  protected abstract List<String> begin(Connection connection, SessionSettings settings)
      throws SQLException;

  /**
   * For how long an id may have been drawn before its row can be read dirty: longer than any single
   * statement that inserts.
   *
   * @return five seconds
   */
  protected Duration settling() {
    return Duration.ofSeconds(5);
  }

  /**
   * What is wrong with the server, and with the tables beside their columns, all of which are
   * there.
   *
   * @param connection any
   * @return what is wrong, each with its code and remedy
   * @throws SQLException if the database failed
   */
  protected abstract List<String> serverProblems(Connection connection) throws SQLException;

  /**
   * What an error means here.
   *
   * @param state its SQLSTATE
   * @param code the vendor's code
   * @return one of {@code SP-OUTBOX-003} to {@code 009}
   */
  protected abstract String meaning(String state, int code);

  // ---- for the session -------------------------------------------------------------------------

  final String text(Sql name) {
    return table.in(sql(name));
  }

  /** With its list so long. */
  final String text(Sql name, int length) {
    return text(name).replace("?*", String.join(", ", Collections.nCopies(length, "?")));
  }

  final TableName table() {
    return table;
  }

  // ---- publishers ------------------------------------------------------------------------------

  @Override
  public final void insert(Connection connection, List<NewRow> rows, boolean strict)
      throws SQLException {
    if (strict) {
      lock(connection, rows);
    }
    int from = 0;
    Savepoint begun = null;
    while (from < rows.size()) {
      int to = from;
      long bytes = 0;
      do {
        bytes += size(rows.get(to++));
      } while (to < rows.size() && to - from < ROWS_PER_INSERT && bytes < BYTES_PER_INSERT);
      if (from == 0 && to < rows.size()) {
        begun = connection.setSavepoint();
      }
      try {
        insert(connection, rows.subList(from, to));
      } catch (SQLException failure) {
        undo(connection, begun, failure);
        throw failure;
      }
      from = to;
    }
  }

  /** An insert of several statements is not left half done, should the caller go on. */
  private static void undo(Connection connection, @Nullable Savepoint begun, SQLException failure) {
    if (begun != null) {
      try {
        connection.rollback(begun);
      } catch (SQLException lost) {
        failure.addSuppressed(lost);
      }
    }
  }

  private static long size(NewRow row) {
    byte[] key = row.key();
    byte[] body = row.body();
    return (key == null ? 0L : key.length)
        + row.headers().length
        + (body == null ? 0L : body.length);
  }

  /** In one statement, which draws ids in the order of its rows. */
  private void insert(Connection connection, List<NewRow> rows) throws SQLException {
    String values = String.join(", ", Collections.nCopies(rows.size(), "(?, ?, ?, ?, ?)"));
    try (PreparedStatement statement = connection.prepareStatement(text(Sql.INSERT) + values)) {
      int next = 1;
      for (NewRow row : rows) {
        statement.setInt(next++, row.shard());
        statement.setString(next++, row.address());
        statement.setBytes(next++, row.key());
        statement.setBytes(next++, row.headers());
        statement.setBytes(next++, row.body());
      }
      int inserted = statement.executeUpdate();
      if (inserted != rows.size()) {
        throw new SQLException("Inserted " + inserted + " rows instead of " + rows.size(), "22000");
      }
    }
  }

  /** In ascending order, so that no two wait for each other. */
  private void lock(Connection connection, List<NewRow> rows) throws SQLException {
    List<Integer> slots =
        rows.stream()
            .filter(row -> row.key() != null)
            .map(
                row -> {
                  CRC32 sum = new CRC32();
                  sum.update(row.key());
                  return (int) (sum.getValue() % SLOTS);
                })
            .sorted()
            .distinct()
            .toList();
    if (!slots.isEmpty()) {
      lock(connection, Sql.LOCK_SLOTS, slots);
    }
  }

  private void lock(Connection connection, Sql sql, List<Integer> list) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(text(sql, list.size()))) {
      for (int i = 0; i < list.size(); i++) {
        statement.setInt(i + 1, list.get(i));
      }
      int locked = 0;
      try (ResultSet found = statement.executeQuery()) {
        while (found.next()) {
          locked++;
        }
      }
      if (locked != list.size()) {
        throw new SQLException(
            "Of the rows " + list + " only " + locked + " are there to be locked; run the DDL",
            "42S02");
      }
    }
  }

  // ---- relays ----------------------------------------------------------------------------------

  @Override
  public final RelaySession open(Connection connection, SessionSettings settings)
      throws SQLException {
    return new JdbcSession(this, connection, settings);
  }

  // ---- parked rows -----------------------------------------------------------------------------

  @Override
  public final List<ParkedRow> parked(Connection connection, @Nullable String address, int limit)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(text(Sql.PARKED))) {
      statement.setInt(1, address == null ? 1 : 0);
      statement.setString(2, address == null ? "" : address);
      statement.setInt(3, limit);
      List<ParkedRow> parked = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          parked.add(
              new ParkedRow(
                  new RowId(rows.getInt(1), rows.getLong(2)),
                  rows.getString(3),
                  rows.getBytes(4),
                  rows.getLong(5),
                  Instant.EPOCH.plus(rows.getLong(6), ChronoUnit.MICROS),
                  rows.getString(7),
                  rows.getBoolean(8)));
        }
      }
      return parked;
    }
  }

  @Override
  public final Optional<Row> parkedRow(Connection connection, RowId id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(text(Sql.PARKED_ROW))) {
      return row(statement, id);
    }
  }

  /** The row that a statement finds by shard and id. */
  static Optional<Row> row(PreparedStatement statement, RowId id) throws SQLException {
    try (ResultSet rows = set(statement, id).executeQuery()) {
      return rows.next() ? Optional.of(row(rows)) : Optional.empty();
    }
  }

  static Row row(ResultSet rows) throws SQLException {
    return new Row(
        rows.getInt(1),
        rows.getLong(2),
        rows.getString(3),
        rows.getBytes(4),
        rows.getBytes(5),
        rows.getBytes(6));
  }

  @Override
  public final int retry(Connection connection, List<RowId> ids) throws SQLException {
    return onParked(connection, ids, true);
  }

  @Override
  public final int discard(Connection connection, List<RowId> ids) throws SQLException {
    return onParked(connection, ids, false);
  }

  /** With the shards' locks, so between the rounds of any relay. */
  private int onParked(Connection connection, List<RowId> ids, boolean back) throws SQLException {
    if (ids.isEmpty()) {
      return 0;
    }
    lock(
        connection,
        Sql.LOCK_SHARDS,
        ids.stream()
            .map(RowId::shard)
            .filter(shard -> shard < shards)
            .sorted()
            .distinct()
            .toList());
    Map<Integer, Long> lowest = new TreeMap<>();
    int count = 0;
    try (PreparedStatement unpark = connection.prepareStatement(text(Sql.UNPARK));
        PreparedStatement delete = connection.prepareStatement(text(Sql.DELETE_PARKED));
        PreparedStatement next = connection.prepareStatement(text(Sql.NEXT_EPOCH));
        PreparedStatement mark = connection.prepareStatement(text(Sql.MARK_BACK))) {
      for (RowId id : ids) {
        if (back) {
          set(unpark, id).executeUpdate();
        }
        if (set(delete, id).executeUpdate() == 1) {
          count++;
          lowest.merge(id.shard(), id.id(), Math::min);
        }
      }
      for (Map.Entry<Integer, Long> each : lowest.entrySet()) {
        next.setInt(1, each.getKey());
        next.executeUpdate();
        if (back) {
          mark.setLong(1, each.getValue() - 1);
          mark.setInt(2, each.getKey());
          mark.setLong(3, each.getValue() - 1);
          mark.executeUpdate();
        }
      }
    }
    return count;
  }

  private static PreparedStatement set(PreparedStatement statement, RowId id) throws SQLException {
    statement.setInt(1, id.shard());
    statement.setLong(2, id.id());
    return statement;
  }

  // ---- tools -----------------------------------------------------------------------------------

  @Override
  public final void createSchema(Connection connection) throws SQLException {
    new JdbcSchema(table, shards, ddl()).create(connection);
  }

  @Override
  public final void changeShards(Connection connection, int to) throws SQLException {
    lock(connection, Sql.LOCK_SHARDS, IntStream.range(0, shards).boxed().toList());
    try (PreparedStatement count = connection.prepareStatement(text(Sql.COUNT));
        PreparedStatement countParked = connection.prepareStatement(text(Sql.COUNT_PARKED))) {
      count.setLong(1, Integer.MAX_VALUE);
      long rows = first(count);
      long parked = first(countParked);
      if (rows + parked > 0) {
        throw notEmpty(rows, parked);
      }
    }
    new JdbcSchema(table, shards, ddl()).changeShards(connection, to);
  }

  /** Why the number of shards cannot be changed now. */
  static MessagingException notEmpty(long rows, long parked) {
    return new MessagingException(
        "SP-OUTBOX-028",
        "The number of shards cannot be changed while "
            + rows
            + " rows wait and "
            + parked
            + " are parked: a key's rows would be in two shards. Stop what publishes, let the relay"
            + " send the rest, retry or discard what is parked, and try again.");
  }

  @Override
  public final List<String> problems(Connection connection) throws SQLException {
    List<String> problems = new JdbcSchema(table, shards, ddl()).problems(connection);
    if (problems.stream().noneMatch(problem -> problem.startsWith("SP-OUTBOX-011"))) {
      problems.addAll(serverProblems(connection));
    }
    return problems;
  }

  @Override
  public final Depth depth(Connection connection, long limit) throws SQLException {
    try (PreparedStatement count = connection.prepareStatement(text(Sql.COUNT));
        PreparedStatement countParked = connection.prepareStatement(text(Sql.COUNT_PARKED));
        PreparedStatement oldest = connection.prepareStatement(text(Sql.OLDEST))) {
      count.setLong(1, limit);
      long micros = 0;
      for (int shard = 0; shard < shards; shard++) {
        oldest.setInt(1, shard);
        oldest.setInt(2, shard);
        micros = Math.max(micros, first(oldest));
      }
      return new Depth(first(count), Duration.of(micros, ChronoUnit.MICROS), first(countParked));
    }
  }

  /** A number, or zero if there is none. */
  static long first(PreparedStatement statement) throws SQLException {
    try (ResultSet answer = statement.executeQuery()) {
      return answer.next() ? answer.getLong(1) : 0;
    }
  }

  @Override
  public List<String> describe(Connection connection) throws SQLException {
    List<String> lines = new ArrayList<>();
    lines.add(
        connection.getMetaData().getDatabaseProductName()
            + " "
            + connection.getMetaData().getDatabaseProductVersion()
            + ", "
            + table
            + ", "
            + shards
            + " shards");
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                table.in("SELECT shard, low, epoch FROM stagepost_outbox_mark ORDER BY shard"))) {
      while (rows.next()) {
        lines.add(
            "shard "
                + rows.getInt(1)
                + ": finished up to "
                + rows.getLong(2)
                + ", taken back "
                + rows.getLong(3)
                + " times");
      }
    }
    return lines;
  }

  @Override
  public final MessagingException failure(String what, SQLException cause) {
    String state = "none";
    int vendor = cause.getErrorCode();
    for (@Nullable SQLException e = cause; e != null; e = e.getNextException()) {
      String found = e.getSQLState();
      if (found != null) {
        state = found;
        vendor = e.getErrorCode();
        break;
      }
    }
    String code = meaning(state, vendor);
    return new MessagingException(
        code, what + " (SQLSTATE " + state + ", " + vendor + "): " + remedy(code), cause);
  }

  private String remedy(String code) {
    return switch (code) {
      case "SP-OUTBOX-003" -> "the transaction or the server is read-only; use one that writes.";
      case "SP-OUTBOX-005" ->
          "a table or column of "
              + table
              + " is missing in the connection's schema; run io/stagepost/outbox/"
              + ddl()
              + " in a migration, and see Outbox.verifySchema().";
      case "SP-OUTBOX-006" ->
          "the user lacks a privilege; publishing needs INSERT on "
              + table
              + ", in strict order SELECT and UPDATE on "
              + table.in("stagepost_outbox_lock")
              + " too, and the relay all on the four tables.";
      case "SP-OUTBOX-007" ->
          "the transaction was chosen to fail; roll it back, and try it again from its beginning.";
      case "SP-OUTBOX-008" ->
          "the connection was lost, and its transaction rolled back unless it was committing; try"
              + " again.";
      default -> "roll the transaction back; the cause says what " + product() + " said.";
    };
  }

  @Override
  public String toString() {
    return product() + ", " + table + ", " + shards + " shards";
  }
}
