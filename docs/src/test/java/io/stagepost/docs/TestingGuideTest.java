package io.stagepost.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.PublishUnknownException;
import io.stagepost.schema.Json;
import io.stagepost.testkit.Faults.PublishFault;
import io.stagepost.testkit.InMemoryTransport;
import io.stagepost.testkit.ManualClock;
import io.stagepost.testkit.Recorder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The programs of the guide to testing, run. */
class TestingGuideTest {
  private static final String SELF = "docs/src/test/java/io/stagepost/docs/TestingGuideTest.java";
  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)\n```", Pattern.DOTALL);

  record Order(String id, String customer) {}

  record Bill(String order) {}

  private static final EventType<Order> ORDER_PLACED =
      EventType.of("com.example.order.placed.v1", Order.class)
          .source("urn:example:orders")
          .channel("orders")
          .key(Order::customer)
          .codec(Json.codec());

  private static final EventType<Bill> ORDER_BILLED =
      EventType.of("com.example.order.billed.v1", Bill.class)
          .source("urn:example:billing")
          .channel("bills")
          .key(Bill::order)
          .codec(Json.codec());

  /** The service that the guide tests. */
  private static final class Billing {
    private final Messaging messaging;
    private final List<String> charged = new CopyOnWriteArrayList<>();
    private volatile boolean bankOpen = true;

    Billing(Messaging messaging) {
      this.messaging = messaging;
    }

    void start() {
      messaging
          .subscribe("billing")
          .on(
              ORDER_PLACED,
              event -> {
                if (!bankOpen) {
                  throw new IllegalStateException("the bank is closed");
                }
                messaging.publish(event.reply(ORDER_BILLED, new Bill(event.data().id()))).join();
                charged.add(event.data().id());
              })
          .start();
    }
  }

  @Test
  void the_guide_shows_what_runs_here() {
    String guide = Documents.read("docs/guide/testing.md");
    Matcher block = BLOCK.matcher(guide);
    String[] names = {"first", "backoff", "publish-faults", "redelivery", "crash", "real-time"};
    for (String name : names) {
      assertThat(block.find()).as(name).isTrue();
      assertThat(block.group(1)).as(name).isEqualTo(Documents.snippet(SELF, name));
    }
    assertThat(block.find()).as("a block that does not run").isFalse();
  }

  @Test
  void first() {
    // spotless:off
    // snippet: first
    ManualClock clock = new ManualClock();
    InMemoryTransport transport = InMemoryTransport.on(clock);
    Recorder recorder = new Recorder(transport);
    try (Messaging messaging = transport.messaging().observer(recorder).build()) {
      new Billing(messaging).start();
      messaging.publish(ORDER_PLACED.event(new Order("o-1", "ada"))).join();
      transport.awaitSettled("billing", Duration.ofMinutes(1));
      assertThat(recorder.published(ORDER_BILLED)).hasSize(1);
      assertThat(recorder.deadLettered(ORDER_PLACED, "billing")).isEmpty();
    }
    // end
    // spotless:on
  }

  @Test
  void backoff() {
    ManualClock clock = new ManualClock();
    InMemoryTransport transport = InMemoryTransport.on(clock);
    try (Messaging messaging = transport.messaging().build()) {
      Billing billing = new Billing(messaging);
      billing.start();
      // spotless:off
      // snippet: backoff
      billing.bankOpen = false;
      messaging.publish(ORDER_PLACED.event(new Order("o-1", "ada"))).join();
      clock.advance(Duration.ofSeconds(1));       // fails, and fails again: it waits in its lane
      assertThat(transport.unsettled("billing")).isEqualTo(1);

      billing.bankOpen = true;
      clock.advance(Duration.ofMinutes(1));       // the next try
      assertThat(transport.unsettled("billing")).isZero();
      // end
      // spotless:on
    }
  }

  @Test
  void publish_faults() {
    ManualClock clock = new ManualClock();
    InMemoryTransport transport = InMemoryTransport.on(clock);
    Recorder recorder = new Recorder(transport);
    try (Messaging messaging = transport.messaging().build()) {
      Billing billing = new Billing(messaging);
      billing.start();
      // spotless:off
      // snippet: publish-faults
      messaging.publish(ORDER_PLACED.event(new Order("o-1", "ada"))).join();
      transport.faults().failNextPublishes(1, PublishFault.UNKNOWN_BUT_STORED);   // the bill's
      transport.awaitSettled("billing", Duration.ofMinutes(1));
      assertThat(recorder.published(ORDER_BILLED)).hasSize(2);     // at least once: publish it through an outbox

      transport.faults().holdConfirmations();
      var late = messaging.publish(ORDER_BILLED.event(new Bill("o-2")));
      clock.advance(messaging.publishTimeout());
      assertThat(late).isCompletedExceptionally();                 // with a PublishUnknownException
      transport.faults().end();
      // end
      // spotless:on
      assertThat(late.handle((receipt, failure) -> failure).join())
          .satisfiesAnyOf(
              failure -> assertThat(failure).isInstanceOf(PublishUnknownException.class),
              failure -> assertThat(failure).hasCauseInstanceOf(PublishUnknownException.class));
    }
  }

  @Test
  void redelivery() {
    ManualClock clock = new ManualClock();
    InMemoryTransport transport = InMemoryTransport.on(clock);
    try (Messaging messaging = transport.messaging().build()) {
      Billing billing = new Billing(messaging);
      billing.start();
      // spotless:off
      // snippet: redelivery
      messaging.publish(ORDER_PLACED.event(new Order("o-1", "ada"))).join();
      transport.awaitSettled("billing", Duration.ZERO);

      transport.faults().redeliver("billing");       // or duplicateNextDeliveries(1), before they come
      transport.awaitSettled("billing", Duration.ZERO);
      assertThat(billing.charged).containsExactly("o-1", "o-1");   // an inbox would make it one
      // end
      // spotless:on
    }
  }

  @Test
  void crash() {
    ManualClock clock = new ManualClock();
    InMemoryTransport transport = InMemoryTransport.on(clock);
    // spotless:off
    // snippet: crash
    InMemoryTransport doomed = transport.another();
    try (Messaging first = doomed.messaging().build();
        Messaging second = transport.messaging().build()) {
      new Billing(first).start();
      second.publish(ORDER_PLACED.event(new Order("o-1", "ada"))).join();
      doomed.crash();                                // before the clock ran: nothing was handled

      Billing billing = new Billing(second);
      billing.start();
      transport.awaitSettled("billing", Duration.ZERO);
      assertThat(billing.charged).containsExactly("o-1");
    }
    // end
    // spotless:on
  }

  @Test
  void real_time() {
    // spotless:off
    // snippet: real-time
    InMemoryTransport transport = new InMemoryTransport();
    try (Messaging messaging = Messaging.over(transport)) {
      Billing billing = new Billing(messaging);
      billing.start();
      messaging.publish(ORDER_PLACED.event(new Order("o-1", "ada"))).join();
      transport.awaitSettled("billing", Duration.ofSeconds(10));
      assertThat(billing.charged).containsExactly("o-1");
    }
    // end
    // spotless:on
  }
}
