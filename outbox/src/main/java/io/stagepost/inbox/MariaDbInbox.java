package io.stagepost.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.spi.Inbox.Entry;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the inbox says to MariaDB and MySQL. No setting of the session is changed: the isolation is
 * that of the next transaction alone, and the deadline goes with each statement, as its query
 * timeout. A savepoint tells whether the transaction is still the one that entered the event.
 *
 * <p>MariaDB is told the statements that begin and enter, and those that end, as one each, between
 * BEGIN NOT ATOMIC and END; MySQL, which has no such thing, one by one. Immutable.
 */
final class MariaDbInbox extends PlainInbox {
  private static final int DUPLICATE_KEY = 1062;
  private static final int NO_SAVEPOINT = 1305;

  private static final List<String> BEGIN =
      List.of("SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "SAVEPOINT stagepost_savepoint");

  private static final List<String> COMMIT =
      List.of("RELEASE SAVEPOINT stagepost_savepoint", "COMMIT");

  private final boolean compounds;
  private final String beginAndEnter;

  MariaDbInbox(Tables tables, Duration window, boolean isMariaDb) {
    super(tables, window, "mariadb.sql");
    this.compounds = isMariaDb;
    this.beginAndEnter =
        tables.in(compound(Stream.concat(BEGIN.stream(), Stream.of(ENTER, MARK)).toList()));
  }

  private static String compound(List<String> statements) {
    return "BEGIN NOT ATOMIC " + String.join("; ", statements) + "; END";
  }

  private void execute(Connection connection, List<String> statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : compounds ? List.of(compound(statements)) : statements) {
        statement.execute(sql);
      }
    }
  }

  @Override
  public String name() {
    return "MariaDB or MySQL";
  }

  /** There is no timeout of a transaction's own, so every statement gets one. */
  @Override
  public int querySeconds(Deadline deadline) {
    return deadline.wholeSeconds();
  }

  @Override
  void begin(Connection connection, Deadline deadline) throws SQLException {
    execute(connection, BEGIN);
  }

  @Override
  Begun begun(Connection connection) {
    return new Begun(null, "");
  }

  @Override
  Instant beginAndEnter(Connection connection, Entry entry, Instant now, Deadline deadline)
      throws SQLException {
    if (!compounds) {
      return super.beginAndEnter(connection, entry, now, deadline);
    }
    try (PreparedStatement statement = connection.prepareStatement(beginAndEnter)) {
      limit(statement, deadline);
      setEntering(statement, entry, now);
      try (ResultSet answer = statement.executeQuery()) {
        answer.next();
        return answer.getObject(1, LocalDateTime.class).toInstant(ZoneOffset.UTC);
      }
    }
  }

  @Override
  boolean goesOn(Connection connection, Begun begun) throws SQLException {
    try {
      execute(connection, COMMIT.subList(0, 1));
      return true;
    } catch (SQLException failure) {
      if (failure.getErrorCode() == NO_SAVEPOINT) {
        return false;
      }
      throw failure;
    }
  }

  @Override
  public void commit(Connection connection, Begun begun) throws SQLException {
    try {
      execute(connection, COMMIT);
    } catch (SQLException failure) {
      if (failure.getErrorCode() == NO_SAVEPOINT) {
        throw new Transaction.EndedByHandler(failure);
      }
      throw failure;
    }
  }

  @Override
  boolean isDuplicate(SQLException failure) {
    return failure.getErrorCode() == DUPLICATE_KEY;
  }

  @Override
  void setText(PreparedStatement statement, int index, String text) throws SQLException {
    statement.setBytes(index, text.getBytes(UTF_8));
  }

  @Override
  String text(ResultSet row, int index) throws SQLException {
    return new String(row.getBytes(index), UTF_8);
  }

  @Override
  String deleteSome(String table, String condition, String order) {
    return "DELETE FROM "
        + table
        + " WHERE "
        + condition
        + " ORDER BY "
        + order
        + " LIMIT "
        + JdbcInbox.STEP;
  }

  @Override
  String clock() {
    return "UTC_TIMESTAMP(6)";
  }

  @Override
  long count(Connection connection, String table) throws SQLException {
    int dot = table.indexOf('.');
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT table_rows FROM information_schema.tables WHERE table_name = ?"
                + " AND table_schema = coalesce(?, database())")) {
      statement.setString(1, table.substring(dot + 1));
      statement.setString(2, dot < 0 ? null : table.substring(0, dot));
      try (ResultSet answer = statement.executeQuery()) {
        return answer.next() ? answer.getLong(1) : 0;
      }
    }
  }

  @Override
  void checkServer(Connection connection, List<String> problems) throws SQLException {
    DatabaseMetaData server = connection.getMetaData();
    boolean maria = server.getDatabaseProductName().equals("MariaDB");
    int version = server.getDatabaseMajorVersion() * 100 + server.getDatabaseMinorVersion();
    if (version < (maria ? 1006 : 800)) {
      problems.add(
          "SP-INBOX-009 The server is "
              + server.getDatabaseProductName()
              + " "
              + server.getDatabaseProductVersion()
              + "; the inbox needs MariaDB 10.6 or MySQL 8 or later.");
    }
    if (exactly(connection, "SELECT CAST(@@global.read_only AS CHAR) NOT IN ('OFF', '0')") != 0) {
      problems.add(
          "SP-INBOX-002 The inbox's server takes no writes (read_only is on); give the DataSource"
              + " the primary.");
    }
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                tables.in(
                    "SELECT table_name, engine FROM information_schema.tables"
                        + " WHERE (table_schema = database() AND table_name IN"
                        + " ('stagepost_inbox', 'stagepost_inbox_key')"
                        + " OR concat(table_schema, '.', table_name) IN"
                        + " ('stagepost_inbox', 'stagepost_inbox_key'))"
                        + " AND engine <> 'InnoDB'"))) {
      while (rows.next()) {
        problems.add(
            "SP-INBOX-011 The table "
                + rows.getString(1)
                + " is kept by "
                + rows.getString(2)
                + ", which has no transactions; alter it to InnoDB.");
      }
    }
  }
}
