package io.stagepost.outbox.store;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The connection of a relay's session: taken for long, in transactions of READ COMMITTED, and given
 * back as it was, or cut if that fails. Not thread-safe.
 */
final class SessionConnection {
  private static final Logger LOG = System.getLogger(SessionConnection.class.getName());

  /** What else is set up on a connection, before its first transaction. */
  @FunctionalInterface
  interface SetUp {
    /**
     * Sets it up.
     *
     * @return SQL that sets back what was set
     */
    List<String> on(Connection connection) throws SQLException;
  }

  private final Connection connection;
  private final boolean autoCommit;
  private final int isolation;
  private final int networkTimeout;
  private final List<String> restore;

  SessionConnection(Connection connection, SessionSettings settings, SetUp setUp)
      throws SQLException {
    this.connection = connection;
    try {
      this.autoCommit = connection.getAutoCommit();
      this.isolation = connection.getTransactionIsolation();
      this.networkTimeout = connection.getNetworkTimeout();
      connection.setNetworkTimeout(
          Runnable::run, Math.toIntExact(settings.idleTimeout().toMillis()));
      this.restore = setUp.on(connection);
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      connection.setAutoCommit(false);
    } catch (SQLException | RuntimeException failure) {
      abort(failure);
      throw failure;
    }
  }

  /** Rolls back what is open, and closes it. */
  void giveBack() {
    try {
      connection.rollback();
      try (Statement statement = connection.createStatement()) {
        for (String sql : restore) {
          statement.execute(sql);
        }
      }
      connection.commit();
      connection.setNetworkTimeout(Runnable::run, networkTimeout);
      connection.setTransactionIsolation(isolation);
      connection.setAutoCommit(autoCommit);
      connection.close();
    } catch (SQLException | RuntimeException failure) {
      abort(failure);
    }
  }

  private void abort(Exception reason) {
    try {
      connection.abort(Runnable::run);
      connection.close();
    } catch (SQLException | RuntimeException failure) {
      reason.addSuppressed(failure);
    }
    LOG.log(Level.DEBUG, "The relay cut its connection", reason);
  }
}
