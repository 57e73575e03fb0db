package io.stagepost.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Receipt;
import io.stagepost.schema.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Both roads over a real broker, with a real codec. */
@Timeout(600)
class EndToEndTest {
  record Step(String key, int number) {}

  private final String channel = Broker.unique("steps");
  private final EventType<Step> step =
      EventType.of("test.step.v1", Step.class)
          .source("urn:test:kafka")
          .channel(channel)
          .key(Step::key)
          .codec(Json.codec());
  private final Messaging messaging = Messaging.over(Broker.builder().partitions(4).build());

  @AfterEach
  void close() {
    messaging.close();
  }

  private CompletableFuture<Receipt> publish(String key, int number) {
    return messaging.publish(step.event(new Step(key, number)));
  }

  private void publishAll(int keys, int perKey) {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int n = 0; n < perKey; n++) {
      for (int k = 0; k < keys; k++) {
        receipts.add(publish("key-" + k, n));
      }
    }
    receipts.forEach(Broker::get);
  }

  @Test
  void an_event_arrives_as_it_was_published() {
    ConcurrentLinkedQueue<Event<Step>> arrived = new ConcurrentLinkedQueue<>();
    messaging.subscribe("reader").on(step, arrived::add).start();
    Event<Step> event =
        step.event(new Step("ada", 1)).withSubject("a subject").withExtension("tenant", "blue");

    Receipt receipt = Broker.get(messaging.publish(event));

    await().until(() -> !arrived.isEmpty());
    Event<Step> came = arrived.remove();
    assertThat(came.data()).isEqualTo(event.data());
    assertThat(came.id()).isEqualTo(event.id());
    assertThat(came.source()).isEqualTo(event.source());
    assertThat(came.subject()).isEqualTo("a subject");
    assertThat(came.extension("tenant")).isEqualTo("blue");
    assertThat(came.time()).isNotNull();
    assertThat(receipt.address()).isEqualTo(channel);
    assertThat(receipt.position()).matches("[0-3]/0");
  }

  @Test
  void d03_what_is_settled_is_committed_while_it_runs() {
    AtomicInteger handled = new AtomicInteger();
    String group = Broker.unique("group");
    messaging.subscribe(group).on(step, event -> handled.incrementAndGet()).start();
    publishAll(10, 10);

    await().until(() -> handled.get() == 100);
    await().until(() -> Broker.committedSum(group, channel) == 100);
  }
}
