package io.stagepost.benchmarks.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.benchmarks.BenchmarkException;
import io.stagepost.benchmarks.contestant.Load;
import io.stagepost.benchmarks.contestant.outbox.Letter;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.benchmarks.contestant.outbox.PostboxDriver;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads a topic and knows what is wrong with it. When letters were appended is the broker's word,
 * in milliseconds; when they came here, this machine's monotonic clock.
 */
final class Oracle implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);

  private final Load load;
  private final KafkaConsumer<byte[], byte[]> consumer;

  /** By index: when it first came, 0 if it has not. */
  private final long[] received;

  /** By key: the sequence that must be the next to come first. */
  private final int[] next = new int[PostboxDriver.KEYS];

  private final AtomicInteger distinct = new AtomicInteger();
  private long duplicates;
  private long disordered;
  private long firstAppend;
  private long lastAppend;
  private long appendedFirst;

  Oracle(Place place, Load load) {
    this.load = load;
    this.received = new long[load.events()];
    this.consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", place.brokers(), "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    consumer.assign(partitions(place).toList());
    consumer.seekToBeginning(consumer.assignment());
    consumer.assignment().forEach(consumer::position);
  }

  private static Stream<TopicPartition> partitions(Place place) {
    return IntStream.range(0, Site.PARTITIONS).mapToObj(i -> new TopicPartition(place.topic(), i));
  }

  /** How many records lie in the topic, duplicates included; costs the broker next to nothing. */
  static long appended(Site site, Place place) throws Exception {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitions(place).forEach(partition -> asked.put(partition, OffsetSpec.latest()));
    long sum = 0;
    for (ListOffsetsResult.ListOffsetsResultInfo info :
        site.admin().listOffsets(asked).all().get().values()) {
      sum += info.offset();
    }
    return sum;
  }

  /** Reads what has come. */
  void poll() {
    for (ConsumerRecord<byte[], byte[]> message : consumer.poll(POLL)) {
      take(message);
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> message) {
    Letter letter = Letter.parse(message.value());
    int index = letter.index();
    if (letter.key() != load.keyOf(index)
        || letter.sequence() != load.sequenceOf(index)
        || !Arrays.equals(message.key(), letter.keyText().getBytes(UTF_8))) {
      throw new BenchmarkException("it sent what nobody wrote: " + letter);
    }
    if (received[index] != 0) {
      duplicates++;
      return;
    }
    received[index] = System.nanoTime();
    distinct.incrementAndGet();
    if (letter.sequence() < next[letter.key()]) {
      disordered++;
    }
    next[letter.key()] = Math.max(next[letter.key()], letter.sequence() + 1);
    long time = message.timestamp();
    if (firstAppend == 0 || time < firstAppend) {
      firstAppend = time;
      appendedFirst = 0;
    }
    if (time == firstAppend) {
      appendedFirst++;
    }
    lastAppend = Math.max(lastAppend, time);
  }

  /** Reads up to where the topic ends now. */
  void readAll(long records) {
    long seen = -1;
    while (distinct() + duplicates < records && seen != distinct() + duplicates) {
      seen = distinct() + duplicates;
      for (int i = 0; i < 50 && seen == distinct() + duplicates; i++) {
        poll();
      }
    }
  }

  int distinct() {
    return distinct.get();
  }

  long duplicates() {
    return duplicates;
  }

  /** Letters that came after a later one of their key. */
  long disordered() {
    return disordered;
  }

  /** From the first millisecond in which letters were appended to the last. */
  double seconds() {
    return (lastAppend - firstAppend) / 1e3;
  }

  /** How many letters came after the first millisecond: what the seconds are divided by. */
  long counted() {
    return distinct() - appendedFirst;
  }

  /** When a letter first came; 0 if it has not. */
  long received(int index) {
    return received[index];
  }

  @Override
  public void close() {
    consumer.close();
  }
}
