package io.stagepost.inbox;

import static java.util.Objects.requireNonNull;

import io.stagepost.FailurePolicy;
import io.stagepost.MessagingException;
import io.stagepost.Outcome;
import io.stagepost.inbox.InboxDatabase.Entered;
import io.stagepost.inbox.InboxDatabase.EnteredAll;
import io.stagepost.inbox.InboxDatabase.Entrance;
import io.stagepost.inbox.InboxDatabase.Holder;
import io.stagepost.spi.Inbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
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
 * and SQL text that says COMMIT fails the handling afterwards. Two deliveries of one event, or two
 * events of one idempotency key, wait for each other in the database.
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
  /** For recording a refusal, when the handler's time is over. */
  private static final Duration REFUSAL_TIMEOUT = Duration.ofSeconds(30);

  static final Duration WINDOW = Duration.ofDays(14);

  /** How many rows a step of housekeeping deletes at most. */
  static final int STEP = 1_000;

  private final DataSource dataSource;
  private final Tables tables;
  private final Window window;
  private final Duration replayHorizon;
  private final Housekeeping housekeeping;
  private volatile @Nullable InboxDatabase database;

  private JdbcInbox(Builder built) {
    this.dataSource = built.dataSource;
    this.tables = new Tables(built.table);
    this.window = new Window(built.window, built.clock);
    this.replayHorizon = built.replayHorizon;
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
    Deadline deadline = new Deadline(timeout);
    String refusal = window.refusal(entry.time());
    if (refusal != null) {
      return knownOr(refusal, entry, deadline);
    }
    try {
      return handle(entry, deadline, work);
    } catch (PlaceMissing missing) {
      makePlace(entry, missing);
      return handle(entry, deadline, work);
    }
  }

  /**
   * {@inheritDoc} Entering them is one statement on PostgreSQL, up to four on the others.
   *
   * @throws MessagingException as for {@link #once}
   */
  @Override
  public List<Outcome> onceAll(List<Entry> entries, Duration timeout, BatchWork<Connection> work)
      throws Exception {
    if (entries.size() == 1) {
      return List.of(
          once(
              entries.get(0),
              timeout,
              connection -> {
                work.in(connection, List.of(0));
                return Outcome.done();
              }));
    }
    if (entries.stream().anyMatch(entry -> window.refusal(entry.time()) != null)) {
      return apart(entries);
    }
    Deadline deadline = new Deadline(timeout);
    try {
      return handleAll(entries, deadline, work);
    } catch (PlaceMissing missing) {
      Set<LocalDate> days = new HashSet<>();
      entries.stream()
          .filter(entry -> days.add(PostgresPartitions.day(requireNonNull(entry.time()))))
          .forEach(entry -> makePlace(entry, missing));
      return handleAll(entries, deadline, work);
    }
  }

  /** Nothing was done for any of them. */
  private static List<Outcome> apart(List<Entry> entries) {
    return Collections.nCopies(entries.size(), Outcome.retryAfter(Duration.ZERO));
  }

  private List<Outcome> handleAll(
      List<Entry> entries, Deadline deadline, BatchWork<Connection> work) throws Exception {
    String what = entries.size() + " events for " + entries.get(0).consumer();
    try (Transaction transaction = begin(what, deadline)) {
      InboxDatabase database = transaction.run("ask", this::database);
      EnteredAll entered =
          transaction.run(
              "enter the events",
              connection ->
                  placed(
                      database,
                      () -> database.enterAll(connection, entries, window.now(), deadline)));
      if (!entered.clean()) {
        return apart(entries);
      }
      if (!entered.fresh().isEmpty()) {
        var unused =
            work(
                database,
                transaction,
                deadline,
                connection -> {
                  work.in(connection, entered.fresh());
                  return Outcome.done();
                });
        transaction.commit(connection -> database.commit(connection, entered.begun()));
      }
      Set<Integer> fresh = new HashSet<>(entered.fresh());
      return IntStream.range(0, entries.size())
          .mapToObj(i -> fresh.contains(i) ? Outcome.done() : Outcome.skip("duplicate"))
          .toList();
    }
  }

  /** Something that may find no place for an event. */
  private interface Placing<V> {
    V on() throws SQLException;
  }

  private static <V> V placed(InboxDatabase database, Placing<V> placing) throws SQLException {
    try {
      return placing.on();
    } catch (SQLException failure) {
      if (database.lacksPlace(failure)) {
        throw new PlaceMissing(failure);
      }
      throw failure;
    }
  }

  /** A duplicate if its record is there all the same; else a dead letter. */
  private Outcome knownOr(String refusal, Entry entry, Deadline deadline) {
    if (entry.time() == null) {
      return Outcome.deadLetter(refusal);
    }
    try (Transaction transaction = begin(entry, deadline)) {
      InboxDatabase database = transaction.run("ask", this::database);
      Entered found =
          transaction.run(
              "look the event up", connection -> database.lookUp(connection, entry, deadline));
      return found.entrance() == Entrance.KNOWN
          ? Outcome.skip("duplicate")
          : Outcome.deadLetter(refusal);
    }
  }

  private Outcome handle(Entry entry, Deadline deadline, Work<Connection> work) throws Exception {
    try (Transaction transaction = begin(entry, deadline)) {
      InboxDatabase database = transaction.run("ask", this::database);
      Entered entered =
          transaction.run(
              "enter the event",
              connection ->
                  placed(
                      database, () -> database.enter(connection, entry, window.now(), deadline)));
      String key = entry.idempotencyKey();
      if (entered.entrance() == Entrance.KEY_HELD && key != null) {
        return duplicate(database, transaction, entered, entry, key);
      }
      if (entered.entrance() != Entrance.NEW) {
        return entered.entrance() == Entrance.KNOWN
            ? Outcome.skip("duplicate")
            : Outcome.deadLetter(FailurePolicy.OLDER_THAN_INBOX);
      }
      Outcome outcome = work(database, transaction, deadline, work);
      if (outcome instanceof Outcome.Done || outcome instanceof Outcome.Skip) {
        transaction.commit(connection -> database.commit(connection, entered.begun()));
      }
      return outcome;
    }
  }

  /** There is no partition for the event; the transaction is of no use any more. */
  private static final class PlaceMissing extends MessagingException {
    private static final long serialVersionUID = 1;

    PlaceMissing(SQLException cause) {
      super(
          "SP-INBOX-015",
          "The inbox's table has no partition for an event, or does not take it, after one was made;"
              + " nothing took effect, and it can be tried again. The cause says what PostgreSQL"
              + " said: see who drops partitions, or has added a check.",
          cause);
    }
  }

  /** Housekeeping makes them ahead; this is for old events, and for a housekeeper that is late. */
  private void makePlace(Entry entry, PlaceMissing missing) {
    try (Connection connection = dataSource.getConnection()) {
      database(connection).makePlace(connection, requireNonNull(entry.time()));
    } catch (SQLException failure) {
      failure.addSuppressed(missing);
      throw new MessagingException(
          "SP-INBOX-015",
          "The inbox could not make a partition for "
              + entry
              + " (SQLSTATE "
              + failure.getSQLState()
              + "); nothing took effect, and it can be tried again. The cause says what PostgreSQL"
              + " said; the role must own the table, and no other table have the partition's name.",
          failure);
    }
  }

  private Transaction begin(Object what, Deadline deadline) {
    Transaction transaction = new Transaction(dataSource, what, deadline);
    try {
      Transaction.Action restoring =
          transaction.run(
              "read the connection's settings",
              connection -> database(connection).restoring(connection));
      transaction.afterwards(restoring);
      return transaction;
    } catch (RuntimeException failure) {
      transaction.close();
      throw failure;
    }
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
      case "MariaDB", "MySQL" -> new MariaDbInbox(tables, window.length());
      case "H2" -> new H2Inbox(tables, window.length());
      default ->
          throw new MessagingException(
              "SP-INBOX-016",
              "The inbox does not know the database "
                  + product
                  + "; it knows PostgreSQL, MariaDB, MySQL and H2.");
    };
  }

  private static Outcome duplicate(
      InboxDatabase database, Transaction transaction, Entered entered, Entry entry, String key) {
    String holder =
        transaction.run(
            "record the duplicate",
            connection -> {
              String found = database.recordDuplicate(connection, entry, key);
              if (found
                  == null) { // somebody has deleted it this moment; the next try takes the key
                throw new SQLException(
                    "the holder of idempotency key " + key + " is gone", "40001");
              }
              return found;
            });
    transaction.commit(connection -> database.commit(connection, entered.begun()));
    return Outcome.skip("duplicate of " + holder);
  }

  private static Outcome work(
      InboxDatabase database, Transaction transaction, Deadline deadline, Work<Connection> work)
      throws Exception {
    HandlerConnection guarded =
        new HandlerConnection(transaction.connection(), () -> database.querySeconds(deadline));
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
    try {
      return refuse(entry, deadline);
    } catch (PlaceMissing missing) {
      makePlace(entry, missing);
      return refuse(entry, deadline);
    }
  }

  private boolean refuse(Entry entry, Deadline deadline) {
    try (Transaction transaction = begin(entry, deadline)) {
      InboxDatabase database = transaction.run("ask", this::database);
      String what = "record that the event is refused";
      Entered found =
          transaction.run(what, connection -> database.lookUp(connection, entry, deadline));
      Instant until =
          found.entrance() == Entrance.FORGOTTEN ? null : window.replayedUntil(entry.time());
      boolean refused =
          found.entrance() != Entrance.KNOWN
              && transaction.run(
                  what, connection -> takeKey(database, connection, entry, until, deadline));
      transaction.commit(connection -> database.commit(connection, found.begun()));
      return refused;
    }
  }

  /** Whether no other event holds its key; it takes it, unless it can never be handled. */
  private boolean takeKey(
      InboxDatabase database,
      Connection connection,
      Entry entry,
      @Nullable Instant until,
      Deadline deadline)
      throws SQLException {
    String key = entry.idempotencyKey();
    while (key != null
        && (until == null || !database.refuse(connection, entry, key, until, deadline))) {
      Holder holder = database.holder(connection, entry, key);
      if (holder == null ? until == null : holder.is(entry)) {
        return true;
      }
      if (holder != null) {
        if (until != null
            && window.refusal(entry.time()) == null) { // else there is no place for its record
          placed(
              database,
              () -> {
                database.enterDuplicate(connection, entry, holder, window.now());
                return true;
              });
        }
        return false;
      }
    }
    return true;
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
