package io.stagepost.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.ConfigurationException;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Receipt;
import io.stagepost.SubscriptionBuilder;
import io.stagepost.Topology;
import io.stagepost.schema.Json;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A subscription of very many queues, on a broker of its own. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ManyPartitionsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int KEYS = 3_000;

  record Note(int key, int number) {}

  private static EventType<Note> type(String channel) {
    return EventType.of("test.note." + channel + ".v1", Note.class)
        .source("urn:test:notes")
        .channel(channel)
        .key(note -> "key " + note.key())
        .codec(Json.codec());
  }

  @Test
  void d03_d04_two_members_share_two_hundred_partitions(@TempDir Path directory) {
    int partitions = 200;
    List<Map<Integer, List<Integer>>> members =
        List.of(new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    EventType<Note> type = type("many");
    Set<Integer> handled = ConcurrentHashMap.newKeySet();
    List<Messaging> open = new ArrayList<>();
    RabbitFixture broker = RabbitFixture.start(directory);
    try {
      for (Map<Integer, List<Integer>> starts : members) {
        Messaging member =
            Messaging.over(
                AmqpTransport.builder().uris(broker.uri()).partitions(partitions).build());
        open.add(member);
        long began = System.nanoTime();
        member
            .subscribe("reader")
            .on(
                type,
                event -> {
                  Note note = event.data();
                  starts
                      .computeIfAbsent(note.key(), key -> new CopyOnWriteArrayList<>())
                      .add(note.number());
                  handled.add(note.number());
                })
            .start();
        System.out.printf(
            "%d partitions: started after %,d ms%n",
            partitions, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
      }
      int total = 0;
      long began = System.nanoTime();
      for (int round = 0; round < 3; round++) {
        List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
        for (int key = 0; key < KEYS; key++) {
          receipts.add(open.get(0).publish(type.event(new Note(key, total++))));
        }
        receipts.forEach(CompletableFuture::join);
      }
      int all = total;
      await().atMost(PATIENCE).until(() -> handled.size() == all);
      System.out.printf(
          "%d partitions: %,d events handled after %,d ms%n",
          partitions, total, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
      assertThat(members)
          .allSatisfy(
              starts -> {
                assertThat(starts).isNotEmpty();
                assertThat(starts.values())
                    .allSatisfy(numbers -> assertThat(numbers.stream().distinct()).isSorted());
              });
    } finally {
      open.forEach(Messaging::close);
      broker.close();
    }
  }

  @Test
  void d19_more_queues_than_a_connection_may_have_links_are_told_at_start() {
    RabbitFixture broker = RabbitFixture.shared();
    for (Topology topology : Topology.values()) {
      try (Messaging messaging =
          Messaging.over(
              AmqpTransport.builder()
                  .uris(broker.uri())
                  .partitions(150)
                  .topology(topology)
                  .build())) {
        SubscriptionBuilder<Void> both =
            messaging
                .subscribe("reader")
                .on(type("one-of-many"), event -> {})
                .on(type("two-of-many"), event -> {});
        assertThatThrownBy(both::start)
            .isInstanceOfSatisfying(
                ConfigurationException.class,
                wrong ->
                    assertThat(wrong.problems())
                        .singleElement()
                        .asString()
                        .startsWith("SP-AMQP-046 The subscription reader needs 308 links")
                        .contains("256"));
      }
    }
  }

  @Test
  void d19_partitions_have_an_upper_bound() {
    AmqpTransport.Builder builder = AmqpTransport.builder().uris("amqp://localhost");
    builder.partitions(200).build().close();
    assertThatThrownBy(() -> builder.partitions(201).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("SP-AMQP-009 partitions is 201; it must be from 1 to 200");
  }
}
