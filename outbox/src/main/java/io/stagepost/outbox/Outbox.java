package io.stagepost.outbox;

import static java.util.Objects.requireNonNull;

import io.stagepost.ConfigurationException;
import io.stagepost.Event;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.Receipt;
import io.stagepost.TransactionalPublisher;
import io.stagepost.outbox.store.Depth;
import io.stagepost.outbox.store.NewRow;
import io.stagepost.outbox.store.OutboxStore;
import io.stagepost.outbox.store.RelaySession;
import io.stagepost.outbox.store.SessionSettings;
import io.stagepost.spi.Message;
import io.stagepost.spi.Observer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Publishes events in the caller's database transaction, and relays them once it has committed
 * (rule D08): nothing leaves before, everything leaves after.
 *
 * <pre>{@code
 * Outbox outbox = Outbox.over(messaging, dataSource);
 * try (Connection connection = dataSource.getConnection()) {
 *   connection.setAutoCommit(false);
 *   orders.insert(connection, order);
 *   outbox.within(connection).publish(ORDER_PLACED.event(order));
 *   connection.commit();
 * }
 * Relay relay = outbox.relay().start(); // here, or in a process of its own
 * }</pre>
 *
 * <p>Events of one key leave in the order of their ids. That is the order of the commits if every
 * writer locks something of that key (its business row) before it publishes, and holds the lock
 * until it commits.
 *
 * <p>Runs on PostgreSQL 13, MariaDB 10.6, MySQL 8 or later, and on H2 in tests. Its tables are
 * those of the resource {@code io/stagepost/outbox/postgresql.sql}, {@code mariadb.sql} or {@code
 * h2.sql}, in the connection's own schema (PostgreSQL: on its {@code search_path}) unless {@link
 * Builder#table} names another. Holds no connection of its own; thread-safe.
 */
public final class Outbox {
  private static final int DEFAULT_SHARDS = 8;
  private static final int MAX_SHARDS = 256;

  private final Function<Event<?>, Message> bind;
  private final Function<Message, CompletableFuture<Receipt>> send;
  private final Runnable flush;
  private final Duration publishTimeout;
  private final @Nullable Observer observer;
  private final DataSource dataSource;
  private final String table;
  private final int shards;
  private final boolean strict;
  private final ShardOf shardOf;
  private volatile OutboxStore.@Nullable Factory factory;
  private volatile @Nullable OutboxStore store;
  private final List<WakeUp> relays = new CopyOnWriteArrayList<>();

  private Outbox(Builder builder) {
    Messaging messaging = builder.messaging;
    this.bind = messaging::message;
    this.send = messaging::send;
    this.flush = messaging::flush;
    this.publishTimeout = messaging.publishTimeout();
    this.observer = messaging.observer().orElse(null);
    this.dataSource = builder.dataSource;
    this.table = builder.table;
    this.shards = builder.shards;
    this.strict = builder.strict;
    this.factory = builder.store;
    this.shardOf = new ShardOf(shards);
  }

  /**
   * An outbox with 8 shards.
   *
   * @param messaging encodes, addresses and, for the relay, sends
   * @param dataSource for the relay and for tools; publishing uses the caller's connection
   * @return ready to publish
   */
  public static Outbox over(Messaging messaging, DataSource dataSource) {
    return builder(messaging, dataSource).build();
  }

  /**
   * An outbox with settings of its own.
   *
   * @param messaging encodes, addresses and, for the relay, sends
   * @param dataSource for the relay and for tools; publishing uses the caller's connection
   * @return a builder
   */
  public static Builder builder(Messaging messaging, DataSource dataSource) {
    return new Builder(messaging, dataSource);
  }

  /**
   * Publishes with a transaction of the caller's, in one round trip to the database per call. What
   * can be wrong with the transaction is found here rather than at the commit.
   *
   * @param connection in a transaction, that is not in auto-commit mode; it stays the caller's
   * @return publishes on that connection; as thread-safe as it is
   * @throws MessagingException if the connection is closed, read-only or in auto-commit mode
   */
  public TransactionalPublisher within(Connection connection) {
    check(connection);
    return new TransactionalPublisher() {
      @Override
      public void publish(Event<?> event) {
        publishAll(List.of(event));
      }

      @Override
      public void publishAll(List<? extends Event<?>> events) {
        List<Message> messages = new ArrayList<>(events.size());
        for (Event<?> event : events) {
          messages.add(bind.apply(event));
        }
        insert(connection, messages);
      }
    };
  }

  /**
   * Publishes with the transaction that surrounds each call, whoever began it. For long-lived
   * publishers, such as a bean.
   *
   * @param transaction finds it
   * @return publishes in it, and refuses to without one ({@code SP-OUTBOX-060}, or {@code
   *     SP-OUTBOX-001} on a connection in auto-commit mode); as thread-safe as what finds it
   */
  public TransactionalPublisher joining(CurrentTransaction transaction) {
    return new JoiningPublisher(this::within, requireNonNull(transaction, "transaction"));
  }

  void insert(Connection connection, List<Message> messages) {
    if (messages.isEmpty()) {
      return;
    }
    check(connection);
    List<NewRow> rows = new ArrayList<>(messages.size());
    for (Message message : messages) {
      rows.add(
          new NewRow(
              shardOf.key(message.key()),
              message.address(),
              message.key(),
              HeaderBytes.encode(message.headers()),
              message.body()));
    }
    try {
      store(connection).insert(connection, rows, strict);
    } catch (SQLException failure) {
      throw failure("The outbox could not write " + messages.size() + " events", failure);
    }
    relays.forEach(WakeUp::hint);
  }

  private void check(Connection connection) {
    try {
      if (connection.isClosed()) {
        throw new MessagingException(
            "SP-OUTBOX-002", "The connection is closed; publish before it is, and before commit.");
      }
      if (connection.getAutoCommit()) {
        throw new MessagingException(
            "SP-OUTBOX-001",
            "The connection is in auto-commit mode, so the event would not belong to any"
                + " transaction; call setAutoCommit(false) before the business change.");
      }
      if (connection.isReadOnly()) {
        throw new MessagingException(
            "SP-OUTBOX-003", "The connection is read-only; publish in a transaction that writes.");
      }
    } catch (SQLException failure) {
      throw failure("The outbox could not look at the connection", failure);
    }
  }

  /**
   * Begins a relay.
   *
   * @return a builder; nothing happens before its {@code start()}
   */
  public Relay.Builder relay() {
    return new Relay.Builder(this, send, flush);
  }

  /**
   * How many rows wait to be relayed. For tools and tests: it counts them, which takes the longer
   * the more there are, on a connection of its own.
   *
   * @return at least 0
   */
  public long pending() {
    return depth(Long.MAX_VALUE).rows();
  }

  /**
   * How much waits, for how long, and how much is parked: what to watch. A running relay tells
   * observers so every ten seconds ({@link Observer#outboxMeasured}). Takes a connection of its
   * own.
   *
   * @param limit up to where rows are counted; 100,000, say, takes some milliseconds
   * @return the depth
   * @throws MessagingException if the database failed
   */
  public Depth depth(long limit) {
    return onConnection(
        "The outbox could not measure its depth",
        (theStore, connection) -> theStore.depth(connection, limit));
  }

  /**
   * What a database administrator wants to know of the outbox, in lines of text for people: sizes,
   * dead rows, transactions that hold up clearing them, settings. Takes a connection of its own.
   *
   * @return the lines
   * @throws MessagingException if the database failed
   */
  public List<String> describe() {
    return onConnection("The outbox could not describe itself", OutboxStore::describe);
  }

  /**
   * The rows that the broker has refused for good.
   *
   * @return to list, retry and discard them
   */
  public ParkedRows parked() {
    return new ParkedRows(this);
  }

  /**
   * Creates what does not exist of the tables. For tests and samples; in production the resource
   * {@code io/stagepost/outbox/postgresql.sql}, or that of your database, belongs into a migration.
   */
  public void createSchema() {
    onConnection(
        "The outbox could not create its schema",
        (theStore, connection) -> {
          theStore.createSchema(connection);
          return true;
        });
  }

  /**
   * Changes the number of shards in the database. A key's shard changes with it, so: stop what
   * publishes, let a relay send the rest, stop the relays, call this, and start all of them with
   * the new number in {@link Builder#shards}.
   *
   * @param to how many shards there are to be; 1 to 256
   * @throws MessagingException if rows wait or are parked, or the database failed; nothing has
   *     changed
   */
  public void changeShards(int to) {
    checkShards("changeShards", to);
    inTransaction(
        "The outbox could not change its shards",
        (theStore, connection) -> {
          theStore.changeShards(connection, to);
          return true;
        });
  }

  private static void checkShards(String method, int shards) {
    if (shards < 1 || shards > MAX_SHARDS) {
      throw new MessagingException(
          "SP-OUTBOX-016", method + "(" + shards + ") must be from 1 to " + MAX_SHARDS + ".");
    }
  }

  /**
   * Checks the server and the tables. A relay does so when it starts; processes that only publish
   * may want to.
   *
   * @throws ConfigurationException naming all that is wrong (rule D19)
   * @throws MessagingException if the database cannot be reached
   */
  public void verifySchema() {
    List<String> problems =
        onConnection("The outbox could not check its schema", OutboxStore::problems);
    if (!problems.isEmpty()) {
      throw new ConfigurationException("The outbox", problems);
    }
  }

  /** Begins a relay's first session, which shows that it can work. */
  RelaySession begin(SessionSettings settings) {
    try {
      return open(settings);
    } catch (SQLException failure) {
      throw failure("The relay could not begin", failure);
    }
  }

  RelaySession open(SessionSettings settings) throws SQLException {
    Connection connection = dataSource.getConnection();
    OutboxStore theStore;
    try {
      theStore = store(connection);
    } catch (SQLException | RuntimeException failure) {
      connection.close();
      throw failure;
    }
    return theStore.open(connection, settings);
  }

  /** The store of the connection's database; found out once. */
  private OutboxStore store(Connection connection) throws SQLException {
    OutboxStore known = store;
    if (known == null) {
      OutboxStore.Factory given = factory;
      known = (given == null ? Databases.of(connection) : given).create(table, shards);
      store = known;
    }
    return known;
  }

  /** What an error of the database means; before the database is known, in general. */
  MessagingException failure(String what, SQLException cause) {
    OutboxStore known = store;
    return known == null
        ? new MessagingException(
            "SP-OUTBOX-008",
            what
                + ": the database could not be reached or asked; check the DataSource, the cause"
                + " says more.",
            cause)
        : known.failure(what, cause);
  }

  DataSource dataSource() {
    return dataSource;
  }

  String table() {
    return table;
  }

  int shards() {
    return shards;
  }

  Duration publishTimeout() {
    return publishTimeout;
  }

  /** Whom its relays tell what they do and measure; null if there is nobody. */
  @Nullable Observer observer() {
    return observer;
  }

  void remember(WakeUp relay) {
    relays.add(relay);
  }

  void forget(WakeUp relay) {
    relays.remove(relay);
  }

  <R> R onConnection(String failing, Job<R> job) {
    try (Connection connection = dataSource.getConnection()) {
      return job.on(store(connection), connection);
    } catch (SQLException failure) {
      throw failure(failing, failure);
    }
  }

  <R> R inTransaction(String failing, Job<R> job) {
    return onConnection(
        failing,
        (theStore, connection) -> {
          boolean autoCommit = connection.getAutoCommit();
          connection.setAutoCommit(false);
          try {
            R result = job.on(theStore, connection);
            connection.commit();
            connection.setAutoCommit(autoCommit);
            return result;
          } catch (SQLException | RuntimeException failure) {
            undo(connection, autoCommit, failure);
            throw failure;
          }
        });
  }

  /** That it cannot be undone does not hide why it should be. */
  private static void undo(Connection connection, boolean autoCommit, Exception reason) {
    try {
      connection.rollback();
      connection.setAutoCommit(autoCommit);
    } catch (SQLException lost) {
      reason.addSuppressed(lost);
    }
  }

  /** Something said to the database. */
  interface Job<R> {
    R on(OutboxStore store, Connection connection) throws SQLException;
  }

  /** Configures an {@link Outbox}. Not thread-safe. */
  public static final class Builder {
    private final Messaging messaging;
    private final DataSource dataSource;
    private String table = "stagepost_outbox";
    private int shards = DEFAULT_SHARDS;
    private boolean strict;
    private OutboxStore.@Nullable Factory store;

    private Builder(Messaging messaging, DataSource dataSource) {
      this.messaging = requireNonNull(messaging, "messaging");
      this.dataSource = requireNonNull(dataSource, "dataSource");
    }

    /**
     * Sets the number of shards: slices of the outbox, by key, that relays claim one by one. It
     * must be the same in every process that publishes or relays, and in the database, where each
     * shard has a sequence (PostgreSQL) or a row in the table of marks; {@link
     * Outbox#verifySchema()} checks that. It changes only while the outbox is empty, since keys
     * change their shard with it: {@link Outbox#changeShards}.
     *
     * @param shards instead of 8; 1 to 256
     * @return this
     */
    public Builder shards(int shards) {
      checkShards("shards", shards);
      this.shards = shards;
      return this;
    }

    /**
     * Sets what the outbox's table is called. The names of its other tables, and on PostgreSQL of
     * its sequences, begin with it.
     *
     * @param table instead of {@code stagepost_outbox}; letters, digits and underscores, after a
     *     schema and a dot if need be
     * @return this
     */
    public Builder table(String table) {
      this.table = requireNonNull(table, "table");
      return this;
    }

    /**
     * Keeps the order of a key whatever its writers lock: publishing locks the keys first, until
     * the transaction ends. Writers of one key then wait for each other, and two that publish
     * several keys in different orders, in several calls, may deadlock, which the database ends.
     *
     * <p>PostgreSQL tells 4 billion keys apart. The others lock rows of a table, of which there are
     * 256: keys that share one by chance wait for each other too, so few writers can be at work at
     * once, and locking several keys in several calls deadlocks sooner.
     *
     * @return this
     */
    public Builder strictOrder() {
      this.strict = true;
      return this;
    }

    /**
     * Sets the database's store, instead of the one that belongs to its product name.
     *
     * @param factory makes it
     * @return this
     */
    public Builder store(OutboxStore.Factory factory) {
      this.store = requireNonNull(factory, "factory");
      return this;
    }

    /**
     * Builds it. Nothing is asked of the database yet.
     *
     * @return ready to publish
     */
    public Outbox build() {
      return new Outbox(this);
    }
  }
}
