package io.stagepost.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishUnknownException;
import io.stagepost.Receipt;
import io.stagepost.Subscription;
import io.stagepost.schema.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What happens while the broker is away: with a broker of its own, which is stopped, killed or
 * frozen. {@code -Dfaults.outage.seconds} says for how long, 8 unless given.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the broker that goes away")
class BrokerOutageTest {
  record Note(String key, int number) {}

  enum Outage {
    STOPPED,
    KILLED,
    FROZEN;

    void begin(OwnBroker broker) {
      switch (this) {
        case STOPPED -> broker.stop();
        case KILLED -> broker.kill();
        case FROZEN -> broker.freeze();
      }
    }

    void end(OwnBroker broker) {
      if (this == FROZEN) {
        broker.thaw();
      } else {
        broker.start();
      }
    }
  }

  private static final Duration LENGTH =
      Duration.ofSeconds(Integer.getInteger("faults.outage.seconds", 8));
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final int KEYS = 5;

  private final EventType<Note> note =
      EventType.of("test.note.v1", Note.class)
          .source("urn:test:outage")
          .channel("notes")
          .key(Note::key)
          .codec(Json.codec());
  private final Map<String, List<Integer>> starts = new ConcurrentHashMap<>();
  private final Set<Note> handled = ConcurrentHashMap.newKeySet();
  private final Set<Note> confirmed = ConcurrentHashMap.newKeySet();
  private final Set<Note> rejected = ConcurrentHashMap.newKeySet();
  private final Set<String> failures = ConcurrentHashMap.newKeySet();
  private int published;

  private CompletableFuture<Receipt> publish(Messaging messaging) {
    Note next = new Note("key-" + published % KEYS, published++);
    return messaging
        .publish(note.event(next))
        .whenComplete(
            (receipt, failure) -> {
              if (failure == null) {
                confirmed.add(next);
                return;
              }
              Throwable cause = KafkaFailures.unwrap(failure);
              failures.add(((MessagingException) cause).code());
              if (cause instanceof PublishRejectedException) {
                rejected.add(next);
              }
            });
  }

  /** Until so many more are confirmed: a broker that has just started may be slow at first. */
  private void publishConfirmed(Messaging messaging, int more) {
    int goal = confirmed.size() + more;
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              List<CompletableFuture<Boolean>> batch = new ArrayList<>();
              for (int i = 0; i < 10; i++) {
                batch.add(publish(messaging).handle((ok, failure) -> failure == null));
              }
              batch.forEach(each -> each.orTimeout(30, TimeUnit.SECONDS).join());
              return confirmed.size() >= goal;
            });
  }

  private void handle(Note note) {
    starts.computeIfAbsent(note.key(), k -> new CopyOnWriteArrayList<>()).add(note.number());
    handled.add(note);
  }

  @ParameterizedTest
  @EnumSource
  void d01_d03_d04_an_outage_loses_nothing_confirmed_stores_nothing_rejected_and_is_outlived(
      Outage outage) throws Exception {
    try (OwnBroker broker = new OwnBroker();
        Messaging messaging =
            Messaging.builder(
                    KafkaTransport.builder()
                        .bootstrapServers(broker.address())
                        .partitions(3)
                        .build())
                .publishTimeout(TIMEOUT)
                .build()) {
      Subscription subscription =
          messaging.subscribe("reader").on(note, event -> handle(event.data())).start();
      publishConfirmed(messaging, 50);
      await().until(() -> handled.containsAll(confirmed));

      outage.begin(broker);
      long began = System.nanoTime();
      try {
        Receipt receipt = publish(messaging).get(20, TimeUnit.SECONDS);
        throw new AssertionError(receipt);
      } catch (ExecutionException failure) {
        assertThat(failure).hasCauseInstanceOf(PublishUnknownException.class);
        assertThat(failure.getCause()).hasMessageStartingWith("SP-KAFKA-012");
      }
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .isLessThan(TIMEOUT.plus(Duration.ofSeconds(1)));
      ConcurrentLinkedQueue<CompletableFuture<Boolean>> meanwhile = new ConcurrentLinkedQueue<>();
      await()
          .pollInterval(Duration.ofMillis(100))
          .atMost(LENGTH.plusSeconds(10))
          .until(
              () -> {
                meanwhile.add(publish(messaging).handle((ok, failure) -> failure == null));
                return System.nanoTime() - began > LENGTH.toNanos();
              });
      assertThat(messaging.health().publishing().broken()).containsExactly("notes");
      assertThat(subscription.state()).isEqualTo(Subscription.State.RUNNING);
      outage.end(broker);

      meanwhile.forEach(each -> each.orTimeout(30, TimeUnit.SECONDS).join());
      publishConfirmed(messaging, 50);
      await().atMost(Duration.ofSeconds(60)).until(() -> handled.containsAll(confirmed));
      await().until(() -> subscription.lag().values().stream().allMatch(lag -> lag == 0));
      assertThat(failures).isSubsetOf("SP-KAFKA-005", "SP-KAFKA-012", "SP-API-019");
      assertThat(rejected).isNotEmpty();
      assertThat(handled).doesNotContainAnyElementsOf(rejected);
      starts.forEach(
          (key, numbers) ->
              assertThat(numbers.stream().distinct()).as("first starts of " + key).isSorted());
      System.out.printf(
          "%s for %d s: %d published, %d confirmed, %d rejected, %d handled, %d starts%n",
          outage,
          LENGTH.toSeconds(),
          published,
          confirmed.size(),
          rejected.size(),
          handled.size(),
          starts.values().stream().mapToInt(List::size).sum());
    }
  }
}
