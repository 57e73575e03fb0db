package io.stagepost.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.MessagingException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Where databases differ in what a {@link JdbcDedupStore} says to them.
 *
 * @param ddl the shipped script
 * @param clock milliseconds since 1970 by the server's clock
 * @param insertUnlessThere what ends an INSERT that is to do nothing if the row is there
 * @param deleteSome a DELETE of so many rows, if not fewer, of a table that a condition is true of
 * @param duplicate the vendor's code for a row that is there; 0 if none comes
 * @param binary whether text is kept as UTF-8 bytes
 * @param bounds whether the session itself bounds what is waited for; then a query timeout would
 *     only stay behind in it
 */
record DedupDialect(
    String ddl,
    String clock,
    String insertUnlessThere,
    String deleteSome,
    int duplicate,
    boolean binary,
    boolean bounds) {
  /** How long a statement may take. */
  static final Duration LONGEST = Duration.ofSeconds(30);

  static DedupDialect of(String product) {
    return switch (product) {
      case "PostgreSQL" ->
          new DedupDialect(
              "dedup-postgresql.sql",
              "(extract(epoch from clock_timestamp()) * 1000)::bigint",
              " ON CONFLICT DO NOTHING",
              "DELETE FROM %1$s WHERE ctid IN (SELECT ctid FROM %1$s WHERE %2$s LIMIT %3$d)",
              0,
              false,
              false);
      case "MariaDB", "MySQL" ->
          new DedupDialect(
              "dedup-mariadb.sql",
              "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)",
              "",
              "DELETE FROM %s WHERE %s LIMIT %d",
              1062,
              true,
              false);
      case "H2" ->
          new DedupDialect(
              "dedup-h2.sql",
              "CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000 AS BIGINT)",
              "",
              "DELETE FROM %s WHERE %s FETCH FIRST %d ROWS ONLY",
              23505,
              false,
              true);
      default ->
          throw new MessagingException(
              "SP-INBOX-016",
              "The database " + product + " is not known; PostgreSQL, MariaDB, MySQL and H2 are.");
    };
  }

  /** Prepares a statement that may take so long, at least a second, at most {@link #LONGEST}. */
  PreparedStatement prepare(Connection connection, Duration time, String sql) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    if (!bounds) {
      long seconds = Math.min(time.toSeconds(), LONGEST.toSeconds());
      statement.setQueryTimeout((int) Math.max(1, seconds));
    }
    return statement;
  }

  void setText(PreparedStatement statement, int index, String text) throws SQLException {
    if (binary) {
      statement.setBytes(index, text.getBytes(UTF_8));
    } else {
      statement.setString(index, text);
    }
  }

  boolean isDuplicate(SQLException failure) {
    return duplicate != 0 && failure.getErrorCode() == duplicate;
  }
}
