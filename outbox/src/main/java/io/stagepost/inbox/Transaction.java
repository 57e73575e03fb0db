package io.stagepost.inbox;

import io.stagepost.MessagingException;
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

  private final Object what;
  private final Deadline deadline;
  private final Connection connection;
  private final boolean autoCommit;
  private final int networkTimeout;
  private boolean committed;
  private boolean endedByHandler;
  private Action afterwards = connection -> {};

  /**
   * Begins.
   *
   * @param what it is about, for people
   */
  Transaction(DataSource dataSource, Object what, Deadline deadline) {
    this.what = what;
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

  <R> R run(String doing, Statement<R> statement) {
    try {
      return statement.on(connection);
    } catch (SQLException failure) {
      throw failed(doing, failure);
    }
  }

  Connection connection() {
    return connection;
  }

  /** Something done to the database. */
  interface Action {
    void on(Connection connection) throws SQLException;
  }

  void commit(Action commit) {
    try {
      limitNetwork();
      commit.on(connection);
      committed = true;
    } catch (EndedByHandler ended) {
      throw endedByHandler(ended);
    } catch (SQLException failure) {
      throw new MessagingException(
          "SP-INBOX-006",
          "The inbox could not commit for "
              + what
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

  private MessagingException failed(String doing, SQLException failure) {
    MessagingException timeout = timeout(failure);
    return timeout == null ? notDone(doing, failure) : timeout;
  }

  private MessagingException notDone(String doing, SQLException failure) {
    return new MessagingException(
        "SP-INBOX-005",
        "The inbox could not "
            + doing
            + " for "
            + what
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
                + what
                + " was over after "
                + deadline
                + ", while it was in the database (SQLSTATE "
                + state
                + "); nothing took effect, and it can be tried again. See what it waited for (a lock"
                + " of another transaction, a slow query), or give it more time in the policy's"
                + " timeout.",
            failure);
  }

  /** What a commit finds if the transaction is not the one that entered the event any more. */
  static final class EndedByHandler extends SQLException {
    private static final long serialVersionUID = 1L;

    EndedByHandler(@Nullable SQLException found) {
      super("another transaction than that which entered the event", found);
    }
  }

  /**
   * Rolls back what a handler failed at, or did not want. If it had said COMMIT before, that is in
   * effect, and told instead of its failure.
   *
   * @param inVain rolls back, and says whether that is so
   * @param failure the handler's, or that of the commit; null for an outcome
   */
  void rollBack(Statement<Boolean> inVain, @Nullable Throwable failure) {
    if (endedByHandler) {
      return;
    }
    boolean inEffect;
    try {
      inEffect = inVain.on(connection);
    } catch (SQLException lost) { // nobody can be asked, and closing cuts the connection
      if (failure != null) {
        failure.addSuppressed(lost);
      }
      return;
    }
    if (inEffect) {
      throw endedByHandler(failure);
    }
  }

  private MessagingException endedByHandler(@Nullable Throwable found) {
    endedByHandler = true;
    MessagingException problem =
        new MessagingException(
            "SP-INBOX-008",
            "A handler has ended the inbox's transaction for "
                + what
                + " by SQL; what it did since is rolled back. After COMMIT, or on MariaDB DDL, what"
                + " it did before is in effect, and the event counts as handled: mend the rest by"
                + " hand, since nothing tries it again. After ROLLBACK, or an error such as a"
                + " deadlock that it caught, nothing is in effect, and it is tried again. Take that"
                + " SQL out of the handler.",
            found);
    LOG.log(Level.ERROR, problem.getMessage(), problem);
    return problem;
  }

  /** What is to be done once it has ended, before the connection goes back. */
  void afterwards(Action restore) {
    this.afterwards = restore;
  }

  /** Gives the connection back. One that cannot be cleaned is cut: auto-commit would commit it. */
  @Override
  public void close() {
    try {
      if (!committed) {
        connection.rollback();
      }
      connection.setAutoCommit(autoCommit);
      afterwards.on(connection);
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
