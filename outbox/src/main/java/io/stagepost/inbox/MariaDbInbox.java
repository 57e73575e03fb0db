package io.stagepost.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/**
 * What the inbox says to MariaDB and MySQL. No setting of the session is changed: the isolation is
 * that of the next transaction alone, and the deadline goes with each statement, as its query
 * timeout. A savepoint tells whether the transaction is still the one that entered the event.
 * Immutable.
 */
final class MariaDbInbox extends PlainInbox {
  private static final int DUPLICATE_KEY = 1062;
  private static final int NO_SAVEPOINT = 1305;

  MariaDbInbox(Tables tables, Duration window) {
    super(tables, window, "mariadb.sql");
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
  Begun begin(Connection connection, Deadline deadline) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
      statement.execute("SAVEPOINT stagepost_inbox");
    }
    return new Begun(null, "");
  }

  @Override
  public void commit(Connection connection, Begun begun) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("RELEASE SAVEPOINT stagepost_inbox");
    } catch (SQLException failure) {
      if (failure.getErrorCode() == NO_SAVEPOINT) {
        throw new Transaction.EndedByHandler(failure);
      }
      throw failure;
    }
    connection.commit();
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
