package io.stagepost.outbox;

import java.sql.Connection;
import java.util.function.Consumer;

/**
 * Finds the transaction that surrounds a call, whoever began it: Spring, a Jakarta transaction
 * manager, Hibernate, jOOQ. For Spring:
 *
 * <pre>{@code
 * CurrentTransaction spring =
 *     work -> {
 *       if (TransactionSynchronizationManager.isActualTransactionActive()) {
 *         Connection connection = DataSourceUtils.getConnection(dataSource);
 *         try {
 *           work.accept(connection);
 *         } finally {
 *           DataSourceUtils.releaseConnection(connection, dataSource);
 *         }
 *       }
 *     };
 * }</pre>
 *
 * <p>The guide docs/guide/outbox.md has the others. Used by all threads that publish.
 */
@FunctionalInterface
public interface CurrentTransaction {
  /**
   * Runs work with the connection of the calling thread's transaction, and gives the connection
   * back to wherever it came from. If there is no transaction, it runs nothing, and the publish is
   * refused. That is for this method to find out: a pool whose connections are not in auto-commit
   * mode gives one that looks as if it had a transaction, and rolls it back unseen.
   *
   * @param work to be run once, on the calling thread; what it throws is to be let through
   * @throws Exception if the connection cannot be had
   */
  void lend(Consumer<Connection> work) throws Exception;
}
