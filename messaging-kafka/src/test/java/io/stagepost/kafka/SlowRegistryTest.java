package io.stagepost.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import io.stagepost.schema.JsonSchema;
import io.stagepost.schema.Schemas;
import io.stagepost.schema.registry.RestRegistry;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import io.stagepost.testkit.InMemoryTransport;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A registry that takes its time holds up the events that need it, and no others. */
@Timeout(600)
class SlowRegistryTest {
  private static final int HANDLERS = 8;
  private static final int KEYS = 40;
  private static final Duration PATIENT = Duration.ofSeconds(100);

  private final Set<String> handled = ConcurrentHashMap.newKeySet();
  private final InMemoryTransport transport = new InMemoryTransport();

  private static EventType<String> type(String name) {
    return EventType.of(name, String.class)
        .source("urn:test")
        .channel("slow")
        .key(text -> text)
        .codec(new ByRegistry());
  }

  @Test
  void d03_events_that_need_no_answer_go_on_while_others_wait_for_one_and_closing_waits_for_none()
      throws Exception {
    EventType<String> asks = type("com.example.asks.v1");
    EventType<String> knows = type("com.example.knows.v1");
    try (RegistryFront front = new RegistryFront();
        RestRegistry registry =
            RestRegistry.builder()
                .urls(front.url())
                .basicAuth(RegistryFront.USER, RegistryFront.PASSWORD)
                .timeout(PATIENT)
                .requestTimeout(PATIENT)
                .build();
        Messaging messaging = Messaging.over(transport)) {
      front.begin(RegistryFront.Trouble.SLOW);
      Subscription subscription =
          messaging
              .subscribe("reader")
              .limits(Limits.defaults().concurrency(HANDLERS).drain(PATIENT))
              .policy(
                  Policy.defaults()
                      .retry(Retry.exponential(Duration.ofMillis(50), Duration.ofMillis(200))))
              .on(
                  asks.codec(JsonSchema.codec(Schemas.in(registry))),
                  event -> handled.add(event.data()))
              .on(knows.codec(JsonSchema.codec("{}")), event -> handled.add(event.data()))
              .start();
      for (int i = 0; i < KEYS; i++) {
        messaging.publish(asks.event("asks-" + i)).join();
      }
      await().atMost(Duration.ofSeconds(60)).until(() -> front.refused() > 0);
      for (int i = 0; i < KEYS; i++) {
        messaging.publish(knows.event("knows-" + i)).join();
      }
      await().atMost(Duration.ofSeconds(60)).until(() -> handled.size() == KEYS);
      assertThat(handled).allMatch(text -> text.startsWith("knows"));
      assertThat(front.refused()).isEqualTo(1);

      long began = System.nanoTime();
      subscription.close();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(PATIENT.dividedBy(2));
      assertThat(handled).hasSize(KEYS);
      front.end();
    }
  }

  /** JSON that names its schema in a registry, which writers of other programs know. */
  private static final class ByRegistry implements Codec {
    @Override
    public <T> Encoded encode(EventType<T> type, T data) {
      return new Encoded(
          ("\"" + data + "\"").getBytes(StandardCharsets.UTF_8),
          "application/json",
          URI.create("schema-registry:/schemas/ids/7"),
          List.of());
    }

    @Override
    public <T> T decode(EventType<T> type, Encoded encoded) {
      throw new UnsupportedOperationException();
    }
  }
}
