package io.stagepost.kafka;

import io.stagepost.MessagingException;
import io.stagepost.kafka.KafkaReader.Next;
import io.stagepost.kafka.KafkaReader.Stretch;
import io.stagepost.spi.Browser;
import io.stagepost.spi.StoredMessage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Reads a topic to where it ends at the time of the call. Thread-safe. */
final class KafkaBrowser implements Browser {
  private static final long MOST_AT_ONCE = 500;

  private final KafkaTopology topology;
  private final KafkaReader reader;
  private final KafkaFailures failures;

  KafkaBrowser(KafkaTopology topology, KafkaReader reader, KafkaFailures failures) {
    this.topology = topology;
    this.reader = reader;
    this.failures = failures;
  }

  @Override
  public void browse(Selection what, Visitor visitor) {
    if (what.limit() <= 0) {
      return;
    }
    long[] seen = {0};
    reader.read(
        "the topic " + what.address(),
        stretches(what),
        Map.of(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, (int) Math.min(MOST_AT_ONCE, what.limit())),
        next -> {
          boolean more =
              visitor.visit(
                  new StoredMessage(KafkaDelivery.messageOf(next), KafkaDelivery.originOf(next)));
          return more && ++seen[0] < what.limit() ? Next.GO_ON : Next.STOP;
        });
  }

  @Override
  public Map<String, String> ends(String address) {
    Map<String, String> ends = new LinkedHashMap<>();
    topology
        .offsets(topology.partitions(address), OffsetSpec.latest())
        .forEach(
            (partition, end) ->
                ends.put(Integer.toString(partition.partition()), Long.toString(end)));
    return ends;
  }

  private Map<TopicPartition, Stretch> stretches(Selection what) {
    List<TopicPartition> partitions = topology.partitions(what.address());
    String only = what.partition();
    if (only != null) {
      long number = number(what, "partition", only);
      partitions = partitions.stream().filter(each -> each.partition() == number).toList();
      if (partitions.isEmpty()) {
        throw nowhere(what, "partition", only);
      }
    }
    String position = what.position();
    long from = position == null ? 0 : number(what, "position", position);
    Map<TopicPartition, Long> ends = topology.offsets(partitions, OffsetSpec.latest());
    Map<TopicPartition, Long> beginnings = topology.offsets(partitions, OffsetSpec.earliest());
    Map<TopicPartition, Long> since =
        what.since() == null
            ? beginnings
            : topology.offsets(partitions, OffsetSpec.forTimestamp(what.since().toEpochMilli()));
    Map<TopicPartition, Stretch> stretches = new LinkedHashMap<>();
    ends.forEach(
        (partition, end) -> {
          long first = Math.max(from, beginnings.getOrDefault(partition, 0L));
          long young = since.getOrDefault(partition, 0L);
          // Kafka says -1 where everything is older.
          stretches.put(partition, new Stretch(young < 0 ? end : Math.max(first, young), end));
        });
    return stretches;
  }

  private long number(Selection what, String name, @Nullable String text) {
    try {
      long number = Long.parseLong(String.valueOf(text));
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException none) {
      throw nowhere(what, name, text);
    }
    throw nowhere(what, name, text);
  }

  private MessagingException nowhere(Selection what, String name, @Nullable String text) {
    return failures.nowhere(what.address(), name, text);
  }
}
