package io.stagepost.inbox;

import io.stagepost.MessagingException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import javax.sql.DataSource;

/**
 * What an inbox does beside the handlers' transactions. First it says from which time on it
 * remembers; only then does it delete what is older, so that nothing that was forgotten is ever
 * taken for new. Thread-safe.
 */
final class Housekeeping {
  private static final Logger LOG = System.getLogger(JdbcInbox.class.getName());

  /** Nobody does it again sooner. */
  static final Duration INTERVAL = Duration.ofMinutes(4);

  static final Duration AT_MOST = Duration.ofSeconds(20);

  private final DataSource dataSource;
  private final Transaction.Statement<InboxDatabase> kind;
  private final Window window;

  Housekeeping(DataSource dataSource, Transaction.Statement<InboxDatabase> kind, Window window) {
    this.dataSource = dataSource;
    this.kind = kind;
    this.window = window;
  }

  /** Unless somebody has done it a moment ago. */
  void run() {
    var unused =
        with(
            "keep house",
            connection -> {
              InboxDatabase database = kind.on(connection);
              return database.claim(connection, INTERVAL) && keep(database, connection);
            });
  }

  private boolean keep(InboxDatabase database, Connection connection) throws SQLException {
    long begun = System.nanoTime();
    database.prepare(connection, window.now());
    Instant end = window.end(database.now(connection));
    database.forgetBefore(connection, end);
    Instant keysEnd = end.plus(window.length()); // each says itself until when it is held
    boolean more = true;
    while (more && System.nanoTime() - begun < AT_MOST.toNanos()) {
      boolean moreEntries = database.pruneEntries(connection);
      more = database.pruneKeys(connection, keysEnd) || moreEntries;
    }
    LOG.log(
        Level.DEBUG,
        "The inbox kept house; forgotten: events before {0}; more to delete: {1}",
        end,
        more);
    return more;
  }

  /** On a connection with auto-commit and READ COMMITTED that goes back to its pool as it came. */
  static <R> R readCommitted(DataSource dataSource, Transaction.Statement<R> what)
      throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      boolean autoCommit = connection.getAutoCommit();
      int isolation = connection.getTransactionIsolation();
      try {
        connection.setAutoCommit(true);
        if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
          connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        }
        return what.on(connection);
      } finally {
        if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
          connection.setTransactionIsolation(isolation);
        }
        connection.setAutoCommit(autoCommit);
      }
    }
  }

  /** The same, with a failure of the inbox's. */
  <R> R with(String doing, Transaction.Statement<R> what) {
    try {
      return readCommitted(dataSource, what);
    } catch (SQLException failure) {
      throw new MessagingException(
          "SP-INBOX-005",
          "The inbox could not "
              + doing
              + " (SQLSTATE "
              + failure.getSQLState()
              + "); the cause says what the database said.",
          failure);
    }
  }
}
