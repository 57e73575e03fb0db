package io.stagepost.inbox;

import io.stagepost.MessagingException;
import io.stagepost.spi.Inbox.Entry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One transaction of the inbox, on a connection of its own that goes back to its pool as it came.
 * Closing it rolls back what was not committed. Not thread-safe.
 */
final class Transaction implements AutoCloseable {
  private static final Logger LOG = System.getLogger(JdbcInbox.class.getName());

  private final Entry entry;
  private final Deadline deadline;
  private final Connection connection;
  private final boolean autoCommit;
  private final int networkTimeout;
  private boolean committed;

  Transaction(DataSource dataSource, Entry entry, Deadline deadline) {
    this.entry = entry;
    this.deadline = deadline;
    try {
      this.connection = dataSource.getConnection();
    } catch (SQLException failure) {
      throw notDone("get a connection", failure);
    }
    try {
      this.autoCommit = connection.getAutoCommit();
      this.networkTimeout = connection.getNetworkTimeout();
      limitNetwork();
      connection.setAutoCommit(false);
    } catch (SQLException failure) {
      cut(failure);
      throw notDone("begin a transaction", failure);
    }
  }

  /** Something said to the database. */
  interface Statement<R> {
    R on(Connection connection) throws SQLException;
  }

  <R> R run(String what, Statement<R> statement) {
    try {
      return statement.on(connection);
    } catch (SQLException failure) {
      throw failed(what, failure);
    }
  }

  Connection connection() {
    return connection;
  }

  /** A way to commit. */
  interface Commit {
    void on(Connection connection) throws SQLException;
  }

  void commit(Commit commit) {
    try {
      limitNetwork();
      commit.on(connection);
      committed = true;
    } catch (SQLException failure) {
      throw new MessagingException(
          "SP-INBOX-006",
          "The inbox could not commit for "
              + entry
              + " (SQLSTATE "
              + failure.getSQLState()
              + "). If the connection was lost, the transaction may have committed; the next"
              + " delivery finds out. If a handler caught a database error and went on, it must"
              + " roll back to a savepoint instead.",
          failure);
    }
  }

  /** From now on, no answer is waited for longer than that, unless less was set before. */
  private void limitNetwork() throws SQLException {
    int limit = deadline.graceMillis();
    if (networkTimeout == 0 || limit < networkTimeout) {
      connection.setNetworkTimeout(Runnable::run, limit);
    }
  }

  private MessagingException failed(String what, SQLException failure) {
    MessagingException timeout = timeout(failure);
    return timeout == null ? notDone(what, failure) : timeout;
  }

  private MessagingException notDone(String what, SQLException failure) {
    return new MessagingException(
        "SP-INBOX-005",
        "The inbox could not "
            + what
            + " for "
            + entry
            + " (SQLSTATE "
            + failure.getSQLState()
            + "); nothing took effect, and it can be tried again.",
        failure);
  }

  /** What a failure is if the database ended what was done because the time was over; or null. */
  @Nullable MessagingException timeout(Throwable failure) {
    String state = deadline.ending(failure);
    return state == null
        ? null
        : new MessagingException(
            "SP-INBOX-010",
            "The time for "
                + entry
                + " was over after "
                + deadline
                + ", while it was in the database (SQLSTATE "
                + state
                + "); nothing took effect, and it can be tried again. See what it waited for (a lock"
                + " of another transaction, a slow query), or give it more time in the policy's"
                + " timeout.",
            failure);
  }

  /** Gives the connection back. One that cannot be cleaned is cut: auto-commit would commit it. */
  @Override
  public void close() {
    try {
      if (!committed) {
        connection.rollback();
      }
      connection.setAutoCommit(autoCommit);
      connection.setNetworkTimeout(Runnable::run, networkTimeout);
      connection.close();
    } catch (SQLException failure) {
      cut(failure);
    }
  }

  private void cut(SQLException reason) {
    try {
      connection.abort(Runnable::run);
      connection.close();
    } catch (SQLException failure) {
      reason.addSuppressed(failure);
    }
    LOG.log(Level.DEBUG, "The inbox cut a connection", reason);
  }
}
