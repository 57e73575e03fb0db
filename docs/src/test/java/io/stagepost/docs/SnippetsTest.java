package io.stagepost.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.Batch;
import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.inbox.JdbcInbox;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.outbox.Outbox;
import io.stagepost.outbox.Relay;
import io.stagepost.schema.Json;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.PostgresDatabase;
import io.stagepost.testkit.fixture.PostgresFixture;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The programs of the README, run on a real broker and a real database. */
class SnippetsTest {
  private static final String SELF = "docs/src/test/java/io/stagepost/docs/SnippetsTest.java";

  record Greeting(String name, String text) {}

  record Order(String id, String customer, BigDecimal amount) {}

  record Bill(String order, BigDecimal amount) {}

  private final String run = UUID.randomUUID().toString().substring(0, 8);
  private final String bootstrapServers = KafkaFixture.shared().bootstrapServers();
  private final BlockingQueue<String> output = new LinkedBlockingQueue<>();

  @Test
  void the_readme_shows_what_runs_here() {
    String readme = Documents.read("README.md");
    for (String name : new String[] {"hello", "outbox", "inbox", "policy"}) {
      assertThat(readme).as(name).contains(Documents.snippet(SELF, name));
    }
  }

  @Test
  void hello() throws InterruptedException {
    // spotless:off
    // snippet: hello
    EventType<Greeting> GREETING =
        EventType.of("com.example.greeting.v1", Greeting.class)
            .source("urn:example:greeter")
            .channel("greetings")
            .key(Greeting::name)
            .codec(Json.codec());

    try (Messaging messaging = Messaging.over(KafkaTransport.to(bootstrapServers))) {
      CountDownLatch printed = new CountDownLatch(1);
      messaging.subscribe("printer")
          .on(GREETING, event -> { print(event.data().text()); printed.countDown(); })
          .start();
      messaging.publish(GREETING.event(new Greeting("ada", "hello"))).join();
      printed.await();
    }
    // end
    // spotless:on
    assertThat(output.poll(1, TimeUnit.SECONDS)).isEqualTo("hello");
  }

  @Test
  void outbox_and_inbox() throws Exception {
    EventType<Order> ORDER_PLACED =
        EventType.of("com.example.order.placed.v1", Order.class)
            .source("urn:example:orders")
            .channel("orders-" + run)
            .key(Order::customer)
            .codec(Json.codec());
    EventType<Bill> ORDER_BILLED =
        EventType.of("com.example.order.billed.v1", Bill.class)
            .source("urn:example:billing")
            .channel("bills-" + run)
            .key(Bill::order)
            .codec(Json.codec());
    PostgresDatabase database = PostgresFixture.shared().createDatabase("docs");
    try (HikariDataSource dataSource = new HikariDataSource();
        Messaging messaging = Messaging.over(KafkaTransport.to(bootstrapServers))) {
      dataSource.setDataSource(database.dataSource());
      execute(dataSource, "create table orders (id text primary key)");
      execute(dataSource, "create table charges (customer text, amount numeric)");
      Order order = new Order("o-1", "ada", new BigDecimal("149.90"));

      // spotless:off
      // snippet: outbox
      Outbox outbox = Outbox.over(messaging, dataSource);
      outbox.createSchema();                     // or run the DDL that it ships
      Relay relay = outbox.relay().start();      // here, or in a process of its own; close it first

      try (Connection connection = dataSource.getConnection()) {
        connection.setAutoCommit(false);
        insert(connection, order);
        outbox.within(connection).publish(ORDER_PLACED.event(order));   // throws if it cannot be written
        connection.commit();                                            // now it leaves; never after a rollback
      }
      // end
      // spotless:on

      // spotless:off
      // snippet: inbox
      JdbcInbox inbox = JdbcInbox.in(dataSource);
      inbox.createSchema();

      messaging.subscribe("billing")
          .inbox(inbox)
          .onceIn(ORDER_PLACED, (event, connection) -> {
            Bill bill = charge(connection, event.data());
            outbox.within(connection).publish(event.reply(ORDER_BILLED, bill));
          })
          .start();
      // end
      // spotless:on

      messaging
          .subscribe("archive")
          .on(ORDER_BILLED, event -> print(event.data().order() + " " + event.data().amount()))
          .start();
      assertThat(output.poll(30, TimeUnit.SECONDS)).isEqualTo("o-1 149.90");
      assertThat(messaging.describe())
          .contains(
              "subscription billing", "once (inbox)", "orders-" + run + ".billing.dead-letter");
      relay.close();
    }
  }

  enum Booking {
    BOOKED,
    BUSY,
    UNKNOWN_ADDRESS
  }

  @Test
  void policy() throws Exception {
    EventType<Bill> ORDER_BILLED =
        EventType.of("com.example.order.billed.v1", Bill.class)
            .source("urn:example:billing")
            .channel("policy-" + run)
            .codec(Json.codec());
    try (Messaging messaging = Messaging.over(KafkaTransport.to(bootstrapServers))) {
      // spotless:off
      // snippet: policy
      messaging.subscribe("shipping")
          .policy(Policy.defaults()
              .timeout(Duration.ofSeconds(5))
              .retry(Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(30)).attempts(8)))
          .on(ORDER_BILLED, (event, context) -> switch (book(event.data())) {
            case BOOKED -> Outcome.done();
            case BUSY -> Outcome.retryAfter(Duration.ofSeconds(10));
            case UNKNOWN_ADDRESS -> Outcome.park("no carrier serves this address");
          })
          .start();
      // end
      // spotless:on
      messaging.publish(ORDER_BILLED.event(new Bill("o-1", BigDecimal.ONE))).join();
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () ->
                  assertThat(parked(messaging, "policy-" + run + ".shipping.parking-lot"))
                      .isEqualTo(1));
    }
  }

  @Test
  void batches() throws Exception {
    EventType<Bill> ORDER_BILLED =
        EventType.of("com.example.order.billed.v1", Bill.class)
            .source("urn:example:billing")
            .channel("batches-" + run)
            .key(Bill::order)
            .codec(Json.codec());
    try (Messaging messaging = Messaging.over(KafkaTransport.to(bootstrapServers))) {
      // spotless:off
      // snippet: batches
      messaging.subscribe("ledger")
          .onBatch(ORDER_BILLED, Batch.upTo(500).orAfter(Duration.ofMillis(20)), events -> insertAll(events))
          .start();
      // end
      // spotless:on
      messaging.publish(ORDER_BILLED.event(new Bill("o-1", BigDecimal.ONE))).join();
      assertThat(output.poll(30, TimeUnit.SECONDS)).isEqualTo("1 at once");
    }
  }

  private void insertAll(List<Event<Bill>> bills) {
    output.add(bills.size() + " at once");
  }

  private static Booking book(Bill bill) {
    return bill.order().equals("o-1") ? Booking.UNKNOWN_ADDRESS : Booking.BOOKED;
  }

  private static int parked(Messaging messaging, String address) {
    int[] count = new int[1];
    messaging.transport().browser().browse(address, message -> count[0]++);
    return count[0];
  }

  private void print(String text) {
    output.add(text);
  }

  private static void insert(Connection connection, Order order) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("insert into orders (id) values (?)")) {
      insert.setString(1, order.id());
      insert.executeUpdate();
    }
  }

  private static Bill charge(Connection connection, Order order) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("insert into charges (customer, amount) values (?, ?)")) {
      insert.setString(1, order.customer());
      insert.setBigDecimal(2, order.amount());
      insert.executeUpdate();
    }
    return new Bill(order.id(), order.amount());
  }

  private static void execute(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
