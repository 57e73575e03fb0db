package io.stagepost.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Messaging;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.testkit.Orders.Order;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The library over the in-memory transport. */
@Timeout(30)
class EndToEndTest {
  @Test
  void an_event_is_published_and_handled_without_a_thread() {
    InMemoryTransport transport = InMemoryTransport.on(new ManualClock());
    List<String> handled = new ArrayList<>();
    try (Messaging messaging = transport.messaging().build()) {
      messaging
          .subscribe("billing")
          .on(Orders.PLACED, event -> handled.add(event.data().text()))
          .start();
      var receipt = messaging.publish(Orders.PLACED.event(new Order("ada", "a book"))).join();
      assertThat(receipt.address()).isEqualTo(Orders.CHANNEL);
      transport.awaitSettled("billing", Duration.ZERO);
    }
    assertThat(handled).containsExactly("a book");
  }

  @Test
  void an_event_is_published_and_handled_in_real_time() {
    List<String> handled = new CopyOnWriteArrayList<>();
    InMemoryTransport transport = new InMemoryTransport();
    try (Messaging messaging = Messaging.over(transport)) {
      messaging
          .subscribe("billing")
          .on(Orders.PLACED, event -> handled.add(event.data().text()))
          .start();
      messaging.publish(Orders.PLACED.event(new Order("ada", "a book"))).join();
      transport.awaitSettled("billing", Duration.ofSeconds(10));
    }
    assertThat(handled).containsExactly("a book");
  }

  @Test
  void an_hour_of_backoff_passes_at_once() {
    ManualClock clock = new ManualClock();
    InMemoryTransport transport = InMemoryTransport.on(clock);
    List<Instant> tries = new ArrayList<>();
    try (Messaging messaging = transport.messaging().build()) {
      messaging
          .subscribe("billing")
          .policy(
              Policy.defaults()
                  .retry(
                      Retry.exponential(Duration.ofSeconds(1), Duration.ofMinutes(20))
                          .attempts(15)
                          .maxAge(Duration.ofDays(1))))
          .on(
              Orders.PLACED,
              event -> {
                tries.add(clock.instant());
                throw new IllegalStateException("the bank is closed");
              })
          .start();
      messaging.publish(Orders.PLACED.event(new Order("ada", "a book")).withId("1")).join();
      transport.awaitSettled("billing", Duration.ofHours(12));
    }
    assertThat(tries).hasSize(15);
    assertThat(transport.stored(Policy.defaults().deadLetterAddress(Orders.CHANNEL, "billing")))
        .hasSize(1);
  }
}
