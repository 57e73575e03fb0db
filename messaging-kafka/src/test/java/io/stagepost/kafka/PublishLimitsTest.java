package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.PublishLimits;
import io.stagepost.Receipt;
import io.stagepost.schema.Json;
import io.stagepost.spi.StoredMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The bounds of publishing over a real producer, whose one network thread must never wait. */
@Timeout(600)
class PublishLimitsTest {
  record Step(String key, int number) {}

  @Test
  void d20_publishers_and_what_they_chain_share_a_small_bound_in_order() throws Exception {
    String channel = Broker.unique("bounded");
    EventType<Step> step =
        EventType.of("test.step.v1", Step.class)
            .source("urn:test:kafka")
            .channel(channel)
            .key(Step::key)
            .codec(Json.codec());
    int each = 200;
    ConcurrentLinkedQueue<CompletableFuture<Receipt>> published = new ConcurrentLinkedQueue<>();
    try (Messaging messaging =
        Messaging.builder(Broker.builder().partitions(2).build())
            .publishLimits(PublishLimits.defaults().inFlight(8))
            .build()) {
      List<Thread> publishers = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        String key = "key-" + t;
        Thread publisher =
            new Thread(
                () -> {
                  for (int i = 0; i < each; i++) {
                    Step next = new Step(key, i);
                    published.add(
                        messaging
                            .publish(step.event(next))
                            .thenCompose(
                                stored ->
                                    messaging.publish(
                                        step.event(
                                            new Step("after-" + next.key(), next.number())))));
                  }
                });
        publishers.add(publisher);
        publisher.start();
      }
      for (Thread publisher : publishers) {
        publisher.join();
      }
      published.forEach(Broker::get);
      assertThat(messaging.health().publishing().inFlight()).isZero();
    }
    assertThat(published).hasSize(4 * each);
    List<StoredMessage> stored = Broker.stored(channel);
    assertThat(stored).hasSize(8 * each);
    for (int t = 0; t < 4; t++) {
      String prefix = "{\"key\":\"key-" + t + "\",\"number\":";
      assertThat(stored)
          .extracting(one -> new String(Objects.requireNonNull(one.message().body()), UTF_8))
          .filteredOn(body -> body.startsWith(prefix))
          .containsExactlyElementsOf(
              IntStream.range(0, each).mapToObj(i -> prefix + i + "}").toList());
    }
  }
}
