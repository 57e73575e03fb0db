package io.stagepost.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.spi.StoredMessage;
import io.stagepost.testkit.fixture.KafkaFixture;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** The build's real broker, seen with Kafka's own clients. */
final class Broker {
  static final String ADDRESS = KafkaFixture.shared().bootstrapServers();
  private static final Admin ADMIN = Admin.create(Map.of("bootstrap.servers", ADDRESS));

  private Broker() {}

  static String unique(String name) {
    return name + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  static KafkaTransport transport() {
    return builder().build();
  }

  static KafkaTransport.Builder builder() {
    return KafkaTransport.builder().bootstrapServers(ADDRESS).allowPlaintext();
  }

  static Admin admin() {
    return ADMIN;
  }

  static String topic(String name, int partitions) {
    return topic(name, partitions, Map.of());
  }

  static String topic(String name, int partitions, Map<String, String> configs) {
    String topic = unique(name);
    create(topic, partitions, configs);
    return topic;
  }

  static void create(String topic, int partitions, Map<String, String> configs) {
    get(
        ADMIN
            .createTopics(
                List.of(
                    new NewTopic(topic, Optional.of(partitions), Optional.empty())
                        .configs(configs)))
            .all()
            .toCompletionStage()
            .toCompletableFuture());
    // until it serves its partitions, a burst of Kafka's own producer might get stuck
    try (KafkaTransport transport = builder().compacted(topic).build()) {
      assertThat(transport.topology().provision(List.of(Need.channel(topic))).problems()).isEmpty();
    }
  }

  static boolean exists(String topic) {
    return get(ADMIN.listTopics().names().toCompletionStage().toCompletableFuture())
        .contains(topic);
  }

  /** What the group has committed, by partition; only of partitions that have a commit. */
  static Map<Integer, Long> committed(String group, String topic) {
    Map<TopicPartition, @Nullable OffsetAndMetadata> offsets =
        get(
            ADMIN
                .listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .toCompletionStage()
                .toCompletableFuture());
    Map<Integer, Long> committed = new java.util.TreeMap<>();
    offsets.forEach(
        (partition, offset) -> {
          if (partition.topic().equals(topic) && offset != null) {
            committed.put(partition.partition(), offset.offset());
          }
        });
    return committed;
  }

  static long committedSum(String group, String topic) {
    return committed(group, topic).values().stream().mapToLong(Long::longValue).sum();
  }

  /** Everything a topic holds. */
  static List<StoredMessage> stored(String topic) {
    List<StoredMessage> stored = new ArrayList<>();
    try (KafkaTransport transport = transport()) {
      transport.browser().browse(topic, stored::add);
    }
    return stored;
  }

  static KafkaProducer<byte @Nullable [], byte @Nullable []> producer(Map<String, Object> more) {
    Map<String, Object> properties = new java.util.HashMap<>(more);
    properties.put("bootstrap.servers", ADDRESS);
    return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Writes messages with numbers from 0 as their bodies. */
  static void fill(String topic, int partition, int messages) {
    try (var producer = producer(Map.of())) {
      for (int i = 0; i < messages; i++) {
        var unused =
            producer.send(
                new ProducerRecord<>(
                    topic, partition, null, ("" + i).getBytes(StandardCharsets.UTF_8)));
      }
    }
  }

  /** Writes a message past the library. */
  static void write(Message message) {
    try (var producer = producer(Map.of())) {
      var unused =
          producer.send(
              new ProducerRecord<>(
                  message.address(),
                  null,
                  null,
                  message.key(),
                  message.body(),
                  KafkaHeaders.iterable(message.headers())));
    }
  }

  static <T> T get(CompletableFuture<T> future) {
    try {
      return future.get(30, TimeUnit.SECONDS);
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
  }
}
