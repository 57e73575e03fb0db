package io.stagepost.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.outbox.store.RelaySession;
import io.stagepost.schema.Json;
import io.stagepost.spi.Message;
import io.stagepost.testkit.InMemoryTransport;
import io.stagepost.testkit.fixture.PostgresDatabase;
import io.stagepost.testkit.fixture.PostgresFixture;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * An outbox in a database of its own, and what its relays send to: {@link #relay()} to a wire,
 * which answers each message as the test says; {@code outbox.relay()} to a broker in memory,
 * through the publish gate.
 */
final class Post implements AutoCloseable {
  record Note(@Nullable String key, String text) {}

  static final EventType<Note> NOTE =
      EventType.of("com.example.note.v1", Note.class)
          .source("urn:example:test")
          .channel("notes")
          .key(Note::key)
          .codec(Json.codec());

  final PostgresDatabase database;
  final DataSource dataSource;
  final Wire wire = new Wire();
  final InMemoryTransport broker = new InMemoryTransport();
  final Messaging messaging = broker.messaging().publishTimeout(Duration.ofSeconds(10)).build();
  final Outbox outbox;
  private final List<Connection> transactions = new ArrayList<>();
  private final List<RelaySession> sessions = new ArrayList<>();

  Post(int shards) {
    this(shards, PostgresFixture.shared().createDatabase("outbox"));
  }

  Post(int shards, PostgresDatabase database) {
    this(shards, database, builder -> {});
  }

  /** With settings of its own. */
  Post(int shards, Consumer<Outbox.Builder> settings) {
    this(shards, PostgresFixture.shared().createDatabase("outbox"), settings);
  }

  private Post(int shards, PostgresDatabase database, Consumer<Outbox.Builder> settings) {
    this.database = database;
    this.dataSource = database.dataSource();
    Outbox.Builder builder = Outbox.builder(messaging, dataSource).shards(shards);
    settings.accept(builder);
    outbox = builder.build();
    outbox.createSchema();
  }

  /** A connection in a transaction; closed with the post. */
  Connection begin() throws SQLException {
    Connection connection = dataSource.getConnection();
    connection.setAutoCommit(false);
    transactions.add(connection);
    return connection;
  }

  /** Inserts rows of a key with a transaction. */
  void insert(Connection connection, @Nullable String key, String... texts) {
    List<Message> messages = new ArrayList<>();
    for (String text : texts) {
      messages.add(
          new Message(
              "notes", key == null ? null : key.getBytes(UTF_8), List.of(), text.getBytes(UTF_8)));
    }
    outbox.insert(connection, messages);
  }

  /** Inserts rows of a key in a transaction of their own. */
  void commit(@Nullable String key, String... texts) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      insert(connection, key, texts);
      connection.commit();
    }
  }

  Relay.Builder relay() {
    return outbox.relay().send(wire, wire::flush);
  }

  /** A relay's rounds without its thread, in a session of their own. */
  Round rounds() throws SQLException {
    return rounds(relay().settings(), new Relay.Counters());
  }

  Round rounds(Settings settings, Relay.Counters counters) throws SQLException {
    RelaySession session = outbox.open(settings.session());
    sessions.add(session);
    return new Round(session, settings, counters);
  }

  /** The bodies at an address of the broker, as text, in order. */
  static List<String> texts(InMemoryTransport broker, String address) {
    return broker.stored(address).stream().map(stored -> Wire.text(stored.message())).toList();
  }

  /** Executes SQL on a connection of its own. */
  void execute(String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The first column of the first row. */
  String query(String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      return query(connection, sql);
    }
  }

  static String query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(sql)) {
      answer.next();
      return String.valueOf(answer.getString(1));
    }
  }

  @Override
  public void close() throws SQLException {
    sessions.forEach(RelaySession::close);
    for (Connection transaction : transactions) {
      transaction.close();
    }
    messaging.close();
  }
}
