package io.stagepost.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Policy;
import io.stagepost.Policy.Degradation;
import io.stagepost.Retry;
import io.stagepost.schema.Json;
import io.stagepost.testkit.InMemoryTransport;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of events while the inbox's own database is away. */
class DegradationTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  record Order(String id) {}

  private static final EventType<Order> PLACED =
      EventType.of("com.example.order.placed.v1", Order.class)
          .source("urn:shop")
          .channel("orders")
          .key(Order::id)
          .codec(Json.codec());

  private final InMemoryTransport transport = new InMemoryTransport();
  private final List<String> handled = new CopyOnWriteArrayList<>();
  private final List<Event<Order>> events =
      Stream.of("1", "2", "3").map(id -> PLACED.event(new Order(id))).toList();

  /** How often it was asked for while it was away. */
  private final AtomicInteger asked = new AtomicInteger();

  private volatile boolean away;

  @ParameterizedTest
  @EnumSource(names = {"DEAD_LETTER", "PARK"})
  void d12_what_was_to_leave_waits_since_that_takes_the_database_and_is_then_handled(
      Degradation degradation) {
    try (Messaging messaging = transport.messaging().build()) {
      subscribe(messaging, degradation);
      away = true;
      events.forEach(event -> messaging.publish(event).join());
      await().until(() -> asked.get() > 10);
      assertThat(handled).isEmpty();

      away = false;
      transport.awaitSettled("billing", PATIENCE);
      assertThat(handled).containsExactlyInAnyOrder("1", "2", "3");
      assertThat(transport.stored("orders.billing.dead-letter")).isEmpty();
      assertThat(transport.stored("orders.billing.parking-lot")).isEmpty();
    }
  }

  @Test
  void d07_what_was_skipped_is_new_when_it_is_published_again() {
    try (Messaging messaging = transport.messaging().build()) {
      subscribe(messaging, Degradation.SKIP);
      away = true;
      events.forEach(event -> messaging.publish(event).join());
      transport.awaitSettled("billing", PATIENCE);
      assertThat(handled).isEmpty();

      away = false;
      events.forEach(event -> messaging.publish(event).join());
      transport.awaitSettled("billing", PATIENCE);
      assertThat(handled).containsExactlyInAnyOrder("1", "2", "3");
    }
  }

  private void subscribe(Messaging messaging, Degradation degradation) {
    JdbcInbox inbox = JdbcInbox.in(awayAtTimes(H2InboxTest.database()));
    inbox.createSchema();
    messaging
        .subscribe("billing")
        .policy(
            Policy.defaults()
                .retry(Retry.exponential(Duration.ofMillis(1), Duration.ofMillis(20)))
                .degradation(degradation))
        .limits(Limits.defaults().retryBudget(new Limits.RetryBudget(0, 0)))
        .inbox(inbox)
        .onceIn(
            PLACED,
            (event, connection) -> {
              handled.add(event.data().id());
            })
        .start();
  }

  private DataSource awayAtTimes(DataSource database) {
    return (DataSource)
        Proxy.newProxyInstance(
            DataSource.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) -> {
              if (away) {
                asked.incrementAndGet();
                throw new SQLException("the database is away");
              }
              try {
                return method.invoke(database, arguments);
              } catch (InvocationTargetException failure) {
                throw failure.getCause();
              }
            });
  }
}
