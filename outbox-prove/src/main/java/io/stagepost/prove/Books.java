package io.stagepost.prove;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.prove.Oracle.Effect;
import io.stagepost.prove.Oracle.Seen;
import io.stagepost.prove.Oracle.Truth;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what the run has left behind. */
final class Books {
  private static final Duration READ_LIMIT = Duration.ofMinutes(2);

  private Books() {}

  static List<Truth> truth(Connection connection) throws SQLException {
    List<Truth> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet answer =
            statement.executeQuery("select event, event_key, seq, nonce, at from truth")) {
      while (answer.next()) {
        rows.add(
            new Truth(
                answer.getString(1),
                answer.getString(2),
                answer.getLong(3),
                answer.getString(4),
                answer.getTimestamp(5).toInstant()));
      }
    }
    return rows;
  }

  static List<Effect> effects(Connection connection) throws SQLException {
    List<Effect> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet answer =
            statement.executeQuery("select event, event_key, seq, at from effect order by n")) {
      while (answer.next()) {
        rows.add(
            new Effect(
                answer.getString(1),
                answer.getString(2),
                answer.getLong(3),
                answer.getTimestamp(4).toInstant()));
      }
    }
    return rows;
  }

  static long count(Connection connection, String what) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery("select count(*) from " + what)) {
      answer.next();
      return answer.getLong(1);
    }
  }

  /** All records of a topic, in the order of each partition. */
  static List<Seen> log(String broker, String topic) {
    Map<String, Object> settings =
        Map.of("bootstrap.servers", broker, "auto.offset.reset", "earliest");
    List<Seen> log = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      long until = System.nanoTime() + READ_LIMIT.toNanos();
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
        consumer.poll(Duration.ofMillis(500)).forEach(record -> log.add(seen(record)));
        if (System.nanoTime() > until) {
          throw new IllegalStateException("the topic could not be read within " + READ_LIMIT);
        }
      }
    }
    return log;
  }

  private static Seen seen(ConsumerRecord<byte[], byte[]> record) {
    String id = "";
    StringBuilder headers = new StringBuilder();
    for (Header header : record.headers()) {
      String value = header.value() == null ? "" : new String(header.value(), UTF_8);
      headers.append(header.key()).append('=').append(value).append('\n');
      id = header.key().equals("ce_id") ? value : id;
    }
    return new Seen(
        id,
        record.key() == null ? "" : new String(record.key(), UTF_8),
        record.partition(),
        record.offset(),
        Instant.ofEpochMilli(record.timestamp()),
        headers.toString(),
        record.value() == null ? "" : new String(record.value(), UTF_8));
  }
}
