package io.stagepost.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.PublishUnknownException;
import io.stagepost.Receipt;
import io.stagepost.schema.Json;
import io.stagepost.testkit.fixture.KafkaFixture;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What happens while the broker is away: with a broker of its own, which is stopped. */
@Timeout(120)
class BrokerOutageTest {
  record Note(int number) {}

  private final EventType<Note> note =
      EventType.of("test.note.v1", Note.class)
          .source("urn:test:outage")
          .channel("notes")
          .codec(Json.codec());
  private final Set<Integer> handled = ConcurrentHashMap.newKeySet();

  @Test
  void d01_publishes_are_unknown_while_the_broker_is_away_and_everything_goes_on_after_it(
      @TempDir Path data) throws Exception {
    KafkaFixture broker = KafkaFixture.start(data);
    String address = broker.bootstrapServers();
    Duration timeout = Duration.ofSeconds(2);
    try (Messaging messaging =
        Messaging.builder(KafkaTransport.to(address)).publishTimeout(timeout).build()) {
      messaging.subscribe("reader").on(note, event -> handled.add(event.data().number())).start();
      Broker.get(messaging.publish(note.event(new Note(1))));
      await().until(() -> handled.contains(1));

      broker.close();
      long began = System.nanoTime();
      CompletableFuture<Receipt> lost = messaging.publish(note.event(new Note(2)));
      assertThatThrownBy(() -> lost.get(20, TimeUnit.SECONDS))
          .hasCauseInstanceOf(PublishUnknownException.class)
          .hasMessageContaining("SP-KAFKA-012");
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .isLessThan(timeout.plus(Duration.ofSeconds(1)));

      broker = KafkaFixture.start(data);
      assertThat(broker.bootstrapServers()).isEqualTo(address);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                try {
                  messaging.publish(note.event(new Note(3))).get(20, TimeUnit.SECONDS);
                  return true;
                } catch (java.util.concurrent.ExecutionException notYet) {
                  return false;
                }
              });
      await().atMost(Duration.ofSeconds(60)).until(() -> handled.contains(3));
    } finally {
      broker.close();
    }
  }
}
