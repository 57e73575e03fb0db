package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.Receipt;
import io.stagepost.Topology;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import io.stagepost.spi.StoredMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which partition an event goes to, also while partitions are added. */
@Timeout(600)
class PartitionsTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private Sender sender(KafkaTransport transport) {
    Sender sender = transport.sender(TIMEOUT);
    open.add(sender);
    open.add(transport);
    return sender;
  }

  private static Message message(String topic, @Nullable String key, int number) {
    return new Message(
        topic, key == null ? null : key.getBytes(UTF_8), List.of(), ("" + number).getBytes(UTF_8));
  }

  @Test
  void d04_a_key_goes_where_kafkas_own_producer_sends_it() throws Exception {
    String topic = Broker.topic("hashed", 7);
    Sender sender = sender(Broker.transport());
    try (var producer = Broker.producer(Map.of())) {
      for (int i = 0; i < 100; i++) {
        String key = i == 0 ? "" : "key-" + i;
        Receipt receipt = Broker.get(sender.send(message(topic, key, i)));
        int theirs =
            producer
                .send(new ProducerRecord<>(topic, key.getBytes(UTF_8), new byte[0]))
                .get(10, TimeUnit.SECONDS)
                .partition();
        assertThat(receipt.position()).as(key).startsWith(theirs + "/");
      }
    }
  }

  @Test
  void a_partitioner_of_the_users_own_is_asked() {
    String topic = Broker.topic("own", 4);
    Sender sender =
        sender(
            Broker.builder()
                .producerProperty(
                    "partitioner.class",
                    org.apache.kafka.clients.producer.RoundRobinPartitioner.class.getName())
                .build());
    Set<String> partitions = new TreeSet<>();
    for (int i = 0; i < 16; i++) {
      partitions.add(
          Broker.get(sender.send(message(topic, "same key", i))).position().split("/", -1)[0]);
    }
    assertThat(partitions).hasSizeGreaterThan(1);
  }

  /**
   * Partitions are added while events are sent as fast as they are confirmed. The client learns of
   * them before the broker leads them; nothing may stall, be lost or be doubled, and a key whose
   * partition stays the same keeps its order.
   */
  @Test
  void d04_partitions_that_are_added_under_load_stall_nothing_and_lose_nothing() throws Exception {
    String topic = Broker.topic("growing", 1);
    Sender sender =
        sender(
            Broker.builder()
                // many batches at once, and news of the topic within milliseconds
                .producerProperty("batch.size", "1")
                .producerProperty("linger.ms", "0")
                .producerProperty("metadata.max.age.ms", "5")
                .build());
    AtomicBoolean done = new AtomicBoolean();
    Semaphore room = new Semaphore(200);
    AtomicLong slowest = new AtomicLong();
    ConcurrentLinkedQueue<CompletableFuture<Receipt>> sent = new ConcurrentLinkedQueue<>();
    Set<Integer> reached = java.util.concurrent.ConcurrentHashMap.newKeySet();
    List<Thread> publishers = new ArrayList<>();
    for (int t = 0; t < 2; t++) {
      String name = "key-" + t + "-";
      boolean keyed = t == 0;
      Thread publisher =
          new Thread(
              () -> {
                for (int i = 0; !done.get(); i++) {
                  room.acquireUninterruptibly();
                  long began = System.nanoTime();
                  CompletableFuture<Receipt> each =
                      sender.send(message(topic, keyed ? name + i % 50 : null, i / 50));
                  sent.add(
                      each.whenComplete(
                          (receipt, failure) -> {
                            room.release();
                            slowest.accumulateAndGet(System.nanoTime() - began, Math::max);
                            if (receipt != null) {
                              reached.add(Integer.parseInt(receipt.position().split("/", -1)[0]));
                            }
                          }));
                }
              });
      publisher.setDaemon(true);
      publishers.add(publisher);
      publisher.start();
    }
    try {
      for (int total : new int[] {2, 4, 8, 16, 32}) {
        int before = sent.size();
        await().until(() -> sent.size() > before + 500);
        Broker.get(
            Broker.admin()
                .createPartitions(Map.of(topic, NewPartitions.increaseTo(total)))
                .all()
                .toCompletionStage()
                .toCompletableFuture());
        int last = total - 1;
        await().atMost(TIMEOUT).until(() -> reached.contains(last));
      }
    } finally {
      done.set(true);
      room.release(publishers.size());
    }
    for (Thread publisher : publishers) {
      publisher.join();
    }
    sent.forEach(Broker::get);

    assertThat(Duration.ofNanos(slowest.get())).isLessThan(TIMEOUT.dividedBy(2));
    List<StoredMessage> stored = Broker.stored(topic);
    assertThat(stored).hasSize(sent.size());
    Map<String, List<Integer>> byPlace = new HashMap<>();
    for (StoredMessage each : stored) {
      byte[] key = each.message().key();
      if (key != null) {
        byPlace
            .computeIfAbsent(
                new String(key, UTF_8) + " in " + each.origin().partition(),
                place -> new ArrayList<>())
            .add(
                Integer.parseInt(new String(Objects.requireNonNull(each.message().body()), UTF_8)));
      }
    }
    byPlace.forEach(
        (place, numbers) -> assertThat(numbers).as(place).isSorted().doesNotHaveDuplicates());
    // what a key sent before it moved lies in its old partition, and nothing later
    Map<String, Integer> keys =
        byPlace.keySet().stream()
            .collect(Collectors.toMap(place -> place.split(" ", -1)[0], p -> 1, Integer::sum));
    assertThat(keys).hasSize(50);
    assertThat(keys.values()).anyMatch(places -> places > 1);
  }

  @Test
  void events_without_a_key_are_spread_over_all_partitions() {
    String topic = Broker.topic("spread", 3);
    Sender sender = sender(Broker.builder().producerProperty("batch.size", "100").build());
    List<CompletableFuture<Receipt>> sent = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      sent.add(sender.send(message(topic, null, i)));
    }
    Map<String, Long> count =
        sent.stream()
            .map(each -> Broker.get(each).position().split("/", -1)[0])
            .collect(Collectors.groupingBy(partition -> partition, Collectors.counting()));
    assertThat(count).hasSize(3).allSatisfy((partition, each) -> assertThat(each).isPositive());
  }

  /** A topic of the same name is another one if it was deleted meanwhile, and may be smaller. */
  @Test
  void a_topic_that_was_made_anew_with_fewer_partitions_is_used_as_it_is_now() {
    String topic = Broker.topic("anew", 8);
    KafkaTransport transport =
        Broker.builder()
            .topology(Topology.VERIFY)
            .producerProperty("metadata.max.age.ms", "50")
            .build();
    Sender sender = transport.sender(Duration.ofSeconds(2));
    open.add(sender);
    open.add(transport);
    Broker.get(sender.send(message(topic, "key", 1)));
    Broker.get(
        Broker.admin()
            .deleteTopics(List.of(topic))
            .all()
            .toCompletionStage()
            .toCompletableFuture());
    await().until(() -> !Broker.exists(topic));
    Broker.create(topic, 1, Map.of());
    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () -> {
              List<CompletableFuture<Receipt>> sent = new ArrayList<>();
              for (int i = 0; i < 8; i++) {
                sent.add(sender.send(message(topic, "key-" + i, i)));
              }
              return sent.stream()
                  .allMatch(each -> each.handle((receipt, failure) -> failure == null).join());
            });
  }
}
