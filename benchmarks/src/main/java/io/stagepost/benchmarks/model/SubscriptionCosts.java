package io.stagepost.benchmarks.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Topology;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.InMemoryTransport;
import io.stagepost.testkit.fixture.KafkaFixture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;

/** What subscriptions cost that have nothing to do, each of a channel of its own. */
final class SubscriptionCosts {
  /** After so long the threads that had something to do at the start have ended. */
  private static final int QUIET_SECONDS = 12;

  private static final int IDLE_SECONDS = 5;
  private static final int PATIENCE_SECONDS = 120;

  /** Partitions that one broker makes within a client's minute. */
  private static final int STEP = 250;

  private static final Codec TEXT =
      new Codec() {
        @Override
        public <T> Encoded encode(EventType<T> type, T data) {
          return Encoded.of(((String) data).getBytes(UTF_8), "text/plain");
        }

        @Override
        public <T> T decode(EventType<T> type, Encoded encoded) {
          return type.payload().cast(new String(encoded.bytes(), UTF_8));
        }
      };

  private SubscriptionCosts() {}

  static void inMemory(int... counts) throws Exception {
    head("subscriptions, in memory");
    measure("", 1, new InMemoryTransport()); // warm
    for (int count : counts) {
      measure(String.format("%,d", count), count, new InMemoryTransport());
    }
  }

  static void onKafka(int... counts) throws Exception {
    withBroker(
        broker -> {
          head("subscriptions, Kafka");
          for (int count : counts) {
            measure(
                String.format("%,d", count),
                count,
                KafkaTransport.builder().bootstrapServers(broker).build());
          }
        });
  }

  static void ofPartitions(int... counts) throws Exception {
    withBroker(
        broker -> {
          head("partitions of one subscription, Kafka");
          try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker))) {
            for (int count : counts) {
              measure(
                  String.format("%,d", count),
                  1,
                  KafkaTransport.builder()
                      .bootstrapServers(broker)
                      .topology(Topology.VERIFY)
                      .build(),
                  channel -> makeTopics(admin, channel, count));
            }
          }
        });
  }

  /** The channel in steps, which one broker takes its time for; dead letters in one partition. */
  private static void makeTopics(Admin admin, String channel, int partitions) throws Exception {
    String deadLetters = channel + "." + subscription(channel);
    admin
        .createTopics(
            List.of(
                new NewTopic(channel, Math.min(partitions, STEP), (short) 1),
                new NewTopic(deadLetters + ".dead-letter", 1, (short) 1),
                new NewTopic(deadLetters + ".parking-lot", 1, (short) 1)))
        .all()
        .get();
    for (int made = STEP; made < partitions; made += STEP) {
      int next = Math.min(partitions, made + STEP);
      admin.createPartitions(Map.of(channel, NewPartitions.increaseTo(next))).all().get();
    }
  }

  private interface OnBroker {
    void run(String address) throws Exception;
  }

  private static void withBroker(OnBroker what) throws Exception {
    Path data = Files.createTempDirectory("costs");
    try (KafkaFixture kafka = KafkaFixture.start(data)) {
      measure("", 1, KafkaTransport.to(kafka.bootstrapServers())); // warm
      what.run(kafka.bootstrapServers());
    }
  }

  private static void head(String what) {
    Costs.print("%n| %s | start to first events, s | idle CPU, ms/s | heap, KiB | threads |", what);
    Costs.print("|---|---|---|---|---|");
  }

  private interface Preparation {
    void of(String channel) throws Exception;
  }

  private static void measure(String name, int subscriptions, Transport transport)
      throws Exception {
    measure(name, subscriptions, transport, channel -> {});
  }

  /** Prints nothing if it is to warm up only. */
  private static void measure(
      String name, int subscriptions, Transport transport, Preparation preparation)
      throws Exception {
    List<EventType<String>> types = new ArrayList<>();
    for (int i = 0; i < subscriptions; i++) {
      types.add(type("costs-" + System.nanoTime() + "-" + i));
      preparation.of(types.get(i).channel());
    }
    long before = Costs.usedHeap();
    Set<Thread> threadsBefore = Thread.getAllStackTraces().keySet();
    long start = System.nanoTime();
    try (Messaging messaging = Messaging.over(transport)) {
      CompletableFuture<?>[] came = new CompletableFuture<?>[subscriptions];
      for (int i = 0; i < subscriptions; i++) {
        CompletableFuture<String> first = new CompletableFuture<>();
        came[i] = first;
        messaging
            .subscribe(subscription(types.get(i).channel()))
            .on(types.get(i), event -> first.complete(event.data()))
            .start();
      }
      for (EventType<String> type : types) {
        messaging.publish(type.event("first")).join();
      }
      CompletableFuture.allOf(came).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      double seconds = (System.nanoTime() - start) / 1e9;
      if (name.isEmpty()) {
        return;
      }
      TimeUnit.SECONDS.sleep(QUIET_SECONDS);
      double idle =
          Costs.cpuNanos(
              () -> {
                TimeUnit.SECONDS.sleep(IDLE_SECONDS);
                return IDLE_SECONDS;
              });
      Map<String, Integer> threads = Costs.threads(threadsBefore);
      Costs.print(
          "| %s | %.1f | %.1f | %,d | %s |",
          name, seconds, idle / 1e6 / IDLE_SECONDS, (Costs.usedHeap() - before) / 1024, threads);
    }
  }

  private static String subscription(String channel) {
    return "subscription-" + channel;
  }

  private static EventType<String> type(String channel) {
    return EventType.of("com.example.cost.v1", String.class)
        .source("/benchmarks/model")
        .channel(channel)
        .key(text -> text)
        .codec(TEXT);
  }
}
