package io.stagepost.inbox;

import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.Outcome;
import io.stagepost.inbox.PostgresInbox.Entered;
import io.stagepost.inbox.PostgresInbox.Entrance;
import io.stagepost.inbox.PostgresInbox.Holder;
import io.stagepost.spi.Inbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/**
 * Lets each event take effect once, in the database transaction of the effect itself (rule D07).
 *
 * <pre>{@code
 * messaging.subscribe("billing")
 *     .inbox(JdbcInbox.in(dataSource))
 *     .onceIn(ORDER_PLACED, (event, connection) -> charge(connection, event.data()))
 *     .start();
 * }</pre>
 *
 * <p>The handler gets a connection in a READ COMMITTED transaction, which also holds the record
 * that the event was handled: both commit, or neither. Its transaction is ended by the inbox;
 * {@code commit}, {@code rollback}, {@code close} and {@code setAutoCommit} on it throw at once,
 * and SQL text that says COMMIT fails the handling afterwards. Two deliveries of one event, or two
 * events of one idempotency key, wait for each other in the database.
 *
 * <p>Runs on PostgreSQL 13 or later; its tables are those of the resource {@code
 * io/stagepost/inbox/postgresql.sql}, found on the connection's {@code search_path}. Consumer,
 * source, id and key longer than 512 bytes are stored, and compared, by their SHA-256.
 *
 * <p>Thread-safe. Takes one connection from the DataSource for each event that is handled: give its
 * pool as many as the subscription's concurrency.
 */
public final class JdbcInbox implements Inbox<Connection> {
  private final DataSource dataSource;

  private JdbcInbox(DataSource dataSource) {
    this.dataSource = requireNonNull(dataSource, "dataSource");
  }

  /**
   * An inbox in a database.
   *
   * @param dataSource of the database that the handlers write to; better with a pool
   * @return the inbox
   */
  public static JdbcInbox in(DataSource dataSource) {
    return new JdbcInbox(dataSource);
  }

  /**
   * {@inheritDoc}
   *
   * @throws MessagingException if the database failed; the transaction is then rolled back, or, if
   *     it failed while committing, its fate is found out by the next delivery
   */
  @Override
  public Outcome once(Entry entry, Work<Connection> work) throws Exception {
    try (Transaction transaction = new Transaction(dataSource, entry)) {
      Entered entered =
          transaction.run("enter the event", connection -> PostgresInbox.enter(connection, entry));
      if (entered.entrance() == Entrance.KNOWN) {
        return Outcome.skip("duplicate");
      }
      String key = entry.idempotencyKey();
      if (entered.entrance() == Entrance.KEY_HELD && key != null) {
        return duplicate(transaction, entry, key);
      }
      Outcome outcome = handle(transaction.connection(), work);
      if (outcome instanceof Outcome.Done || outcome instanceof Outcome.Skip) {
        transaction.commit(connection -> PostgresInbox.commit(connection, entered.transaction()));
      }
      return outcome;
    }
  }

  private static Outcome duplicate(Transaction transaction, Entry entry, String key) {
    String holder =
        transaction.run(
            "record the duplicate",
            connection -> {
              String found = PostgresInbox.recordDuplicate(connection, entry, key);
              if (found
                  == null) { // somebody has deleted it this moment; the next try takes the key
                throw new SQLException(
                    "the holder of idempotency key " + key + " is gone", "40001");
              }
              return found;
            });
    transaction.commit(Connection::commit);
    return Outcome.skip("duplicate of " + holder);
  }

  private static Outcome handle(Connection connection, Work<Connection> work) throws Exception {
    HandlerConnection guarded = new HandlerConnection(connection);
    try {
      return requireNonNull(work.in(guarded.proxy()), "the handler's outcome");
    } finally {
      guarded.end();
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws MessagingException if the database failed
   */
  @Override
  public boolean refuse(Entry entry) {
    try (Transaction transaction = new Transaction(dataSource, entry)) {
      boolean refused =
          transaction.run(
              "record that the event is refused", connection -> refuse(connection, entry));
      transaction.commit(Connection::commit);
      return refused;
    }
  }

  private static boolean refuse(Connection connection, Entry entry) throws SQLException {
    if (PostgresInbox.isKnown(connection, entry)) {
      return false;
    }
    String key = entry.idempotencyKey();
    while (key != null && !PostgresInbox.refuse(connection, entry, key)) {
      Holder holder = PostgresInbox.holder(connection, entry, key);
      if (holder != null) {
        if (holder.is(entry)) {
          return true;
        }
        PostgresInbox.enterDuplicate(connection, entry, holder);
        return false;
      }
    }
    return true;
  }

  @Override
  public List<String> problems() {
    try (Connection connection = dataSource.getConnection()) {
      return PostgresInbox.problems(connection);
    } catch (SQLException failure) {
      return List.of(
          "SP-INBOX-007 The inbox's database cannot be reached or asked ("
              + failure.getMessage()
              + "); check the DataSource.");
    }
  }

  /**
   * Creates the tables that do not exist. For tests and samples; in production the resource {@code
   * io/stagepost/inbox/postgresql.sql} belongs into a migration.
   */
  public void createSchema() {
    try (Connection connection = dataSource.getConnection()) {
      boolean autoCommit = connection.getAutoCommit();
      PostgresInbox.createSchema(connection);
      connection.setAutoCommit(autoCommit);
    } catch (SQLException failure) {
      throw new MessagingException(
          "SP-INBOX-005",
          "The inbox could not create its tables (SQLSTATE "
              + failure.getSQLState()
              + "); the cause says what PostgreSQL said.",
          failure);
    }
  }

  @Override
  public String toString() {
    return "PostgreSQL, in the handler's transaction";
  }
}
