package io.stagepost.kafka;

import io.stagepost.spi.Browser;
import io.stagepost.spi.StoredMessage;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads a topic from its beginning to where it ends at the time of the call, with a consumer of its
 * own that belongs to no group. Thread-safe.
 *
 * <p>How far it has come is told by the consumer's position, not by the records: behind the last of
 * them there may be transaction marks, aborted records, or gaps that compaction left.
 */
final class KafkaBrowser implements Browser {
  private static final Duration POLL = Duration.ofMillis(100);

  private final ClientProperties properties;
  private final KafkaTopology topology;
  private final KafkaFailures failures;

  KafkaBrowser(ClientProperties properties, KafkaTopology topology, KafkaFailures failures) {
    this.properties = properties;
    this.topology = topology;
    this.failures = failures;
  }

  @Override
  public void browse(String address, Consumer<StoredMessage> visitor) {
    List<TopicPartition> partitions = topology.partitions(address);
    try (KafkaConsumer<byte @Nullable [], byte @Nullable []> consumer = consumer()) {
      Map<TopicPartition, Long> ends = asking(address, () -> seek(consumer, partitions));
      long progress = System.nanoTime();
      while (!ends.isEmpty()) {
        ConsumerRecords<byte @Nullable [], byte @Nullable []> records =
            asking(address, () -> consumer.poll(POLL));
        for (ConsumerRecord<byte @Nullable [], byte @Nullable []> record : records) {
          if (record.offset() < ends.getOrDefault(partition(record), 0L)) {
            visitor.accept(
                new StoredMessage(KafkaDelivery.messageOf(record), KafkaDelivery.originOf(record)));
          }
        }
        boolean moved = !records.nextOffsets().isEmpty();
        if (asking(address, () -> finish(consumer, ends)) || moved) {
          progress = System.nanoTime();
        } else if (System.nanoTime() - progress > properties.apiTimeout().toNanos()) {
          throw failures.looking("the topic " + address, new TimeoutException()).exception();
        }
      }
    }
  }

  private KafkaConsumer<byte @Nullable [], byte @Nullable []> consumer() {
    try {
      return new KafkaConsumer<>(properties.forBrowser());
    } catch (KafkaException unusable) {
      throw failures.client("consumer", unusable);
    }
  }

  /** Where each partition that holds anything ends. */
  private Map<TopicPartition, Long> seek(
      KafkaConsumer<?, ?> consumer, List<TopicPartition> partitions) {
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends =
        new HashMap<>(consumer.endOffsets(partitions, properties.apiTimeout()));
    Map<TopicPartition, Long> beginnings =
        consumer.beginningOffsets(partitions, properties.apiTimeout());
    ends.entrySet().removeIf(end -> end.getValue() <= beginnings.getOrDefault(end.getKey(), 0L));
    consumer.assign(ends.keySet());
    consumer.seekToBeginning(ends.keySet());
    return ends;
  }

  /** Takes out the partitions that were read to their end; tells whether there were any. */
  private boolean finish(KafkaConsumer<?, ?> consumer, Map<TopicPartition, Long> ends) {
    List<TopicPartition> finished =
        ends.entrySet().stream()
            .filter(
                end -> consumer.position(end.getKey(), properties.apiTimeout()) >= end.getValue())
            .map(Map.Entry::getKey)
            .toList();
    consumer.pause(finished);
    return ends.keySet().removeAll(finished);
  }

  /** Asks the broker; the visitor's own exceptions never come through here. */
  private <T> T asking(String address, Supplier<T> question) {
    try {
      return question.get();
    } catch (KafkaException failure) {
      throw failures.looking("the topic " + address, failure).exception();
    }
  }

  private static TopicPartition partition(ConsumerRecord<?, ?> record) {
    return new TopicPartition(record.topic(), record.partition());
  }
}
