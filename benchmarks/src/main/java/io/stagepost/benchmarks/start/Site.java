package io.stagepost.benchmarks.start;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.outbox.Outbox;
import io.stagepost.schema.Json;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.PostgresDatabase;
import io.stagepost.testkit.fixture.PostgresFixture;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * What services find when they start: a topic with one event, which none of their groups has
 * handled, and a database of its own for each, with the tables of its outbox.
 */
final class Site implements AutoCloseable {
  /** As the services know it. */
  private static final String TOPIC = "greetings";

  private static final int PARTITIONS = 4;

  private final KafkaFixture kafka;
  private final Admin admin;
  private final PostgresFixture postgres;
  private final Map<Service, PostgresDatabase> databases = new EnumMap<>(Service.class);

  private record Greeting(String name, String text) {}

  Site(Path folder) throws SQLException, ExecutionException, InterruptedException {
    kafka = KafkaFixture.start(folder.resolve("kafka"));
    admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
    postgres = PostgresFixture.start(folder.resolve("postgres"));
    admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1))).all().get();
    for (Service service : Service.values()) {
      databases.put(service, postgres.createDatabase(service.key()));
    }
    try (Messaging messaging = Messaging.over(KafkaTransport.to(kafka.bootstrapServers()))) {
      EventType<Greeting> greeting =
          EventType.of("com.example.greeting.v1", Greeting.class)
              .source("urn:example:greeter")
              .channel(TOPIC)
              .key(Greeting::name)
              .codec(Json.codec());
      messaging.publish(greeting.event(new Greeting("ada", "hello"))).join();
      Outbox.over(messaging, database(Service.OURS).dataSource()).createSchema();
    }
    try (Connection connection = database(Service.RAW).dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
              + " topic text NOT NULL, key bytea, body bytea NOT NULL)");
    }
  }

  /** What a service is started with. */
  List<String> arguments(Service service) {
    PostgresDatabase database = database(service);
    return List.of(
        kafka.bootstrapServers(), database.jdbcUrl(), database.username(), service.key());
  }

  /** Once a service has left its group: its next start is a new group's. */
  void forgetGroup(Service service) throws ExecutionException, InterruptedException {
    admin.deleteConsumerGroups(List.of(service.key())).all().get();
  }

  private PostgresDatabase database(Service service) {
    PostgresDatabase database = databases.get(service);
    if (database == null) {
      throw new IllegalStateException(service + " has no database");
    }
    return database;
  }

  @Override
  public void close() {
    admin.close();
    kafka.close();
    postgres.close();
  }
}
