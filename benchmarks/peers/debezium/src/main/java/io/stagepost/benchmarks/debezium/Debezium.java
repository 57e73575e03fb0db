package io.stagepost.benchmarks.debezium;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.zaxxer.hikari.HikariDataSource;
import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.stagepost.benchmarks.contestant.outbox.Letter;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.benchmarks.contestant.outbox.Postbox;
import io.stagepost.benchmarks.contestant.outbox.PostboxDriver;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Debezium Engine with the PostgreSQL connector (pgoutput) and the outbox event router. A batch is
 * marked as processed when the broker has confirmed all of it. {@code default}: as it comes. {@code
 * tuned}: looks for changes every 10 ms instead of 500, and takes up to 8,192 at once instead of
 * 2,048.
 */
public final class Debezium implements Postbox {
  private static final String TABLE =
      """
      CREATE TABLE IF NOT EXISTS outbox (
        id uuid NOT NULL PRIMARY KEY, aggregatetype text NOT NULL, aggregateid text NOT NULL,
        type text NOT NULL, payload text)""";

  private static final String SLOT =
      """
      SELECT pg_create_logical_replication_slot(name, 'pgoutput')
      FROM (SELECT 'debezium_' || current_database() AS name) n
      WHERE NOT EXISTS (SELECT 1 FROM pg_replication_slots WHERE slot_name = name)""";

  private static final String INSERT =
      "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload) VALUES (?, ?, ?, ?, ?)";

  private final boolean tuned;
  private final ExecutorService executor = Executors.newSingleThreadExecutor();
  private @Nullable Place place;
  private @Nullable HikariDataSource pool;
  private @Nullable KafkaProducer<byte[], byte[]> producer;
  private @Nullable DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;

  private Debezium(boolean tuned) {
    this.tuned = tuned;
  }

  /**
   * Serves.
   *
   * @param args default or tuned
   * @throws IOException if the harness cannot be read
   */
  public static void main(String[] args) throws IOException {
    PostboxDriver.serve(() -> new Debezium(args[0].equals("tuned")));
  }

  @Override
  public void open(Place there) throws SQLException {
    place = there;
    HikariDataSource connections = there.pool(Place.CONNECTIONS);
    pool = connections;
    try (Connection connection = connections.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(TABLE);
      if (!exists(statement)) {
        statement.execute("CREATE PUBLICATION letters FOR TABLE outbox");
      }
      statement.execute(SLOT);
    }
  }

  private static boolean exists(Statement statement) throws SQLException {
    try (ResultSet rows =
        statement.executeQuery("SELECT 1 FROM pg_publication WHERE pubname = 'letters'")) {
      return rows.next();
    }
  }

  @Override
  public void write(Change change, List<Letter> letters) throws SQLException {
    try (Connection connection = opened(pool).getConnection()) {
      connection.setAutoCommit(false);
      change.in(connection);
      if (!letters.isEmpty()) {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
          for (Letter letter : letters) {
            insert.setObject(1, UUID.randomUUID());
            insert.setString(2, opened(place).topic());
            insert.setString(3, letter.keyText());
            insert.setString(4, "com.example.letter.v1");
            insert.setString(5, letter.text());
            insert.addBatch();
          }
          insert.executeBatch();
        }
      }
      connection.commit();
    }
  }

  @Override
  public void start() {
    Place there = opened(place);
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", there.brokers(), "batch.size", tuned ? 65_536 : 16_384),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    DebeziumEngine<RecordChangeEvent<SourceRecord>> started =
        DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
            .using(settings(there))
            .notifying(this::send)
            .build();
    engine = started;
    executor.execute(started);
  }

  private Properties settings(Place there) {
    URI uri = URI.create(there.database().substring("jdbc:".length()));
    String database = uri.getPath().substring(1);
    Properties settings = new Properties();
    settings.putAll(
        Map.of(
            "name",
            "letters",
            "connector.class",
            "io.debezium.connector.postgresql.PostgresConnector",
            "plugin.name",
            "pgoutput",
            "offset.storage",
            "org.apache.kafka.connect.storage.FileOffsetBackingStore",
            "offset.storage.file.filename",
            Path.of(there.folder(), "offsets").toString(),
            "database.hostname",
            uri.getHost(),
            "database.port",
            Integer.toString(uri.getPort()),
            "database.user",
            there.user(),
            "database.password",
            "none",
            "database.dbname",
            database));
    settings.putAll(
        Map.of(
            "topic.prefix", "letters",
            "slot.name", "debezium_" + database,
            "publication.name", "letters",
            "publication.autocreate.mode", "disabled",
            "table.include.list", "public.outbox",
            "snapshot.mode", "no_data",
            "tombstones.on.delete", "false",
            "transforms", "outbox",
            "transforms.outbox.type", "io.debezium.transforms.outbox.EventRouter",
            "transforms.outbox.route.topic.replacement", "${routedByValue}"));
    if (tuned) {
      settings.putAll(
          Map.of("poll.interval.ms", "10", "max.batch.size", "8192", "max.queue.size", "32768"));
    }
    return settings;
  }

  private void send(
      List<RecordChangeEvent<SourceRecord>> events,
      RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
      throws InterruptedException {
    List<Future<?>> sent = new ArrayList<>(events.size());
    for (RecordChangeEvent<SourceRecord> event : events) {
      SourceRecord letter = event.record();
      ProducerRecord<byte[], byte[]> message =
          new ProducerRecord<>(
              letter.topic(),
              ((String) letter.key()).getBytes(UTF_8),
              ((String) letter.value()).getBytes(UTF_8));
      letter
          .headers()
          .forEach(
              header ->
                  message.headers().add(header.key(), header.value().toString().getBytes(UTF_8)));
      sent.add(opened(producer).send(message));
    }
    try {
      for (int i = 0; i < sent.size(); i++) {
        sent.get(i).get();
        committer.markProcessed(events.get(i));
      }
    } catch (ExecutionException failure) {
      throw new IllegalStateException(failure.getCause());
    }
    committer.markBatchFinished();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (engine != null) {
      engine.close();
    }
    executor.shutdown();
    if (!executor.awaitTermination(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException("The engine does not end");
    }
    if (producer != null) {
      producer.close();
    }
    opened(pool).close();
  }

  private static <T> T opened(@Nullable T what) {
    if (what == null) {
      throw new IllegalStateException("Not open");
    }
    return what;
  }
}
