package io.stagepost.inbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The first statement of a transaction on PostgreSQL, behind the settings that are the
 * transaction's own, all in one round trip: its timeouts, and READ COMMITTED. The isolation is set
 * from the first transaction on that began with another one: to set it costs more than to see it.
 *
 * <p>Thread-safe.
 */
final class PostgresBegin {
  private static final String ISOLATION =
      """
      SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
      """;

  /**
   * The timeouts, unless shorter ones are set already (which {@code current_setting} shows as 1min,
   * say; 0 is none). OFFSET has the settings read before they are changed.
   */
  private static final String SETTINGS =
      """
      SELECT isolation, statement,
             set_config('statement_timeout', CASE
               WHEN statement = '0' OR statement::interval > statement_limit::interval
               THEN statement_limit ELSE statement END, true),
             set_config('idle_in_transaction_session_timeout', CASE
               WHEN idle = '0' OR idle::interval > idle_limit::interval
               THEN idle_limit ELSE idle END, true)
      FROM (SELECT current_setting('transaction_isolation') AS isolation,
                   current_setting('statement_timeout') AS statement,
                   ?::text AS statement_limit,
                   current_setting('idle_in_transaction_session_timeout') AS idle,
                   ?::text AS idle_limit OFFSET 0) AS now;
      """;

  /** The first parameter behind those of the settings. */
  private static final int FIRST = 3;

  /** What a wait for another transaction ends with where the isolation is a stricter one. */
  private static final String NOT_SERIALIZABLE = "40001";

  private final String plain;
  private final String isolating;
  private volatile boolean isolates;

  /**
   * Of one statement.
   *
   * @param sql the statement
   */
  PostgresBegin(String sql) {
    this.plain = SETTINGS + sql;
    this.isolating = ISOLATION + plain;
  }

  /** Sets the parameters of the statement, the first of which has that place. */
  interface Parameters {
    void of(PreparedStatement statement, int first) throws SQLException;
  }

  /** Reads the statement's answer; {@code before} is the statement timeout that was set before. */
  interface Answer<R> {
    R of(ResultSet rows, String before) throws SQLException;
  }

  /** Begins the transaction of a connection on which nothing has begun. */
  <R> R ask(Connection connection, Deadline deadline, Parameters parameters, Answer<R> answer)
      throws SQLException {
    if (!isolates) {
      try {
        R said = tryTo(connection, plain, deadline, parameters, answer);
        if (said != null) {
          return said;
        }
      } catch (SQLException failure) {
        if (!NOT_SERIALIZABLE.equals(failure.getSQLState())) {
          throw failure;
        }
      }
      connection.rollback();
      isolates = true;
    }
    R said = tryTo(connection, isolating, deadline, parameters, answer);
    if (said == null) {
      throw new SQLException("The transaction is not READ COMMITTED, although that was set");
    }
    return said;
  }

  /** Null if the isolation is another one. */
  private static <R> @Nullable R tryTo(
      Connection connection, String sql, Deadline deadline, Parameters parameters, Answer<R> answer)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, deadline.statementMillis() + "ms");
      statement.setString(2, deadline.graceMillis() + "ms");
      parameters.of(statement, FIRST);
      if (!statement.execute()) {
        statement.getMoreResults(); // past SET TRANSACTION
      }
      String before;
      try (ResultSet settings = statement.getResultSet()) {
        settings.next();
        if (!settings.getString(1).equals("read committed")) {
          return null;
        }
        before = settings.getString(2);
      }
      statement.getMoreResults();
      try (ResultSet rows = statement.getResultSet()) {
        return answer.of(rows, before);
      }
    }
  }
}
