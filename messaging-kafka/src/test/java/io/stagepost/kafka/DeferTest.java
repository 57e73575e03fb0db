package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.schema.Json;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.StoredMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Delays by the durable road, on a real broker. */
@Timeout(600)
class DeferTest {
  record Note(String key, String text) {}

  /** A handling: which note, which attempt, and when. */
  record Handling(String text, int attempt, Instant time) {}

  private final String channel = Broker.topic("notes", 2);
  private final String group = Broker.unique("reader");
  private final String delayed = channel + "." + group + ".delay";
  private final EventType<Note> note =
      EventType.of("test.note.v1", Note.class)
          .source("urn:test:notes")
          .channel(channel)
          .key(Note::key)
          .codec(Json.codec());
  private final Queue<Handling> handled = new ConcurrentLinkedQueue<>();

  @Test
  void d03_a_deferred_event_waits_through_a_restart_and_its_dead_letter_is_the_original() {
    try (Messaging messaging = start(Duration.ofSeconds(15))) {
      publish(messaging, "later");
      publish(messaging, "now");
      await().until(() -> texts().contains("now"));
      await().until(() -> Broker.stored(delayed).size() == 1);
      await().until(() -> Broker.committedSum(group, channel) == 2);
      assertThat(messaging.health().subscriptions().get(0).inFlight()).isZero();
    }
    Instant due = Instant.parse(header(Broker.stored(delayed).get(0), FailureHeaders.DUE));
    handled.clear();
    try (Messaging messaging = start(Duration.ofSeconds(1))) {
      assertThat(messaging.describe()).contains("  defers to " + delayed + "\n");
      await().atMost(Duration.ofMinutes(1)).until(() -> handled.size() == 2);
      Handling second = handled.remove();
      assertThat(second.attempt()).isEqualTo(2);
      assertThat(second.time()).isAfterOrEqualTo(due);
      assertThat(handled.remove().attempt()).isEqualTo(3);
      String deadLetters = channel + "." + group + ".dead-letter";
      await().until(() -> Broker.stored(deadLetters).size() == 1);
      await().until(() -> Broker.committedSum(group + ".delay", delayed) == 2);
      StoredMessage original =
          Broker.stored(channel).stream()
              .filter(stored -> new String(stored.message().body(), UTF_8).contains("later"))
              .findFirst()
              .orElseThrow();
      StoredMessage letter = Broker.stored(deadLetters).get(0);
      assertThat(letter.message().body()).isEqualTo(original.message().body());
      assertThat(letter.message().key()).isEqualTo(original.message().key());
      assertThat(others(letter.message())).isEqualTo(others(original.message()));
      assertThat(header(letter, FailureHeaders.ATTEMPTS)).isEqualTo("3");
      assertThat(header(letter, FailureHeaders.ORIGIN_ADDRESS)).isEqualTo(channel);
      assertThat(header(letter, FailureHeaders.ORIGIN_PARTITION))
          .isEqualTo(original.origin().partition());
      assertThat(header(letter, FailureHeaders.ORIGIN_POSITION))
          .isEqualTo(original.origin().position());
    }
  }

  @Test
  void d03_one_that_is_suspected_of_crashes_holds_up_nothing_until_it_is_due() {
    try (Messaging messaging = start(Duration.ofSeconds(15))) {
      publish(messaging, "later");
      await().until(() -> Broker.stored(delayed).size() == 1);
    }
    StoredMessage deferred = Broker.stored(delayed).get(0);
    TopicPartition partition =
        new TopicPartition(delayed, Integer.parseInt(deferred.origin().partition()));
    // as if the process had been killed twice since it was received
    OffsetAndMetadata suspicion =
        new Checkpoint(0, new BitSet(), 0, CrashGuard.SUSPICIOUS, 1, Ledger.NOTHING, 0).toCommit();
    Broker.get(
        Broker.admin()
            .alterConsumerGroupOffsets(group + ".delay", Map.of(partition, suspicion))
            .all()
            .toCompletionStage()
            .toCompletableFuture());
    handled.clear();
    try (Messaging messaging = start(Duration.ofSeconds(1))) {
      await().until(() -> !committed(partition).equals(suspicion));
      publish(messaging, "now");
      await().until(() -> texts().contains("now"));
      assertThat(texts()).as("it was offered, and not taken").containsExactly("now");
      assertThat(Checkpoint.of(committed(partition)).times()).as("nor blamed").isZero();
      await().atMost(Duration.ofMinutes(1)).until(() -> texts().contains("later"));
      assertThat(handled.stream().filter(each -> each.text().equals("later")).findFirst())
          .hasValueSatisfying(
              each ->
                  assertThat(each.time())
                      .isAfterOrEqualTo(Instant.parse(header(deferred, FailureHeaders.DUE))));
    }
  }

  private Messaging start(Duration delay) {
    Messaging messaging = Messaging.over(Broker.builder().partitions(2).build());
    messaging
        .subscribe(group)
        .policy(
            Policy.defaults()
                .retry(
                    Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(20)).attempts(3))
                .defer(Duration.ofSeconds(1)))
        .on(
            note,
            (event, context) -> {
              handled.add(new Handling(event.data().text(), context.attempt(), Instant.now()));
              return event.data().text().equals("later")
                  ? Outcome.retryAfter(delay)
                  : Outcome.done();
            })
        .start();
    return messaging;
  }

  private void publish(Messaging messaging, String text) {
    Broker.get(messaging.publish(note.event(new Note("ada", text))));
  }

  private List<String> texts() {
    return handled.stream().map(Handling::text).toList();
  }

  private OffsetAndMetadata committed(TopicPartition partition) {
    return requireNonNull(
        Broker.get(
                Broker.admin()
                    .listConsumerGroupOffsets(group + ".delay")
                    .partitionsToOffsetAndMetadata()
                    .toCompletionStage()
                    .toCompletableFuture())
            .get(partition));
  }

  private static String header(StoredMessage stored, String name) {
    return new String(stored.message().header(name), UTF_8);
  }

  /** All headers but those of a failure. */
  private static List<String> others(Message message) {
    return message.headers().stream()
        .filter(header -> !header.name().startsWith(FailureHeaders.PREFIX))
        .map(DeferTest::text)
        .toList();
  }

  private static String text(Header header) {
    return header.name() + "=" + Arrays.toString(header.value());
  }
}
