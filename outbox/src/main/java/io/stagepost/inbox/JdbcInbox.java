package io.stagepost.inbox;

import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.Outcome;
import io.stagepost.spi.Inbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

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
 * and SQL text that says COMMIT fails the handling afterwards, with {@code SP-INBOX-008}, and what
 * it committed stays: the event counts as handled. Two deliveries of one event, or two events of
 * one idempotency key, wait for each other in the database.
 *
 * <p>It remembers events for a window, 14 days unless said otherwise, by their own {@code time}, or
 * the broker's where they have none. What is older, further ahead than a day, or without any time
 * is a dead letter, never taken for new. What is older than the window is forgotten by {@link
 * #housekeep()}.
 *
 * <p>On PostgreSQL an event is its source, its id and the day (UTC) of its {@code time}: published
 * again with a time of another day it takes effect again, so whoever publishes an event again keeps
 * its time. On the others it is its source and id alone.
 *
 * <p>A handler's time (rule D18) bounds what it does in the database. For its transaction alone,
 * and never longer than what is set already, the inbox sets on PostgreSQL:
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
 * <p>On MariaDB and MySQL every statement has the query timeout, so what it ends it ends up to a
 * second late, and no server notices a process that is dead but the one whose {@code wait_timeout}
 * is over. On H2 the session's lock and query timeouts are set, and set back.
 *
 * <p>What they end fails the handling with {@code SP-INBOX-010}, to be tried again. COMMIT has the
 * statement timeout that was set before: no fate is made uncertain, and no standby is left
 * unawaited, for a deadline. Only the network timeout, set anew, may end the wait for its answer;
 * then the next delivery finds out.
 *
 * <p>Runs on PostgreSQL 14, MariaDB 10.6, MySQL 8 and H2 2.2, or later; its tables are those of the
 * resource {@code io/stagepost/inbox/postgresql.sql}, {@code mariadb.sql} or {@code h2.sql}, found
 * where the connection looks for tables without a schema. Consumer, source, id and key longer than
 * 512 bytes are stored, and compared, by their SHA-256.
 *
 * <p>Thread-safe. Takes one connection from the DataSource for each event that is handled: give its
 * pool as many as the subscription's concurrency.
 */
public final class JdbcInbox implements Inbox<Connection> {
  static final Duration WINDOW = Duration.ofDays(14);

  /** How many rows a step of housekeeping deletes at most. */
  static final int STEP = 1_000;

  private final DataSource dataSource;
  private final Tables tables;
  private final Window window;
  private final Duration replayHorizon;
  private final HandlerTransactions transactions;
  private final Housekeeping housekeeping;
  private volatile @Nullable InboxDatabase database;

  private JdbcInbox(Builder built) {
    this.dataSource = built.dataSource;
    this.tables = new Tables(built.table);
    this.window = new Window(built.window, built.clock);
    this.replayHorizon = built.replayHorizon;
    this.transactions = new HandlerTransactions(dataSource, this::database, window);
    this.housekeeping = new Housekeeping(dataSource, this::database, window);
  }

  /**
   * An inbox with a window of 14 days.
   *
   * @param dataSource of the database that the handlers write to; better with a pool
   * @return the inbox
   */
  public static JdbcInbox in(DataSource dataSource) {
    return builder(dataSource).build();
  }

  /**
   * Configures an inbox.
   *
   * @param dataSource of the database that the handlers write to; better with a pool
   * @return a builder
   */
  public static Builder builder(DataSource dataSource) {
    return new Builder(dataSource);
  }

  /**
   * {@inheritDoc}
   *
   * @throws MessagingException if the database failed; the transaction is then rolled back, or, if
   *     it failed while committing, its fate is found out by the next delivery
   */
  @Override
  public Outcome once(Entry entry, Duration timeout, Work<Connection> work) throws Exception {
    return transactions.once(entry, timeout, work);
  }

  /**
   * {@inheritDoc} Entering them is one statement on PostgreSQL, up to four on the others.
   *
   * @throws MessagingException as for {@link #once}
   */
  @Override
  public List<Outcome> onceAll(List<Entry> entries, Duration timeout, BatchWork<Connection> work)
      throws Exception {
    return transactions.onceAll(entries, timeout, work);
  }

  /**
   * {@inheritDoc} That is 30 seconds.
   *
   * @throws MessagingException if the database failed
   */
  @Override
  public boolean refuse(Entry entry) {
    return transactions.refuse(entry);
  }

  /** Which kind of database it is, asked once. */
  private InboxDatabase database(Connection connection) throws SQLException {
    InboxDatabase known = database;
    if (known == null) {
      known = kindOf(connection.getMetaData().getDatabaseProductName());
      database = known;
    }
    return known;
  }

  private InboxDatabase kindOf(String product) {
    return switch (product) {
      case "PostgreSQL" -> new PostgresInbox(tables, window.length());
      case "MariaDB", "MySQL" ->
          new MariaDbInbox(tables, window.length(), product.equals("MariaDB"));
      case "H2" -> new H2Inbox(tables, window.length());
      default ->
          throw new MessagingException(
              "SP-INBOX-016",
              "The inbox does not know the database "
                  + product
                  + "; it knows PostgreSQL, MariaDB, MySQL and H2.");
    };
  }

  @Override
  public Optional<Duration> window() {
    return Optional.of(window.length());
  }

  // ---- at start

  @Override
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (window.length().compareTo(replayHorizon) < 0) {
      problems.add(
          "SP-INBOX-012 The inbox remembers events for "
              + window.length()
              + ", and dead letters are replayed for "
              + replayHorizon
              + ": one that is replayed later would be a dead letter again. Make the window longer,"
              + " or say JdbcInbox.builder(...).replayHorizon(...) if they are replayed sooner.");
    }
    try (Connection connection = dataSource.getConnection()) {
      problems.addAll(database(connection).problems(connection));
    } catch (MessagingException unknown) {
      problems.add(unknown.getMessage());
    } catch (SQLException failure) {
      problems.add(
          "SP-INBOX-007 The inbox's database cannot be reached or asked ("
              + failure.getMessage()
              + "); check the DataSource.");
    }
    return problems;
  }

  /**
   * Creates the tables that do not exist, and today's partition. For tests and samples; in
   * production the database's resource of {@code io/stagepost/inbox/*.sql} belongs into a
   * migration.
   */
  public void createSchema() {
    housekeeping.with(
        "create its tables",
        connection -> {
          InboxDatabase kind = database(connection);
          kind.createSchema(connection);
          connection.setAutoCommit(true);
          kind.prepare(connection, window.now());
          return true;
        });
  }

  // ---- housekeeping

  /**
   * Forgets what is older than the window, and on PostgreSQL makes the partitions of the days to
   * come. One process does it at a time, at most every four minutes, in steps of a day's partition
   * or 1,000 rows, and for 20 seconds at most; the rest follows next time. A subscription calls it.
   *
   * @throws MessagingException if the database failed; nothing is lost, and the next call goes on
   */
  @Override
  public void housekeep() {
    housekeeping.run();
  }

  /**
   * What it holds, for a DBA or a gauge. Asks the database's statistics, not its rows, where it has
   * some.
   *
   * @return a moment's picture
   * @throws MessagingException if the database failed
   */
  public InboxState state() {
    return housekeeping.with(
        "tell its state", connection -> database(connection).state(connection));
  }

  @Override
  public String toString() {
    InboxDatabase known = database;
    return (known == null ? "JDBC" : known.name())
        + ", in the handler's transaction, window "
        + window.length()
        + (tables.entries().equals(Tables.DEFAULT) ? "" : ", table " + tables.entries());
  }

  /** Configures an inbox. Not thread-safe. */
  public static final class Builder {
    private final DataSource dataSource;
    private Duration window = WINDOW;
    private Duration replayHorizon = WINDOW;
    private String table = Tables.DEFAULT;
    private InstantSource clock = InstantSource.system();

    private Builder(DataSource dataSource) {
      this.dataSource = requireNonNull(dataSource, "dataSource");
    }

    /**
     * Sets how old an event may be that is handled: so long a record of it is kept. At least as
     * long as its channel keeps it, and as anybody replays a dead letter.
     *
     * @param window 14 days by default, at most 366
     * @return this
     */
    public Builder window(Duration window) {
      this.window = requireNonNull(window, "window");
      return this;
    }

    /**
     * States for how long dead letters are replayed, which a window must not be shorter than.
     *
     * @param horizon since the event's time; 14 days by default
     * @return this
     */
    public Builder replayHorizon(Duration horizon) {
      this.replayHorizon = requireNonNull(horizon, "horizon");
      return this;
    }

    /**
     * Sets the name of the table of events; those of the others begin with it.
     *
     * @param name of lower-case letters, digits and underscores, at most 40, perhaps with a schema
     *     before it; {@code stagepost_inbox} by default
     * @return this
     */
    public Builder table(String name) {
      this.table = requireNonNull(name, "name");
      return this;
    }

    /**
     * Sets the clock that an event's time is compared with.
     *
     * @param clock the system's by default
     * @return this
     */
    public Builder clock(InstantSource clock) {
      this.clock = requireNonNull(clock, "clock");
      return this;
    }

    /**
     * Builds it; nothing is asked of the database yet.
     *
     * @return the inbox
     * @throws MessagingException {@code SP-INBOX-017}, {@code SP-INBOX-018} if a setting is out of
     *     its bounds
     */
    public JdbcInbox build() {
      return new JdbcInbox(this);
    }
  }
}
