package io.stagepost.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.kafka.Mapping;
import io.stagepost.schema.Json;
import io.stagepost.spi.Message;
import io.stagepost.testkit.fixture.KafkaFixture;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The program of the page on Kafka, run on a real broker. */
class KafkaPageTest {
  private static final String SELF = "docs/src/test/java/io/stagepost/docs/KafkaPageTest.java";

  record Order(String id) {}

  private final String bootstrapServers = KafkaFixture.shared().bootstrapServers();

  @Test
  void the_page_shows_what_runs_here() {
    assertThat(Documents.read("docs/kafka.md")).contains(Documents.snippet(SELF, "mapping"));
  }

  @Test
  void mapping() throws InterruptedException {
    // spotless:off
    // snippet: mapping
    KafkaTransport transport =
        KafkaTransport.builder()
            .bootstrapServers(bootstrapServers)
            .mapping("legacy-orders",
                Mapping.to("com.example.order.changed.v1")
                    .contentType("application/json")
                    .tombstones("com.example.order.deleted.v1"))
            .build();
    // end
    // spotless:on
    EventType<Order> changed =
        EventType.of("com.example.order.changed.v1", Order.class)
            .channel("legacy-orders")
            .codec(Json.codec());
    BlockingQueue<String> handled = new LinkedBlockingQueue<>();
    try (Messaging messaging = Messaging.over(transport)) {
      messaging
          .subscribe("billing-" + UUID.randomUUID())
          .on(changed, event -> handled.add(event.data().id()))
          .start();
      messaging
          .send(
              new Message(
                  "legacy-orders",
                  "7".getBytes(UTF_8),
                  List.of(),
                  "{\"id\":\"7\"}".getBytes(UTF_8)))
          .join();
      assertThat(handled.poll(30, TimeUnit.SECONDS)).isEqualTo("7");
    }
  }
}
