package io.stagepost.outbox.frameworks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.stagepost.ContentMode;
import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.outbox.Outbox;
import io.stagepost.schema.Json;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.PostgresDatabase;
import io.stagepost.testkit.fixture.PostgresFixture;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.connect.converters.ByteArrayConverter;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.SimpleHeaderConverter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debezium's event router in the place of the relay, as docs/guide/outbox.md sets it up. */
class DebeziumTest {
  private static final String CONFIGURATION =
      // snippet: debezium
      """
      connector.class=io.debezium.connector.postgresql.PostgresConnector
      plugin.name=pgoutput
      publication.autocreate.mode=filtered
      snapshot.mode=no_data
      table.include.list=public.stagepost_outbox
      tombstones.on.delete=false
      transforms=route,mode
      transforms.route.type=io.debezium.transforms.outbox.EventRouter
      transforms.route.route.by.field=address
      transforms.route.route.topic.replacement=${routedByValue}
      transforms.route.table.field.event.id=id
      transforms.route.table.field.event.key=key
      transforms.route.table.field.event.payload=body
      transforms.route.table.expand.json.payload=false
      transforms.mode.type=org.apache.kafka.connect.transforms.InsertHeader
      transforms.mode.header=content-type
      transforms.mode.value.literal=application/cloudevents+json
      key.converter=org.apache.kafka.connect.converters.ByteArrayConverter
      value.converter=org.apache.kafka.connect.converters.ByteArrayConverter
      """;

  // end

  record Note(String key, int number) {}

  private final EventType<Note> note =
      EventType.of("com.example.note.v1", Note.class)
          .source("urn:example:test")
          .channel("routed-" + UUID.randomUUID().toString().substring(0, 8))
          .key(Note::key)
          .codec(Json.codec());
  private final List<Event<Note>> arrived = new CopyOnWriteArrayList<>();

  @TempDir private Path folder;

  @Test
  void what_it_routes_a_subscription_reads_in_order_and_rows_may_be_deleted_at_any_time()
      throws Exception {
    String servers = KafkaFixture.shared().bootstrapServers();
    try (PostgresFixture server = logical();
        Messaging messaging =
            Messaging.over(
                KafkaTransport.builder()
                    .bootstrapServers(servers)
                    .contentMode(ContentMode.STRUCTURED)
                    .build())) {
      PostgresDatabase database = server.createDatabase("debezium");
      Outbox outbox = Outbox.over(messaging, database.dataSource());
      outbox.createSchema();
      messaging.subscribe("readers").on(note, event -> arrived.add(event)).start();

      try (Connector connector = new Connector(database, servers)) {
        connector.awaitStreaming();
        publish(outbox, database, 0, 20, "");
        await().atMost(Duration.ofSeconds(60)).until(() -> arrived.size() == 20);
      }
      // while it is down: the log keeps what the table no longer has
      publish(outbox, database, 20, 40, "delete from stagepost_outbox");
      assertThat(outbox.pending()).isZero();
      try (Connector connector = new Connector(database, servers)) {
        connector.awaitStreaming();
        publish(outbox, database, 40, 60, "delete from stagepost_outbox");
        await()
            .atMost(Duration.ofSeconds(60))
            .until(
                () ->
                    arrived.stream().anyMatch(event -> event.data().number() == 59)
                        && arrived.stream().map(Event::id).distinct().count() == 60);
      }
    }
    for (String key : List.of("a", "b")) {
      assertThat(
              arrived.stream()
                  .filter(event -> event.data().key().equals(key))
                  .map(event -> event.data().number())
                  .distinct())
          .isSorted()
          .hasSize(30);
    }
  }

  /** Ten events a transaction, of two keys by turns; and what else it does. */
  private void publish(Outbox outbox, PostgresDatabase database, int from, int to, String sql)
      throws SQLException {
    for (int i = from; i < to; i += 10) {
      try (Connection connection = database.dataSource().getConnection();
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        List<Event<Note>> events = new ArrayList<>();
        for (int n = i; n < i + 10; n++) {
          events.add(note.event(new Note(n % 2 == 0 ? "a" : "b", n)));
        }
        outbox.within(connection).publishAll(events);
        if (!sql.isEmpty()) {
          statement.execute(sql);
        }
        connection.commit();
      }
    }
  }

  /** A server whose log can be decoded. */
  private PostgresFixture logical() throws SQLException {
    Path data = folder.resolve("postgres");
    try (PostgresFixture server = PostgresFixture.start(data);
        Connection connection = server.createDatabase("first").dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("alter system set wal_level = logical");
    }
    return PostgresFixture.start(data);
  }

  /** Debezium's engine, and a producer: what Kafka Connect does with that configuration. */
  private final class Connector implements AutoCloseable {
    private final ByteArrayConverter bytes = new ByteArrayConverter();
    private final SimpleHeaderConverter headers = new SimpleHeaderConverter();
    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private final KafkaProducer<byte[], byte[]> producer;
    private final DebeziumEngine<?> engine;
    private final PostgresDatabase database;

    Connector(PostgresDatabase database, String servers) throws IOException {
      this.database = database;
      producer =
          new KafkaProducer<>(
              Map.of("bootstrap.servers", servers),
              new ByteArraySerializer(),
              new ByteArraySerializer());
      Properties properties = new Properties();
      properties.load(new StringReader(CONFIGURATION));
      properties.setProperty("name", "outbox");
      properties.setProperty("topic.prefix", "outbox");
      properties.setProperty(
          "offset.storage", "org.apache.kafka.connect.storage.FileOffsetBackingStore");
      properties.setProperty("offset.storage.file.filename", folder.resolve("offsets").toString());
      properties.setProperty("offset.flush.interval.ms", "100");
      java.net.URI address = java.net.URI.create(database.jdbcUrl().substring("jdbc:".length()));
      properties.setProperty("database.hostname", address.getHost());
      properties.setProperty("database.port", Integer.toString(address.getPort()));
      properties.setProperty("database.dbname", database.name());
      properties.setProperty("database.user", database.username());
      properties.setProperty("database.password", database.password());
      engine =
          DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
              .using(properties)
              .notifying(
                  (List<RecordChangeEvent<SourceRecord>> batch,
                      DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>>
                          committer) -> {
                    for (RecordChangeEvent<SourceRecord> change : batch) {
                      send(change.record());
                      committer.markProcessed(change);
                    }
                    committer.markBatchFinished();
                  })
              .build();
      executor.execute(engine);
    }

    private void send(SourceRecord from) {
      ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(
              from.topic(),
              bytes.fromConnectData(from.topic(), from.keySchema(), from.key()),
              bytes.fromConnectData(from.topic(), from.valueSchema(), from.value()));
      for (Header header : from.headers()) {
        record
            .headers()
            .add(
                header.key(),
                headers.fromConnectHeader(
                    from.topic(), header.key(), header.schema(), header.value()));
      }
      Future<?> sent = producer.send(record);
      try {
        sent.get();
      } catch (Exception failure) {
        throw new IllegalStateException(failure);
      }
    }

    void awaitStreaming() {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                try (Connection connection = database.dataSource().getConnection();
                    Statement statement = connection.createStatement();
                    var answer =
                        statement.executeQuery("select active from pg_replication_slots")) {
                  return answer.next() && answer.getBoolean(1);
                }
              });
    }

    @Override
    public void close() throws IOException {
      engine.close();
      executor.shutdown();
      producer.close();
    }
  }
}
