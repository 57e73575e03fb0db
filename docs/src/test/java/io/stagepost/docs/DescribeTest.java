package io.stagepost.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.EventType;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.inbox.JdbcInbox;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.schema.Json;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.PostgresFixture;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What {@code messaging.describe()} shows, held against the page in the docs that shows it. */
class DescribeTest {
  record Order(String id) {}

  @Test
  void the_page_shows_what_describe_prints() {
    String bootstrapServers = KafkaFixture.shared().bootstrapServers();
    EventType<Order> placed =
        EventType.of("com.example.order.placed.v1", Order.class)
            .source("urn:example:orders")
            .channel("described")
            .key(Order::id)
            .idempotencyKey(Order::id)
            .codec(Json.codec());
    JdbcInbox inbox = JdbcInbox.in(PostgresFixture.shared().createDatabase("docs").dataSource());
    inbox.createSchema();
    KafkaTransport transport =
        KafkaTransport.builder()
            .bootstrapServers(bootstrapServers)
            .producerProperty("linger.ms", "1")
            .build();
    try (Messaging messaging = Messaging.over(transport)) {
      messaging
          .subscribe("billing")
          .policy(
              Policy.defaults()
                  .retry(
                      Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(30))
                          .attempts(8)))
          .limits(Limits.defaults().concurrency(32))
          .inbox(inbox)
          .onceIn(placed, (event, connection) -> {})
          .start();
      String described =
          messaging
              .describe()
              .replace(bootstrapServers, "localhost:9092")
              .replaceAll(
                  "handlers run on: .*", "handlers run on: bounded pool of platform threads")
              .replaceAll(" +(\\((default|code)\\))", "  $1");
      assertThat(Documents.read("docs/describe.md")).contains("```\n" + described + "```\n");
    }
  }
}
