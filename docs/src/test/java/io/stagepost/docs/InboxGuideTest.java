package io.stagepost.docs;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Batch;
import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.inbox.JdbcDedupStore;
import io.stagepost.inbox.JdbcInbox;
import io.stagepost.schema.Json;
import io.stagepost.testkit.InMemoryTransport;
import io.stagepost.testkit.fixture.PostgresFixture;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** The programs of the guide to the inbox, and the tables' names that it says. */
class InboxGuideTest {
  private static final String SELF = "docs/src/test/java/io/stagepost/docs/InboxGuideTest.java";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  record Order(String id) {}

  private final EventType<Order> ORDER_PLACED =
      EventType.of("com.example.order.placed.v1", Order.class)
          .source("urn:example:orders")
          .channel("orders")
          .key(Order::id)
          .codec(Json.codec());

  private final InMemoryTransport transport = new InMemoryTransport();
  private final DataSource dataSource =
      PostgresFixture.shared().createDatabase("guide").dataSource();
  private final List<String> effects = new CopyOnWriteArrayList<>();

  @Test
  void the_guide_shows_what_runs_here() {
    String guide = Documents.read("docs/guide/inbox.md");
    for (String name : new String[] {"once", "window", "batch", "dedup"}) {
      assertThat(guide).as(name).contains(Documents.snippet(SELF, name));
    }
  }

  @SuppressWarnings("UnusedVariable") // as the guide shows it
  private void charge(Connection connection, Order order) {
    effects.add("charged " + order.id());
  }

  @SuppressWarnings("UnusedVariable") // as the guide shows it
  private void book(Connection connection, List<Event<Order>> events) {
    events.forEach(event -> effects.add("booked " + event.data().id()));
  }

  private void mail(Order order) {
    effects.add("mailed " + order.id());
  }

  @Test
  void what_it_shows_runs() {
    JdbcInbox.in(dataSource).createSchema();
    JdbcDedupStore.in(dataSource).createSchema();
    try (Messaging messaging = transport.messaging().build()) {
      // spotless:off
      // snippet: once
      JdbcInbox inbox = JdbcInbox.in(dataSource);
      messaging.subscribe("billing")
          .inbox(inbox)
          .onceIn(ORDER_PLACED, (event, connection) -> charge(connection, event.data()))
          .start();
      // end

      // snippet: batch
      messaging.subscribe("ledger")
          .inbox(inbox)
          .onceInBatch(ORDER_PLACED, Batch.upTo(500).orAfter(ofMillis(20)), (events, connection) -> book(connection, events))
          .start();
      // end

      // snippet: dedup
      messaging.subscribe("mailer")
          .dedup(JdbcDedupStore.in(dataSource))
          .on(ORDER_PLACED, event -> mail(event.data()))
          .start();
      // end
      // spotless:on
      messaging.publish(ORDER_PLACED.event(new Order("7"))).join();

      transport.awaitSettled("billing", PATIENCE);
      transport.awaitSettled("ledger", PATIENCE);
      transport.awaitSettled("mailer", PATIENCE);
      assertThat(effects).containsExactlyInAnyOrder("charged 7", "booked 7", "mailed 7");
      assertThat(inbox.state().oldest()).isNotNull();
    }
  }

  @Test
  void a_window_and_a_table_of_ones_own() {
    // spotless:off
    // snippet: window
    JdbcInbox inbox = JdbcInbox.builder(dataSource)
        .window(ofDays(30))                 // at most 366 days
        .replayHorizon(ofDays(21))          // nobody replays a dead letter later than that
        .table("billing_inbox")             // billing_inbox_key and billing_inbox_mark too
        .build();
    // end
    // spotless:on
    inbox.createSchema();

    assertThat(inbox.problems()).isEmpty();
    assertThat(inbox.toString()).contains("table billing_inbox");
  }
}
