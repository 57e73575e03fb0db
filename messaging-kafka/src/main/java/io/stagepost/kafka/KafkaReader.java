package io.stagepost.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads stretches of partitions with a consumer of its own for each reading, which belongs to no
 * group and so can commit nothing. Thread-safe.
 *
 * <p>How far it has come is told by the consumer's position, not by the records: behind the last of
 * them there may be transaction marks, aborted records, or gaps that compaction left. What
 * retention takes away meanwhile moves the position forward too.
 */
final class KafkaReader {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long STALLED = TimeUnit.SECONDS.toNanos(1);

  /** Offsets of a partition: from one, inclusive, to another, exclusive. */
  record Stretch(long from, long to) {
    boolean isEmpty() {
      return from >= to;
    }
  }

  /** What a visitor wants next. */
  enum Next {
    GO_ON,
    LEAVE_THE_PARTITION,
    STOP
  }

  /** Is shown the records, in the order of their offsets within each partition. */
  interface Visitor {
    Next visit(ConsumerRecord<byte @Nullable [], byte @Nullable []> visited);
  }

  private final ClientProperties properties;
  private final KafkaFailures failures;

  /** Where those of the partitions end that are still there; fails if a topic is not. */
  private final Function<Collection<TopicPartition>, Map<TopicPartition, Long>> ends;

  KafkaReader(
      ClientProperties properties,
      KafkaFailures failures,
      Function<Collection<TopicPartition>, Map<TopicPartition, Long>> ends) {
    this.properties = properties;
    this.failures = failures;
    this.ends = ends;
  }

  /**
   * Reads; returns when each stretch was read to its end, or the visitor has enough.
   *
   * @param what for messages
   * @param own properties of this reading
   */
  void read(
      String what,
      Map<TopicPartition, Stretch> stretches,
      Map<String, Object> own,
      Visitor visitor) {
    Map<TopicPartition, Long> left = new HashMap<>();
    stretches.forEach(
        (partition, stretch) -> {
          if (!stretch.isEmpty()) {
            left.put(partition, stretch.to());
          }
        });
    if (left.isEmpty()) {
      return;
    }
    try (KafkaConsumer<byte @Nullable [], byte @Nullable []> consumer = consumer(own)) {
      consumer.assign(left.keySet());
      stretches.forEach(
          (partition, stretch) -> {
            if (left.containsKey(partition)) {
              consumer.seek(partition, stretch.from());
            }
          });
      read(what, consumer, left, visitor);
    }
  }

  private void read(
      String what,
      KafkaConsumer<byte @Nullable [], byte @Nullable []> consumer,
      Map<TopicPartition, Long> left,
      Visitor visitor) {
    long progress = System.nanoTime();
    long looked = progress;
    while (!left.isEmpty()) {
      ConsumerRecords<byte @Nullable [], byte @Nullable []> records =
          asking(what, () -> consumer.poll(POLL));
      for (TopicPartition partition : records.partitions()) {
        if (visit(records.records(partition), left, visitor) == Next.STOP) {
          return;
        }
      }
      boolean moved = !records.nextOffsets().isEmpty();
      if (asking(what, () -> finish(consumer, left)) || moved) {
        progress = System.nanoTime();
        continue;
      }
      long now = System.nanoTime();
      if (now - progress > properties.apiTimeout().toNanos()) {
        throw failures.looking(what, new TimeoutException()).exception();
      }
      if (now - Math.max(progress, looked) > STALLED) {
        // A topic that was deleted never answers; one that was made anew may end sooner.
        Map<TopicPartition, Long> current = ends.apply(List.copyOf(left.keySet()));
        left.replaceAll((partition, to) -> Math.min(to, current.getOrDefault(partition, 0L)));
        looked = System.nanoTime();
      }
    }
  }

  private static Next visit(
      List<ConsumerRecord<byte @Nullable [], byte @Nullable []>> records,
      Map<TopicPartition, Long> left,
      Visitor visitor) {
    for (ConsumerRecord<byte @Nullable [], byte @Nullable []> next : records) {
      TopicPartition partition = new TopicPartition(next.topic(), next.partition());
      if (next.offset() >= left.getOrDefault(partition, 0L)) {
        return Next.LEAVE_THE_PARTITION;
      }
      Next wanted = visitor.visit(next);
      if (wanted == Next.LEAVE_THE_PARTITION) {
        left.put(partition, 0L);
      }
      if (wanted != Next.GO_ON) {
        return wanted;
      }
    }
    return Next.GO_ON;
  }

  /** Takes out the partitions that were read to their end; tells whether there were any. */
  private boolean finish(KafkaConsumer<?, ?> consumer, Map<TopicPartition, Long> left) {
    List<TopicPartition> finished =
        left.entrySet().stream()
            .filter(
                each ->
                    consumer.position(each.getKey(), properties.apiTimeout()) >= each.getValue())
            .map(Map.Entry::getKey)
            .toList();
    consumer.pause(finished);
    return left.keySet().removeAll(finished);
  }

  private KafkaConsumer<byte @Nullable [], byte @Nullable []> consumer(Map<String, Object> own) {
    Map<String, Object> all = new HashMap<>(properties.forBrowser());
    all.putAll(own);
    // What retention took away meanwhile is passed over, whatever a receiver is to do.
    all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    try {
      return new KafkaConsumer<>(all);
    } catch (KafkaException unusable) {
      throw failures.client("consumer", unusable);
    }
  }

  /** Asks the broker; the visitor's own exceptions never come through here. */
  private <T> T asking(String what, Supplier<T> question) {
    try {
      return question.get();
    } catch (KafkaException failure) {
      throw failures.looking(what, failure).exception();
    }
  }
}
