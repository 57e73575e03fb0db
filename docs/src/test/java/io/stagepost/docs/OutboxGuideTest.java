package io.stagepost.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.outbox.Outbox;
import io.stagepost.outbox.Relay;
import io.stagepost.schema.Json;
import io.stagepost.spi.Observer;
import io.stagepost.testkit.Faults.PublishFault;
import io.stagepost.testkit.InMemoryTransport;
import io.stagepost.testkit.fixture.PostgresFixture;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The guide to the outbox: what it says is broken is, and what it tells to run runs. */
class OutboxGuideTest {
  private static final String GUIDE = "docs/guide/outbox.md";
  private static final String SELF = "docs/src/test/java/io/stagepost/docs/OutboxGuideTest.java";
  private static final String FRAMEWORKS =
      "outbox-frameworks/src/test/java/io/stagepost/outbox/frameworks/";
  private static final Pattern BLOCK =
      Pattern.compile("(?m)^ *```(java|properties)\n((?s:.*?)\n) *```$");

  record Order(String id) {}

  private static final EventType<Order> ORDER_PLACED =
      EventType.of("com.example.order.placed.v1", Order.class)
          .source("urn:example:orders")
          .channel("orders")
          .key(Order::id)
          .codec(Json.codec());

  private final InMemoryTransport transport = new InMemoryTransport();
  private final Messaging messaging = transport.messaging().build();
  private final DataSource dataSource =
      PostgresFixture.shared().createDatabase("guide").dataSource();
  private final Order order = new Order("o-1");
  private final Map<String, Double> told = new ConcurrentHashMap<>();

  @BeforeEach
  void create() throws SQLException {
    execute("create table orders (id text primary key)");
  }

  @AfterEach
  void close() {
    messaging.close();
  }

  @Test
  void every_block_of_java_and_properties_is_compiled_somewhere() {
    String structured = "KafkaTransport.builder().bootstrapServers(servers)";
    assertThat(blocks("java").stream().filter(block -> !block.startsWith(structured)))
        .containsExactly(
            Documents.snippet(SELF, "commit-first"),
            Documents.snippet(SELF, "publish-first"),
            Documents.snippet("docs/src/test/java/io/stagepost/docs/SnippetsTest.java", "outbox"),
            Documents.snippet(FRAMEWORKS + "SpringJdbcTest.java", "spring"),
            Documents.snippet(FRAMEWORKS + "SpringJdbcTest.java", "spring-bean"),
            Documents.snippet(FRAMEWORKS + "SpringJdbcTest.java", "spring-use"),
            Documents.snippet(FRAMEWORKS + "SpringJpaTest.java", "jpa"),
            Documents.snippet(FRAMEWORKS + "HibernateTest.java", "hibernate"),
            Documents.snippet(FRAMEWORKS + "JooqTest.java", "jooq-handed"),
            Documents.snippet(FRAMEWORKS + "JooqTest.java", "jooq"),
            Documents.snippet(FRAMEWORKS + "JakartaTest.java", "jakarta"),
            Documents.snippet(SELF, "observer"));
    assertThat(blocks("properties"))
        .containsExactly(
            Documents.snippet(FRAMEWORKS + "DebeziumTest.java", "debezium")
                .lines()
                .map(String::strip)
                .filter(line -> !line.startsWith("\"\"\""))
                .collect(Collectors.joining("\n")));
  }

  private static List<String> blocks(String language) {
    return BLOCK
        .matcher(Documents.read(GUIDE))
        .results()
        .filter(block -> block.group(1).equals(language))
        .map((MatchResult block) -> block.group(2).stripIndent().strip())
        .toList();
  }

  @Test
  void to_commit_first_loses_the_event() throws SQLException {
    transport.faults().failNextPublishes(1, PublishFault.REJECTED_FOR_SURROUNDINGS);
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      assertThatExceptionOfType(CompletionException.class)
          .isThrownBy(() -> commitFirst(connection));
    }
    assertThat(orders()).isEqualTo(1);
    assertThat(transport.stored("orders")).isEmpty();
  }

  private void commitFirst(Connection connection) throws SQLException {
    // spotless:off
    // snippet: commit-first
    insert(connection, order);
    connection.commit();
    messaging.publish(ORDER_PLACED.event(order)).join();   // the broker is away, or the process dies: nobody ever hears of it
    // end
    // spotless:on
  }

  @Test
  void to_publish_first_tells_of_what_is_not_there() throws SQLException {
    execute("alter table orders add check (id <> 'o-1')");
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      assertThatExceptionOfType(SQLException.class).isThrownBy(() -> publishFirst(connection));
    }
    assertThat(orders()).isZero();
    assertThat(transport.stored("orders")).hasSize(1);
  }

  private void publishFirst(Connection connection) throws SQLException {
    // spotless:off
    // snippet: publish-first
    messaging.publish(ORDER_PLACED.event(order)).join();   // everybody hears of it
    insert(connection, order);                             // fails: there is no such order
    connection.commit();
    // end
    // spotless:on
  }

  @Test
  void a_relay_tells_an_observer_all_that_is_to_be_watched() throws SQLException {
    // snippet: observer
    Observer metrics =
        new Observer() {
          @Override
          public void outboxMeasured(String outbox, long waiting, Duration oldest, long parked) {
            gauge(outbox + ".waiting", waiting);
            gauge(outbox + ".oldest.seconds", oldest.toMillis() / 1000.0);
            gauge(outbox + ".parked", parked);
          }

          @Override
          public void relayed(String outbox, int sent, int parked, int violations) {
            count(outbox + ".sent", sent);
            count(outbox + ".violations", violations);
          }
        };
    Messaging observed = Messaging.builder(transport).observer(metrics).build();
    // end
    Outbox outbox = Outbox.over(observed, dataSource);
    outbox.createSchema();
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      outbox.within(connection).publish(ORDER_PLACED.event(order));
      connection.commit();
    }
    try (observed;
        Relay relay = outbox.relay().start()) {
      await().until(() -> told.size() == 5 && relay.sent() == 1);
    }
    assertThat(told)
        .containsKeys("stagepost_outbox.waiting", "stagepost_outbox.oldest.seconds")
        .containsEntry("stagepost_outbox.parked", 0.0)
        .containsEntry("stagepost_outbox.sent", 1.0)
        .containsEntry("stagepost_outbox.violations", 0.0);
  }

  private void gauge(String name, Number value) {
    told.put(name, value.doubleValue());
  }

  private void count(String name, int value) {
    told.merge(name, (double) value, Double::sum);
  }

  private static void insert(Connection connection, Order order) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("insert into orders (id) values (?)")) {
      insert.setString(1, order.id());
      insert.executeUpdate();
    }
  }

  private long orders() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery("select count(*) from orders")) {
      answer.next();
      return answer.getLong(1);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
