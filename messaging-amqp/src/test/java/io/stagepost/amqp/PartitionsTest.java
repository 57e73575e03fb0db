package io.stagepost.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import io.stagepost.ConfigurationException;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Receipt;
import io.stagepost.Subscription;
import io.stagepost.SubscriptionBuilder;
import io.stagepost.schema.Json;
import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which queue a key has: the order of keys rests on that. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the brokers of partitions")
class PartitionsTest {
  private static final int KEYS = 200;
  private static final int RESTARTS = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

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

  private static Map<String, String> places(Version version, Path directory) {
    try (RabbitFixture broker = RabbitFixture.start(directory, version, Map.of())) {
      return places(broker);
    }
  }

  /** By key, the queue that its event came from. */
  private static Map<String, String> places(RabbitFixture broker) {
    Map<String, String> places = new ConcurrentHashMap<>();
    try (Messaging messaging = Messaging.over(AmqpTransport.to(broker.uri()))) {
      SubscriptionBuilder<Void> reader =
          messaging
              .subscribe("reader")
              .on(
                  NOTE,
                  (event, context) -> {
                    places.put(event.data().key(), context.origin().partition());
                    return Outcome.done();
                  });
      // 4.0 with Mnesia answers while its streams are still coming up
      Subscription subscription =
          await()
              .atMost(PATIENCE)
              .ignoreExceptionsInstanceOf(ConfigurationException.class)
              .until(reader::start, started -> true);
      List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
      for (int i = 0; i < KEYS; i++) {
        receipts.add(messaging.publish(NOTE.event(new Note("key-" + i, i))));
      }
      receipts.forEach(CompletableFuture::join);
      await().atMost(PATIENCE).until(() -> places.size() == KEYS);
      await().atMost(PATIENCE).until(() -> subscription.inFlight() == 0);
    }
    assertThat(places.values()).doesNotContainNull();
    return places;
  }
}
