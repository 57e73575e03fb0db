package io.stagepost.inbox;

import static io.stagepost.inbox.Ledger.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.schema.Json;
import io.stagepost.spi.Inbox;
import io.stagepost.testkit.InMemoryTransport;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** When the time is over, what a handler does in the database ends by the database's timeouts. */
class JdbcInboxTimeoutTest {
  private static final String TIMEOUTS =
      "select current_setting('statement_timeout') || ' '"
          + " || current_setting('idle_in_transaction_session_timeout')";

  private final Ledger ledger = new Ledger();

  JdbcInboxTimeoutTest() throws SQLException {
    ledger.execute("create table account (n int not null)");
    ledger.execute("insert into account values (0)");
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(sql)) {
      answer.next();
      return String.valueOf(answer.getString(1));
    }
  }

  /** The account's row, locked until the connection is closed. */
  private Connection locked() throws SQLException {
    Connection other = ledger.dataSource.getConnection();
    other.setAutoCommit(false);
    execute(other, "update account set n = n + 1");
    return other;
  }

  private Inbox.Work<Connection> debit(String id) {
    return connection -> {
      ledger.effect(connection, id);
      execute(connection, "update account set n = n - 1");
      return Outcome.done();
    };
  }

  private static void assertTimedOut(Throwable failure) {
    assertThat(failure)
        .isInstanceOfSatisfying(
            MessagingException.class, e -> assertThat(e.code()).isEqualTo("SP-INBOX-010"))
        .hasRootCauseInstanceOf(SQLException.class)
        .rootCause()
        .extracting(cause -> ((SQLException) cause).getSQLState())
        .isEqualTo("57014");
  }

  private void assertNothingTookEffect() throws SQLException {
    assertThat(ledger.effects()).isEmpty();
    assertThat(ledger.entered()).isEmpty();
    assertThat(ledger.keys()).isEmpty();
  }

  @Test
  void d18_a_handler_that_waits_for_a_lock_ends_with_its_time_and_succeeds_later()
      throws Exception {
    long begun = System.nanoTime();
    try (Connection other = locked()) {
      assertThatThrownBy(
              () -> ledger.inbox.once(event("1", "order-7"), Duration.ofSeconds(1), debit("1")))
          .satisfies(JdbcInboxTimeoutTest::assertTimedOut)
          .hasMessageContaining("PT1S");
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(850));
      assertNothingTookEffect();
      other.rollback();
    }

    assertThat(ledger.inbox.once(event("1", "order-7"), Ledger.TIME, debit("1")))
        .isEqualTo(Outcome.done());
    assertThat(ledger.effects()).containsExactly("1");
    assertThat(ledger.query("select n from account")).containsExactly("-1");
  }

  @Test
  void d18_a_second_one_that_waits_for_the_first_ends_with_its_time() throws Exception {
    try (Connection first = ledger.dataSource.getConnection()) {
      first.setAutoCommit(false);
      execute(
          first,
          "insert into stagepost_inbox values ('billing', 'urn:shop', '1', '"
              + Ledger.NOW
              + "', now())");

      assertThatThrownBy(
              () -> ledger.inbox.once(event("1", null), Duration.ofMillis(500), debit("1")))
          .satisfies(JdbcInboxTimeoutTest::assertTimedOut);
      assertThat(ledger.runs).hasValue(0);
      first.rollback();
    }
  }

  @Test
  void d18_a_statement_that_begins_late_ends_soon_after_the_time() throws Exception {
    AtomicInteger early = new AtomicInteger(-1);
    AtomicInteger late = new AtomicInteger(-1);

    assertThatThrownBy(
            () ->
                ledger.inbox.once(
                    event("1", null),
                    Duration.ofSeconds(5),
                    connection -> {
                      ledger.effect(connection, "1");
                      try (Statement statement = connection.createStatement()) {
                        early.set(statement.getQueryTimeout());
                        statement.execute("select pg_sleep(1.1)");
                      }
                      try (Statement statement = connection.createStatement()) {
                        late.set(statement.getQueryTimeout());
                        statement.execute("select pg_sleep(60)");
                      }
                      return Outcome.done();
                    }))
        .satisfies(JdbcInboxTimeoutTest::assertTimedOut);

    assertThat(early).hasValue(0);
    assertThat(late.get()).isBetween(1, 4);
    assertNothingTookEffect();
  }

  @Test
  void d18_a_failure_of_its_own_before_the_time_is_the_handlers() {
    assertThatThrownBy(
            () ->
                ledger.inbox.once(
                    event("1", null),
                    Ledger.TIME,
                    connection -> {
                      try (Statement statement = connection.createStatement()) {
                        statement.setQueryTimeout(1);
                        statement.execute("select pg_sleep(60)");
                      }
                      return Outcome.done();
                    }))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
  }

  @Test
  void d18_a_pool_gets_its_connection_back_as_it_was() throws Exception {
    HikariConfig config = new HikariConfig();
    config.setDataSource(ledger.dataSource);
    config.setMaximumPoolSize(1);
    try (HikariDataSource pool = new HikariDataSource(config);
        Connection other = locked()) {
      JdbcInbox inbox = JdbcInbox.in(pool);
      String before = state(pool);

      assertThatThrownBy(() -> inbox.once(event("1", null), Duration.ofMillis(500), debit("1")))
          .satisfies(JdbcInboxTimeoutTest::assertTimedOut);
      assertThat(state(pool)).isEqualTo(before);
      other.rollback();

      assertThat(inbox.once(event("1", null), Ledger.TIME, debit("1"))).isEqualTo(Outcome.done());
      assertThat(inbox.refuse(event("2", "order-7"))).isTrue();
      assertThat(state(pool)).isEqualTo(before);
    }
  }

  private static String state(HikariDataSource pool) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return connection.getAutoCommit()
          + " "
          + connection.getNetworkTimeout()
          + " "
          + query(connection, TIMEOUTS)
          + " "
          + query(connection, "select pg_backend_pid()");
    }
  }

  @Test
  void d18_shorter_timeouts_that_are_set_already_stay_and_longer_ones_do_not() throws Exception {
    assertThat(seen("0", "0", 0))
        .matches("29[89]\\d\\dms (60s|1min|59\\d\\d\\dms) (60000|59\\d\\d\\d)");
    assertThat(seen("7s", "11s", 13)).isEqualTo("7s 11s 13000");
    assertThat(seen("1min", "1h", 3600))
        .matches("29[89]\\d\\dms (60s|1min|59\\d\\d\\dms) (60000|59\\d\\d\\d)");
  }

  /** What a handler with 30 seconds sees where these are set. */
  private String seen(String statementTimeout, String idleTimeout, int socketSeconds)
      throws Exception {
    PGSimpleDataSource set = (PGSimpleDataSource) ledger.database.dataSource();
    set.setSocketTimeout(socketSeconds);
    set.setOptions(
        "-c statement_timeout="
            + statementTimeout
            + " -c idle_in_transaction_session_timeout="
            + idleTimeout);
    List<String> seen = new ArrayList<>();
    JdbcInbox.in(set)
        .once(
            event("seen " + statementTimeout, null),
            Ledger.TIME,
            connection -> {
              seen.add(query(connection, TIMEOUTS) + " " + connection.getNetworkTimeout());
              return Outcome.done();
            });
    return seen.get(0);
  }

  /** A synchronous standby that is waited for in vain would be passed over. */
  @Test
  void d18_a_commit_is_not_under_the_deadline() throws Exception {
    ledger.execute("create table seen (timeout text)");
    ledger.execute(
        """
        create function see() returns trigger language plpgsql as $$
        begin
          insert into seen values (current_setting('statement_timeout'));
          return null;
        end $$""");
    for (String table : List.of("stagepost_inbox", "stagepost_inbox_key")) {
      ledger.execute(
          "create constraint trigger see after insert on "
              + table
              + " deferrable initially deferred for each row execute function see()");
    }

    assertThat(ledger.handle(event("1", "order-7"))).isEqualTo(Outcome.done());
    assertThat(ledger.handle(event("2", "order-7"))).isInstanceOf(Outcome.Skip.class);
    assertThat(ledger.inbox.refuse(event("3", "order-8"))).isTrue();

    assertThat(ledger.query("select timeout from seen")).hasSize(4).containsOnly("0");
  }

  @Test
  void entering_and_committing_are_a_round_trip_each_whatever_the_time() throws Exception {
    PGSimpleDataSource counted = (PGSimpleDataSource) ledger.database.dataSource();
    counted.setSocketFactory(CountedSockets.class.getName());
    HikariConfig config = new HikariConfig();
    config.setDataSource(counted);
    config.setMaximumPoolSize(1);
    try (HikariDataSource pool = new HikariDataSource(config)) {
      JdbcInbox inbox = JdbcInbox.in(pool);
      List<String> prepared = new ArrayList<>();
      List<Integer> trips = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        boolean look = i == 10 || i == 19;
        CountedSockets.WRITES.set(0);
        inbox.once(
            event("" + i, "order-" + i),
            Duration.ofMillis(20_000 + 137L * i),
            connection -> {
              if (look) {
                prepared.add(query(connection, "select count(*) from pg_prepared_statements"));
              }
              return Outcome.done();
            });
        if (!look) {
          trips.add(CountedSockets.WRITES.get());
        }
      }
      assertThat(trips).containsOnly(2);
      assertThat(prepared.get(1)).isEqualTo(prepared.get(0)).isNotEqualTo("0");
    }
  }

  /** Counts what the driver sends: one write a round trip. */
  public static final class CountedSockets extends SocketFactory {
    static final AtomicInteger WRITES = new AtomicInteger();

    /** For the driver. */
    public CountedSockets() {}

    @Override
    public Socket createSocket() {
      return new Socket() {
        @Override
        public OutputStream getOutputStream() throws IOException {
          return new FilterOutputStream(super.getOutputStream()) {
            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
              WRITES.incrementAndGet();
              out.write(bytes, from, length);
            }
          };
        }
      };
    }

    @Override
    public Socket createSocket(String host, int port) {
      throw new AssertionError("the driver connects by itself");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) {
      throw new AssertionError("the driver connects by itself");
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      throw new AssertionError("the driver connects by itself");
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
      throw new AssertionError("the driver connects by itself");
    }
  }

  private record Order(String id) {}

  @Test
  void d18_a_subscription_tries_again_what_the_database_ended() throws Exception {
    EventType<Order> placed =
        EventType.of("com.example.order.placed.v1", Order.class)
            .source("urn:shop")
            .channel("orders")
            .key(Order::id)
            .codec(Json.codec());
    List<String> ends = new CopyOnWriteArrayList<>();
    try (Connection other = locked();
        Messaging messaging = new InMemoryTransport().messaging().build()) {
      messaging
          .subscribe("billing")
          .policy(Policy.defaults().timeout(Duration.ofSeconds(1)))
          .inbox(ledger.inbox)
          .onceIn(
              placed,
              (event, connection, context) -> {
                try {
                  if (context.attempt() > 1) {
                    other.rollback();
                  }
                  Outcome done = debit(event.data().id()).in(connection);
                  ends.add("done");
                  return done;
                } catch (SQLException failure) {
                  ends.add(failure.getSQLState());
                  throw failure;
                }
              })
          .start();
      messaging.publish(placed.event(new Order("1"))).join();

      await().atMost(Duration.ofSeconds(30)).until(() -> ledger.effects().equals(List.of("1")));
    }
    assertThat(ends).containsExactly("57014", "done");
    assertThat(ledger.query("select n from account")).containsExactly("-1");
  }
}
