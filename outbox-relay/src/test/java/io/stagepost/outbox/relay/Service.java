package io.stagepost.outbox.relay;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.outbox.Outbox;
import io.stagepost.schema.Json;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.MariaDbDatabase;
import io.stagepost.testkit.fixture.MariaDbFixture;
import io.stagepost.testkit.fixture.PostgresDatabase;
import io.stagepost.testkit.fixture.PostgresFixture;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;

/** A service that publishes through an outbox and leaves relaying to others. */
final class Service implements AutoCloseable {
  record Note(String key, String text) {}

  record Database(String jdbcUrl, String username, String password, DataSource dataSource) {}

  final String channel = "notes-" + UUID.randomUUID().toString().substring(0, 8);
  final EventType<Note> note =
      EventType.of("com.example.note.v1", Note.class)
          .source("urn:example:test")
          .channel(channel)
          .key(Note::key)
          .codec(Json.codec());
  final Database database;
  final Outbox outbox;
  private final String broker;
  private final Messaging messaging;

  private Service(Database database, String broker, Transport transport) {
    this.database = database;
    this.broker = broker;
    this.messaging = Messaging.over(transport);
    this.outbox = Outbox.over(messaging, database.dataSource());
    outbox.createSchema();
  }

  static Service onKafka() {
    return onKafka(postgres());
  }

  static Service onKafkaAndMariaDb() {
    MariaDbDatabase created = MariaDbFixture.shared().createDatabase("relay");
    return onKafka(
        new Database(
            created.jdbcUrl(), created.username(), created.password(), created.dataSource()));
  }

  private static Service onKafka(Database database) {
    String servers = KafkaFixture.shared().bootstrapServers();
    return new Service(database, "kafka://" + servers, KafkaTransport.to(servers));
  }

  static Service onRabbit() {
    String uri = RabbitFixture.shared().uri();
    return new Service(postgres(), uri, AmqpTransport.builder().uris(uri).build());
  }

  private static Database postgres() {
    PostgresDatabase created = PostgresFixture.shared().createDatabase("relay");
    return new Database(
        created.jdbcUrl(), created.username(), created.password(), created.dataSource());
  }

  /** Creates the channel if it is not there, and listens to it; the texts in their order. */
  List<String> listen() {
    List<String> arrived = new CopyOnWriteArrayList<>();
    messaging.subscribe("readers").on(note, event -> arrived.add(event.data().text())).start();
    return arrived;
  }

  /** What the command is to know. */
  Map<String, String> environment() {
    Map<String, String> environment = new TreeMap<>();
    environment.put(
        "RELAY_DATABASE",
        database.jdbcUrl()
            + (database.jdbcUrl().contains("?") ? "&" : "?")
            + "user="
            + database.username()
            + "&password="
            + database.password());
    environment.put("RELAY_BROKER", broker);
    return environment;
  }

  void commit(String key, String... texts) throws SQLException {
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      for (String text : texts) {
        outbox.within(connection).publish(note.event(new Note(key, text)));
      }
      connection.commit();
    }
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() {
    messaging.close();
  }
}
