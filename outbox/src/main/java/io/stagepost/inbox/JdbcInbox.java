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
import java.time.Duration;
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
 * <p>A handler's time (rule D18) bounds what it does in the database. For its transaction alone,
 * and never longer than what is set already, the inbox sets:
 *
 * <ul>
 *   <li>{@code statement_timeout}: a tenth of a second (of a short time a tenth) less than what is
 *       left when the transaction begins;
 *   <li>the query timeout of each statement that the handler makes after the first second: what is
 *       left then, rounded up to seconds;
 *   <li>the connection's network timeout, for a network that is dead, and {@code
 *       idle_in_transaction_session_timeout}, for a process that is: 30 seconds more than what is
 *       left. They cost the connection.
 * </ul>
 *
 * <p>What they end fails the handling with {@code SP-INBOX-010}, to be tried again. COMMIT has the
 * statement timeout that was set before: no fate is made uncertain, and no standby is left
 * unawaited, for a deadline. Only the network timeout, set anew, may end the wait for its answer;
 * then the next delivery finds out.
 *
 * <p>Runs on PostgreSQL 13 or later; its tables are those of the resource {@code
 * io/stagepost/inbox/postgresql.sql}, found on the connection's {@code search_path}. Consumer,
 * source, id and key longer than 512 bytes are stored, and compared, by their SHA-256.
 *
 * <p>Thread-safe. Takes one connection from the DataSource for each event that is handled: give its
 * pool as many as the subscription's concurrency.
 */
public final class JdbcInbox implements Inbox<Connection> {
  /** For recording a refusal, when the handler's time is over. */
  private static final Duration REFUSAL_TIMEOUT = Duration.ofSeconds(30);

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
  public Outcome once(Entry entry, Duration timeout, Work<Connection> work) throws Exception {
    Deadline deadline = new Deadline(timeout);
    try (Transaction transaction = new Transaction(dataSource, entry, deadline)) {
      Entered entered =
          transaction.run(
              "enter the event", connection -> PostgresInbox.enter(connection, entry, deadline));
      if (entered.entrance() == Entrance.KNOWN) {
        return Outcome.skip("duplicate");
      }
      String key = entry.idempotencyKey();
      if (entered.entrance() == Entrance.KEY_HELD && key != null) {
        return duplicate(transaction, entered, entry, key);
      }
      Outcome outcome = handle(transaction, deadline, work);
      if (outcome instanceof Outcome.Done || outcome instanceof Outcome.Skip) {
        transaction.commit(connection -> PostgresInbox.commit(connection, entered));
      }
      return outcome;
    }
  }

  private static Outcome duplicate(
      Transaction transaction, Entered entered, Entry entry, String key) {
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
    transaction.commit(connection -> PostgresInbox.commit(connection, entered));
    return Outcome.skip("duplicate of " + holder);
  }

  private static Outcome handle(Transaction transaction, Deadline deadline, Work<Connection> work)
      throws Exception {
    HandlerConnection guarded = new HandlerConnection(transaction.connection(), deadline);
    try {
      return requireNonNull(work.in(guarded.proxy()), "the handler's outcome");
    } catch (Exception failure) {
      MessagingException timeout = transaction.timeout(failure);
      throw timeout == null ? failure : timeout;
    } finally {
      guarded.end();
    }
  }

  /**
   * {@inheritDoc} That is 30 seconds.
   *
   * @throws MessagingException if the database failed
   */
  @Override
  public boolean refuse(Entry entry) {
    Deadline deadline = new Deadline(REFUSAL_TIMEOUT);
    try (Transaction transaction = new Transaction(dataSource, entry, deadline)) {
      String what = "record that the event is refused";
      Entered found =
          transaction.run(what, connection -> PostgresInbox.lookUp(connection, entry, deadline));
      boolean refused =
          found.entrance() != Entrance.KNOWN
              && transaction.run(what, connection -> refuse(connection, entry));
      transaction.commit(connection -> PostgresInbox.commit(connection, found));
      return refused;
    }
  }

  private static boolean refuse(Connection connection, Entry entry) throws SQLException {
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
