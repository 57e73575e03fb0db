package io.stagepost.outbox.relay;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.outbox.Outbox;
import io.stagepost.schema.Json;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.KafkaFixture;
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

/** A service that publishes through an outbox and leaves relaying to others. */
final class Service implements AutoCloseable {
  record Note(String key, String text) {}

  final String channel = "notes-" + UUID.randomUUID().toString().substring(0, 8);
  final EventType<Note> note =
      EventType.of("com.example.note.v1", Note.class)
          .source("urn:example:test")
          .channel(channel)
          .key(Note::key)
          .codec(Json.codec());
  final PostgresDatabase database = PostgresFixture.shared().createDatabase("relay");
  final Outbox outbox;
  private final String broker;
  private final Messaging messaging;

  private Service(String broker, Transport transport) {
    this.broker = broker;
    this.messaging = Messaging.over(transport);
    this.outbox = Outbox.over(messaging, database.dataSource());
    outbox.createSchema();
  }

  static Service onKafka() {
    String servers = KafkaFixture.shared().bootstrapServers();
    return new Service("kafka://" + servers, KafkaTransport.to(servers));
  }

  static Service onRabbit() {
    String uri = RabbitFixture.shared().uri();
    return new Service(uri, AmqpTransport.builder().uris(uri).build());
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
