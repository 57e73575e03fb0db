package io.stagepost.outbox;

import static java.util.Objects.requireNonNull;

import io.stagepost.ConfigurationException;
import io.stagepost.Event;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.Receipt;
import io.stagepost.TransactionalPublisher;
import io.stagepost.spi.Message;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import javax.sql.DataSource;

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
 * <p>Runs on PostgreSQL 13 or later; its tables are those of the resource {@code
 * io/stagepost/outbox/postgresql.sql}, found on the connection's {@code search_path}. Holds no
 * connection of its own; thread-safe.
 */
public final class Outbox {
  private static final int DEFAULT_SHARDS = 8;
  private static final int MAX_SHARDS = 256;

  private final Function<Event<?>, Message> bind;
  private final Function<Message, CompletableFuture<Receipt>> send;
  private final Duration publishTimeout;
  private final DataSource dataSource;
  private final int shards;
  private final ShardOf shardOf;
  private final List<WakeUp> relays = new CopyOnWriteArrayList<>();

  private Outbox(Builder builder) {
    Messaging messaging = builder.messaging;
    this.bind = messaging::message;
    this.send = messaging::send;
    this.publishTimeout = messaging.publishTimeout();
    this.dataSource = builder.dataSource;
    this.shards = builder.shards;
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
    try {
      PostgresOutbox.insert(connection, messages, shardOf);
    } catch (SQLException failure) {
      throw PostgresErrors.of("The outbox could not write " + messages.size() + " events", failure);
    }
    relays.forEach(WakeUp::hint);
  }

  private static void check(Connection connection) {
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
      throw PostgresErrors.of("The outbox could not look at the connection", failure);
    }
  }

  /**
   * Begins a relay.
   *
   * @return a builder; nothing happens before its {@code start()}
   */
  public Relay.Builder relay() {
    return new Relay.Builder(this, send);
  }

  /**
   * How many rows wait to be relayed. For tools and tests: it counts them, which takes the longer
   * the more there are, on a connection of its own.
   *
   * @return at least 0
   */
  public long pending() {
    return onConnection("The outbox could not count its rows", PostgresOutbox::pending);
  }

  /**
   * Creates the tables and sequences that do not exist. For tests and samples; in production the
   * resource {@code io/stagepost/outbox/postgresql.sql} belongs into a migration.
   */
  public void createSchema() {
    onConnection(
        "The outbox could not create its schema",
        connection -> {
          PostgresOutbox.createSchema(connection, shards);
          return true;
        });
  }

  /**
   * Checks the server, tables and sequences. A relay does so when it starts; processes that only
   * publish may want to.
   *
   * @throws ConfigurationException naming all that is wrong (rule D19)
   * @throws MessagingException if the database cannot be reached
   */
  public void verifySchema() {
    List<String> problems =
        onConnection(
            "The outbox could not check its schema",
            connection -> PostgresOutbox.problems(connection, shards));
    if (!problems.isEmpty()) {
      throw new ConfigurationException("The outbox", problems);
    }
  }

  DataSource dataSource() {
    return dataSource;
  }

  int shards() {
    return shards;
  }

  Duration publishTimeout() {
    return publishTimeout;
  }

  void remember(WakeUp relay) {
    relays.add(relay);
  }

  void forget(WakeUp relay) {
    relays.remove(relay);
  }

  private <R> R onConnection(String failing, Job<R> job) {
    try (Connection connection = dataSource.getConnection()) {
      return job.on(connection);
    } catch (SQLException failure) {
      throw PostgresErrors.of(failing, failure);
    }
  }

  private interface Job<R> {
    R on(Connection connection) throws SQLException;
  }

  /** Configures an {@link Outbox}. Not thread-safe. */
  public static final class Builder {
    private final Messaging messaging;
    private final DataSource dataSource;
    private int shards = DEFAULT_SHARDS;

    private Builder(Messaging messaging, DataSource dataSource) {
      this.messaging = requireNonNull(messaging, "messaging");
      this.dataSource = requireNonNull(dataSource, "dataSource");
    }

    /**
     * Sets the number of shards: slices of the outbox, by key, that relays claim one by one. It
     * must be the same in every process that publishes or relays, and must equal the number of
     * sequences; {@link Outbox#verifySchema()} checks that. It changes only while the outbox is
     * empty, since keys change their shard with it.
     *
     * @param shards instead of 8; 1 to 256
     * @return this
     */
    public Builder shards(int shards) {
      if (shards < 1 || shards > MAX_SHARDS) {
        throw new MessagingException(
            "SP-OUTBOX-016", "shards(" + shards + ") must be from 1 to " + MAX_SHARDS + ".");
      }
      this.shards = shards;
      return this;
    }

    /**
     * Builds it.
     *
     * @return ready to publish
     */
    public Outbox build() {
      return new Outbox(this);
    }
  }
}
