package io.stagepost.amqp;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Management;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import io.stagepost.ConfigurationException;
import io.stagepost.EventType;
import io.stagepost.Handler;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Receipt;
import io.stagepost.Subscription;
import io.stagepost.SubscriptionBuilder;
import io.stagepost.Topology;
import io.stagepost.schema.Json;
import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which queue a key has: the order of keys rests on that. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the brokers of partitions")
class PartitionsTest {
  private static final int KEYS = 200;
  private static final int RESTARTS = 8;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  record Note(String key, int number) {}

  private static final EventType<Note> NOTE =
      EventType.of("test.note.v1", Note.class)
          .source("urn:test:notes")
          .channel("notes")
          .key(Note::key)
          .codec(Json.codec());

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d04_a_key_keeps_its_queue_over_a_restart_where_metadata_is_in_khepri(
      Version version, @TempDir Path directory) {
    Map<String, String> before = places(version, directory);
    assertThat(places(version, directory)).isEqualTo(before);
  }

  /** As it is declared: the ring is built anew, in an order that may be another one. */
  @Test
  void d04_with_mnesia_a_restart_may_move_keys_to_other_queues(@TempDir Path directory) {
    Map<String, String> before = places(Version.V4_0_MNESIA, directory);
    for (int restart = 0; restart < RESTARTS; restart++) {
      if (!places(Version.V4_0_MNESIA, directory).equals(before)) {
        return;
      }
    }
    fail("Nothing has moved in " + RESTARTS + " restarts: declare that it does not, then");
  }

  /** Although its subscription declares the queues at the same time as its publisher. */
  @Test
  void d04_a_key_has_a_queue_and_one_only_from_its_first_event_on() {
    String uri = RabbitFixture.shared().uri();
    for (int round = 0; round < 3; round++) {
      EventType<Note> type = NOTE.channel("begins-" + UUID.randomUUID());
      Map<String, Set<String>> places = new ConcurrentHashMap<>();
      CompletableFuture<Messaging> reading =
          CompletableFuture.supplyAsync(
              () -> {
                Messaging messaging = Messaging.over(AmqpTransport.to(uri));
                read(messaging, type, places).start();
                return messaging;
              });
      try (Messaging publishing =
          Messaging.over(
              AmqpTransport.builder().uris(uri).group(type.channel(), "reader").build())) {
        for (int i = 0; i < 5 * KEYS || !reading.isDone(); i += KEYS) {
          publishAll(publishing, type);
        }
        await().atMost(PATIENCE).until(() -> places.size() == KEYS);
        reading.join().close();
        assertThat(places.values()).allSatisfy(queues -> assertThat(queues).hasSize(1));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Topology.class,
      names = {"AUTO_CREATE", "VERIFY"})
  void d19_another_number_of_partitions_is_refused_at_start(Topology topology) {
    EventType<Note> type = NOTE.channel("refused-" + UUID.randomUUID());
    String uri = RabbitFixture.shared().uri();
    start(AmqpTransport.builder().uris(uri).partitions(4), type, event -> {}).close();
    for (int other : List.of(3, 5, 8)) {
      AmqpTransport.Builder builder =
          AmqpTransport.builder().uris(uri).partitions(other).topology(topology);
      assertThatThrownBy(() -> start(builder, type, event -> {}))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(
              topology == Topology.VERIFY && other > 4 ? "SP-AMQP-032" : "SP-AMQP-055 ");
    }
    start(AmqpTransport.builder().uris(uri).partitions(4), type, event -> {}).close();
  }

  /** As docs/rabbitmq.md says: drain, stop, delete, start. */
  @Test
  void d04_the_number_of_partitions_is_changed_without_loss_and_in_order() {
    EventType<Note> type = NOTE.channel("changed-" + UUID.randomUUID());
    String uri = RabbitFixture.shared().uri();
    Map<String, List<Integer>> handled = new ConcurrentHashMap<>();
    Handler<Note> handler =
        event ->
            handled
                .computeIfAbsent(event.data().key(), key -> new CopyOnWriteArrayList<>())
                .add(event.data().number());
    for (int partitions : List.of(4, 7, 2)) {
      try (Messaging messaging =
          start(AmqpTransport.builder().uris(uri).partitions(partitions), type, handler)) {
        int from = handled.isEmpty() ? 0 : handled.values().iterator().next().size();
        List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
        for (int n = from; n < from + 5; n++) {
          for (int k = 0; k < 30; k++) {
            receipts.add(messaging.publish(type.event(new Note("key-" + k, n))));
          }
        }
        receipts.forEach(CompletableFuture::join);
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  assertThat(handled).hasSize(30);
                  assertThat(handled.values())
                      .allSatisfy(
                          numbers ->
                              assertThat(numbers)
                                  .containsExactlyElementsOf(
                                      IntStream.range(0, from + 5).boxed().toList()));
                });
      }
      delete(uri, type.channel() + ".reader", partitions);
    }
  }

  private static void delete(String uri, String group, int partitions) {
    try (Environment environment = new AmqpEnvironmentBuilder().build();
        Connection connection = environment.connectionBuilder().uri(uri).build();
        Management management = connection.management()) {
      for (int i = 0; i < partitions; i++) {
        management.queueDelete(group + ".0" + i);
      }
      management.exchangeDelete(group);
    }
  }

  private static Messaging start(
      AmqpTransport.Builder builder, EventType<Note> type, Handler<Note> handler) {
    Messaging messaging = Messaging.over(builder.build());
    try {
      Subscription unused = messaging.subscribe("reader").on(type, handler).start();
      return messaging;
    } catch (RuntimeException refused) {
      messaging.close();
      throw refused;
    }
  }

  private static Map<String, String> places(Version version, Path directory) {
    try (RabbitFixture broker = RabbitFixture.start(directory, version, Map.of())) {
      return places(broker);
    }
  }

  /** By key, the queue that its event came from. */
  private static Map<String, String> places(RabbitFixture broker) {
    Map<String, Set<String>> places = new ConcurrentHashMap<>();
    try (Messaging messaging = Messaging.over(AmqpTransport.to(broker.uri()))) {
      SubscriptionBuilder<Void> reader = read(messaging, NOTE, places);
      // 4.0 with Mnesia answers while its streams are still coming up
      Subscription subscription =
          await()
              .atMost(PATIENCE)
              .ignoreExceptionsInstanceOf(ConfigurationException.class)
              .until(reader::start, started -> true);
      publishAll(messaging, NOTE);
      await().atMost(PATIENCE).until(() -> places.size() == KEYS);
      await().atMost(PATIENCE).until(() -> subscription.inFlight() == 0);
    }
    Map<String, String> place = new HashMap<>();
    places.forEach((key, queues) -> place.put(key, queues.iterator().next()));
    return place;
  }

  private static SubscriptionBuilder<Void> read(
      Messaging messaging, EventType<Note> type, Map<String, Set<String>> places) {
    return messaging
        .subscribe("reader")
        .on(
            type,
            (event, context) -> {
              places
                  .computeIfAbsent(event.data().key(), key -> ConcurrentHashMap.newKeySet())
                  .add(requireNonNull(context.origin().partition(), "queue"));
              return Outcome.done();
            });
  }

  private static void publishAll(Messaging messaging, EventType<Note> type) {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      receipts.add(messaging.publish(type.event(new Note("key-" + i, i))));
    }
    receipts.forEach(CompletableFuture::join);
  }
}
