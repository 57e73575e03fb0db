package io.stagepost.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Message;
import io.stagepost.spi.StoredMessage;
import io.stagepost.testkit.Faults.PublishFault;
import io.stagepost.testkit.Orders.Order;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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
    Instant start = Instant.parse("2026-01-01T00:00:00Z");
    assertThat(tries)
        .extracting(time -> Duration.between(start, time).toString())
        .as("the jitter is a hash of subscription, source, id and attempt")
        .containsExactly(
            "PT0S",
            "PT0.26227951S",
            "PT1.208421706S",
            "PT4.067708967S",
            "PT5.591382978S",
            "PT20.753156659S",
            "PT31.77897453S",
            "PT1M0.602704998S",
            "PT2M43.691450115S",
            "PT5M48.56864738S",
            "PT14M4.211713786S",
            "PT17M28.620893473S",
            "PT29M53.896772379S",
            "PT31M8.682767862S",
            "PT46M40.579740518S");
    StoredMessage dead = transport.stored("orders.billing.dead-letter").get(0);
    assertThat(dead.origin().time()).isEqualTo(tries.get(14));
    assertThat(dead.message().header(FailureHeaders.ATTEMPTS)).isEqualTo("15".getBytes(UTF_8));
  }

  @Test
  void a_dead_letter_that_cannot_be_written_waits_and_holds_up_its_key_alone() {
    ManualClock clock = new ManualClock();
    InMemoryTransport transport = InMemoryTransport.on(clock);
    List<String> handled = new ArrayList<>();
    try (Messaging messaging = transport.messaging().build()) {
      messaging
          .subscribe("billing")
          .on(
              Orders.PLACED,
              (event, context) -> {
                handled.add(event.data().text());
                return event.data().text().equals("poison")
                    ? Outcome.deadLetter("no such customer")
                    : Outcome.done();
              })
          .start();
      transport
          .faults()
          .outage("orders.billing.dead-letter", PublishFault.REJECTED_FOR_SURROUNDINGS);
      messaging.publish(Orders.PLACED.event(new Order("ada", "poison"))).join();
      messaging.publish(Orders.PLACED.event(new Order("ada", "behind it"))).join();
      messaging.publish(Orders.PLACED.event(new Order("bob", "another key"))).join();
      clock.advance(Duration.ofSeconds(10));
      assertThat(handled).containsExactly("poison", "another key");
      assertThat(transport.unsettled("billing")).isEqualTo(2);
      transport.faults().endOutage("orders.billing.dead-letter");
      transport.awaitSettled("billing", Duration.ofHours(1));
    }
    assertThat(handled).containsExactly("poison", "another key", "behind it");
    assertThat(transport.stored("orders.billing.dead-letter")).hasSize(1);
  }

  @Test
  void a_crash_loses_nothing() {
    ManualClock clock = new ManualClock();
    InMemoryTransport transport = InMemoryTransport.on(clock);
    InMemoryTransport crashing = transport.another();
    List<String> before = new ArrayList<>();
    List<String> after = new ArrayList<>();
    try (Messaging doomed = crashing.messaging().build();
        Messaging messaging = transport.messaging().build()) {
      doomed
          .subscribe("billing")
          .on(
              Orders.PLACED,
              event -> {
                before.add(event.data().text());
                if (before.size() == 2) {
                  crashing.crash();
                }
              })
          .start();
      for (String text : List.of("1", "2", "3")) {
        messaging.publish(Orders.PLACED.event(new Order("ada", text))).join();
      }
      clock.run();
      messaging
          .subscribe("billing")
          .on(Orders.PLACED, event -> after.add(event.data().text()))
          .start();
      transport.awaitSettled("billing", Duration.ofMinutes(1));
    }
    assertThat(before).containsExactly("1", "2");
    assertThat(after)
        .as("the one that ran when it crashed is redelivered")
        .containsExactly("2", "3");
  }

  @Test
  void who_has_not_settled_in_time_is_told_what_is_left() {
    InMemoryTransport transport = InMemoryTransport.on(new ManualClock());
    try (Messaging messaging = transport.messaging().build()) {
      messaging
          .subscribe("billing")
          .on(
              Orders.PLACED,
              event -> {
                throw new IllegalStateException("the bank is closed");
              })
          .start();
      messaging.publish(Orders.PLACED.event(new Order("ada", "a book"))).join();
      assertThatThrownBy(() -> transport.awaitSettled("billing", Duration.ofMillis(1)))
          .hasMessageContaining("SP-TEST-006")
          .hasMessageContaining("orders-");
      assertThatThrownBy(() -> transport.awaitSettled("biling", Duration.ofMillis(1)))
          .hasMessageContaining("SP-TEST-005");
    }
  }

  @Test
  void a_handler_may_publish_and_wait_for_the_confirmation() {
    InMemoryTransport transport = InMemoryTransport.on(new ManualClock());
    try (Messaging messaging = transport.messaging().build()) {
      messaging
          .subscribe("billing")
          .on(
              Orders.PLACED,
              event -> {
                var unused =
                    messaging
                        .send(new Message("bills", null, List.of(), event.id().getBytes(UTF_8)))
                        .join();
              })
          .start();
      for (int i = 0; i < 100; i++) {
        var unused = messaging.publish(Orders.PLACED.event(new Order("" + i, "a book")));
      }
      transport.awaitSettled("billing", Duration.ZERO);
    }
    assertThat(transport.stored("bills")).hasSize(100);
  }

  @Test
  void the_same_test_takes_the_same_course_each_time() {
    List<String> first = trace();
    assertThat(first).hasSizeGreaterThan(150);
    for (int i = 0; i < 100; i++) {
      assertThat(trace()).isEqualTo(first);
    }
  }

  /** Two members, failing handlers, and every kind of disturbance. */
  private static List<String> trace() {
    ManualClock clock = new ManualClock();
    InMemoryTransport transport =
        InMemoryTransport.builder().clock(clock).commitEvery(Duration.ofSeconds(5)).build();
    InMemoryTransport other = transport.another();
    List<String> trace = new ArrayList<>();
    try (Messaging one = transport.messaging().build();
        Messaging two = other.messaging().build()) {
      for (Messaging messaging : List.of(one, two)) {
        String name = messaging == one ? "one" : "two";
        messaging
            .subscribe("billing")
            .on(
                Orders.PLACED,
                (event, context) -> {
                  trace.add(name + " " + event.data() + " " + clock.instant());
                  return event.data().text().endsWith("7") && context.attempt() < 3
                      ? Outcome.retryAfter(Duration.ofMillis(300))
                      : Outcome.done();
                })
            .start();
      }
      for (int i = 0; i < 150; i++) {
        var unused =
            one.publish(Orders.PLACED.event(new Order("k" + i % 13, "" + i)).withId("" + i));
        switch (i) {
          case 30 -> transport.faults().rebalance("billing");
          case 60 -> transport.faults().loseAssignments("billing");
          case 90 -> other.disconnect();
          case 100 -> other.reconnect();
          case 120 -> transport.faults().duplicateNextDeliveries(10);
          default -> clock.advance(Duration.ofMillis(100));
        }
      }
      transport.awaitSettled("billing", Duration.ofMinutes(10));
    }
    return trace;
  }

  @Test
  void threads_and_faults_lose_nothing_and_keep_the_order_of_each_key() {
    InMemoryTransport transport = new InMemoryTransport();
    InMemoryTransport other = transport.another();
    Map<String, Integer> last = new ConcurrentHashMap<>();
    List<String> gaps = new CopyOnWriteArrayList<>();
    try (Messaging one = Messaging.over(transport);
        Messaging two = Messaging.over(other)) {
      for (Messaging messaging : List.of(one, two)) {
        messaging
            .subscribe("billing")
            .on(
                Orders.PLACED,
                event -> {
                  int number = Integer.parseInt(event.data().text());
                  int before = last.getOrDefault(event.data().key(), -1);
                  if (number > before + 1) {
                    gaps.add(event.data() + " after " + before);
                  }
                  last.merge(event.data().key(), number, Math::max);
                })
            .start();
      }
      for (int i = 0; i < 2000; i++) {
        for (int key = 0; key < 5; key++) {
          var unused = one.publish(Orders.PLACED.event(new Order("k" + key, "" + i)));
        }
        if (i % 400 == 399) {
          transport.faults().rebalance("billing");
        }
      }
      transport.awaitSettled("billing", Duration.ofSeconds(20));
    }
    assertThat(last.values()).containsExactly(1999, 1999, 1999, 1999, 1999);
    assertThat(gaps).isEmpty();
  }
}
