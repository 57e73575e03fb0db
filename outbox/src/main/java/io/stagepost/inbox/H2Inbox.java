package io.stagepost.inbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the inbox says to H2. Its timeouts and its isolation are the session's, and are set again as
 * they were. Immutable.
 */
final class H2Inbox extends PlainInbox {
  private static final int DUPLICATE_KEY = 23505;

  H2Inbox(Tables tables, Duration window) {
    super(tables, window, "h2.sql");
  }

  @Override
  public String name() {
    return "H2";
  }

  @Override
  public Transaction.Action restoring(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      int query = statement.getQueryTimeout() * 1000;
      long lock = exactly(connection, "SELECT LOCK_TIMEOUT()");
      int isolation = connection.getTransactionIsolation();
      return same -> {
        if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
          same.setTransactionIsolation(isolation);
        }
        try (Statement restore = same.createStatement()) {
          restore.execute("SET LOCK_TIMEOUT " + lock + "; SET QUERY_TIMEOUT " + query);
        }
      };
    }
  }

  @Override
  void begin(Connection connection, Deadline deadline) throws SQLException {
    if (connection.getTransactionIsolation() != Connection.TRANSACTION_READ_COMMITTED) {
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    }
    int limit = deadline.statementMillis();
    try (Statement statement = connection.createStatement()) {
      int query = statement.getQueryTimeout() * 1000;
      statement.execute(
          "SET LOCK_TIMEOUT "
              + limit
              + "; SET QUERY_TIMEOUT "
              + (query == 0 ? limit : Math.min(query, limit)));
    }
  }

  @Override
  Begun begun(Connection connection) throws SQLException {
    return new Begun(transaction(connection), "");
  }

  private static @Nullable String transaction(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery("SELECT TRANSACTION_ID()")) {
      answer.next();
      return answer.getString(1);
    }
  }

  @Override
  boolean goesOn(Connection connection, Begun begun) throws SQLException {
    return begun.id() == null || begun.id().equals(transaction(connection));
  }

  @Override
  public void commit(Connection connection, Begun begun) throws SQLException {
    if (!goesOn(connection, begun)) {
      throw new Transaction.EndedByHandler(null);
    }
    connection.commit();
  }

  @Override
  boolean isDuplicate(SQLException failure) {
    return failure.getErrorCode() == DUPLICATE_KEY;
  }

  @Override
  void setText(PreparedStatement statement, int index, String text) throws SQLException {
    statement.setString(index, text);
  }

  @Override
  String text(ResultSet row, int index) throws SQLException {
    return row.getString(index);
  }

  @Override
  String deleteSome(String table, String condition, String order) {
    return "DELETE FROM "
        + table
        + " WHERE "
        + condition
        + " FETCH FIRST "
        + JdbcInbox.STEP
        + " ROWS ONLY";
  }

  @Override
  String clock() {
    return "CAST(CURRENT_TIMESTAMP AT TIME ZONE 'UTC' AS TIMESTAMP(6))";
  }

  @Override
  long count(Connection connection, String table) throws SQLException {
    return exactly(connection, "SELECT count(*) FROM " + table);
  }

  @Override
  void checkServer(Connection connection, List<String> problems) throws SQLException {
    if (connection.getMetaData().getDatabaseMajorVersion() < 2) {
      problems.add(
          "SP-INBOX-009 The database is H2 "
              + connection.getMetaData().getDatabaseProductVersion()
              + "; the inbox needs 2.2 or later.");
    }
  }
}
