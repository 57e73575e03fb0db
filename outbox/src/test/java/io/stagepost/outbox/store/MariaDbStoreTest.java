package io.stagepost.outbox.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.stagepost.MessagingException;
import io.stagepost.testkit.ManualClock;
import io.stagepost.testkit.fixture.MariaDbDatabase;
import io.stagepost.testkit.fixture.MariaDbFixture;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is MariaDB's own, and what the algorithm would lose without its precautions. */
class MariaDbStoreTest {
  private final MariaDbDatabase database = MariaDbFixture.shared().createDatabase("outbox");
  private final JdbcStore store = new MariaDbStore("stagepost_outbox", 2);
  private final ManualClock clock = new ManualClock();
  private final List<Connection> connections = new ArrayList<>();

  @BeforeEach
  void create() throws SQLException {
    store.createSchema(begin());
  }

  @AfterEach
  void close() throws SQLException {
    for (Connection connection : connections) {
      connection.close();
    }
  }

  private Connection begin() throws SQLException {
    Connection connection = database.dataSource().getConnection();
    connection.setAutoCommit(false);
    connections.add(connection);
    return connection;
  }

  private static NewRow row(int shard, String text) {
    return new NewRow(shard, text, "key".getBytes(UTF_8), new byte[] {1}, text.getBytes(UTF_8));
  }

  private void commit(NewRow... rows) throws SQLException {
    Connection connection = begin();
    store.insert(connection, List.of(rows), false);
    connection.commit();
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private List<String> problems() throws SQLException {
    try (Connection connection = database.dataSource().getConnection()) {
      return store.problems(connection);
    }
  }

  private String query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(sql)) {
      answer.next();
      return String.valueOf(answer.getString(1));
    }
  }

  private RelaySession open(JdbcStore opened) throws SQLException {
    return opened.open(
        database.dataSource().getConnection(),
        new SessionSettings(500, 1_000_000, Duration.ofSeconds(60), clock));
  }

  private static List<String> round(RelaySession session) throws SQLException {
    List<Integer> claimed = session.claim(List.of(0, 1), 2);
    List<String> texts = new ArrayList<>();
    for (Fetched fetched : session.fetch(claimed, Map.of())) {
      session.settle(fetched.rows(), List.of());
      fetched
          .rows()
          .forEach(row -> texts.add(new String(Objects.requireNonNull(row.body()), UTF_8)));
    }
    session.commit(claimed);
    return texts;
  }

  private List<String> rounds(RelaySession session, int seconds) throws SQLException {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < seconds; i++) {
      clock.advance(Duration.ofSeconds(1));
      texts.addAll(round(session));
    }
    return texts;
  }

  private boolean isLateRowLost(JdbcStore opened) throws SQLException {
    try (RelaySession session = open(opened)) {
      Connection slow = begin();
      store.insert(slow, List.of(row(0, "low")), false);
      commit(row(0, "high"));
      rounds(session, 20);
      slow.commit();
      return rounds(session, 3).isEmpty();
    }
  }

  @Test
  void a_late_row_is_found() throws Exception {
    assertThat(isLateRowLost(store)).isFalse();
  }

  @Test
  void mutation_without_the_dirty_read_it_would_be_lost() throws Exception {
    JdbcStore blind =
        new MariaDbStore("stagepost_outbox", 2) {
          @Override
          protected String sql(Sql name) {
            return name == Sql.PENDING
                ? super.sql(name).replace("id > ?", "id > ? AND FALSE")
                : super.sql(name);
          }
        };
    assertThat(isLateRowLost(blind)).isTrue();
  }

  /** A statement that has drawn an id and not written its row: not even a dirty read shows it. */
  private boolean isRowOfRunningInsertLost(Duration settling) throws Exception {
    JdbcStore opened =
        new MariaDbStore("stagepost_outbox", 2) {
          @Override
          protected Duration settling() {
            return settling;
          }
        };
    execute(
        "create trigger stopping before insert on stagepost_outbox for each row"
            + " if new.address = 'slow' then do get_lock('gate', 20); do release_lock('gate');"
            + " end if");
    Connection gate = begin();
    query(gate, "select get_lock('gate', 0)");
    Connection slow = begin();
    CompletableFuture<Void> inserting =
        CompletableFuture.runAsync(
            () -> {
              try (Statement statement = slow.createStatement()) {
                // the ids of both are drawn before the first is written
                statement.execute(
                    "insert into stagepost_outbox (shard, address, headers, body)"
                        + " values (1, 'quick', 'h', 'quick'), (0, 'slow', 'h', 'slow')");
              } catch (SQLException failure) {
                throw new AssertionError(failure);
              }
            });
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                query(
                        gate,
                        "select count(*) from information_schema.processlist"
                            + " where state = 'User lock' and db = database()")
                    .equals("1"));
    commit(row(0, "high"));
    try (RelaySession session = open(opened)) {
      assertThat(rounds(session, 4)).containsExactly("high");
      query(gate, "select release_lock('gate')");
      inserting.get(20, TimeUnit.SECONDS);
      slow.commit();
      List<String> late = rounds(session, 3);
      return !late.contains("slow");
    }
  }

  @Test
  void a_row_whose_insert_was_running_is_found() throws Exception {
    assertThat(isRowOfRunningInsertLost(Duration.ofSeconds(5))).isFalse();
  }

  @Test
  void mutation_without_time_for_a_running_insert_its_row_would_be_lost() throws Exception {
    assertThat(isRowOfRunningInsertLost(Duration.ZERO)).isTrue();
  }

  /**
   * A snapshot of MariaDB's may show a transaction, and not the one that it waited for, if both
   * commit while it is taken.
   */
  @Test
  void a_row_passes_none_that_its_snapshot_should_have_shown() throws Exception {
    commit(row(0, "first"));
    commit(row(0, "second"), row(0, "third"));
    AtomicBoolean torn = new AtomicBoolean(true);
    JdbcStore tearing =
        new MariaDbStore("stagepost_outbox", 2) {
          @Override
          protected String sql(Sql name) {
            return name == Sql.IDS && torn.get()
                ? super.sql(name).replace("WHERE", "WHERE id <> 2 AND")
                : super.sql(name);
          }
        };
    try (RelaySession session = open(tearing)) {
      assertThat(round(session)).containsExactly("first");
      assertThat(round(session)).isEmpty();
      torn.set(false);
      assertThat(round(session)).containsExactly("second", "third");
      assertThat(rounds(session, 20)).isEmpty();
    }
    assertThat(store.depth(begin(), 10).rows()).isZero();
  }

  @Test
  void a_row_passes_none_that_was_pending_for_long_and_is_missing_in_its_snapshot()
      throws Exception {
    AtomicBoolean torn = new AtomicBoolean(true);
    JdbcStore tearing =
        new MariaDbStore("stagepost_outbox", 2) {
          @Override
          protected String sql(Sql name) {
            return name == Sql.SIZES && torn.get()
                ? super.sql(name).replace("WHERE", "WHERE id <> 2 AND")
                : super.sql(name);
          }
        };
    try (RelaySession session = open(tearing)) {
      commit(row(0, "first"));
      Connection slow = begin();
      store.insert(slow, List.of(row(0, "second")), false);
      commit(row(0, "another's"));
      assertThat(rounds(session, 20)).containsExactly("first", "another's");
      slow.commit();
      commit(row(0, "third"));
      assertThat(rounds(session, 3)).isEmpty();
      torn.set(false);
      assertThat(round(session)).containsExactly("second", "third");
    }
    assertThat(store.depth(begin(), 10).rows()).isZero();
  }

  @Test
  void an_insert_that_takes_too_long_is_ended_by_the_server() throws Exception {
    execute("create trigger stopping before insert on stagepost_outbox for each row do sleep(10)");
    Connection connection = begin();

    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> store.insert(connection, List.of(row(0, "1"), row(0, "2")), false))
        .satisfies(
            failure ->
                assertThat(store.failure("Publishing failed", failure))
                    .hasMessageContaining("SP-OUTBOX-007"));
  }

  @Test
  void a_relay_that_falls_silent_loses_its_shards() throws Exception {
    commit(row(0, "1"));
    RelaySession silent =
        store.open(
            database.dataSource().getConnection(),
            new SessionSettings(500, 1_000_000, Duration.ofSeconds(1), clock));
    silent.fetch(silent.claim(List.of(0, 1), 2), Map.of());
    try (RelaySession other = open(store)) {
      assertThat(round(other)).isEmpty();
      await().atMost(Duration.ofSeconds(20)).until(() -> round(other).equals(List.of("1")));
    }
    silent.close();
  }

  @Test
  void an_idle_round_neither_blocks_writers_nor_is_blocked_by_them() throws Exception {
    Connection writer = begin();
    store.insert(writer, List.of(row(0, "open")), false);
    try (RelaySession session = open(store)) {
      session.fetch(session.claim(List.of(0, 1), 2), Map.of());
      store.insert(writer, List.of(row(0, "more")), false);
      writer.commit();
      session.commit(List.of(0, 1));
      assertThat(round(session)).containsExactly("open", "more");
    }
  }

  @Test
  void what_is_wrong_with_the_server_is_said() throws Exception {
    commit(row(0, "1"), row(0, "2"));
    try (RelaySession session = open(store)) {
      rounds(session, 20);
    }
    assertThat(problems()).isEmpty();
    execute("alter table stagepost_outbox auto_increment = 1");
    assertThat(problems()).singleElement().asString().startsWith("SP-OUTBOX-045");
    execute("alter table stagepost_outbox auto_increment = 3");
    assertThat(problems()).isEmpty();
    execute("alter table stagepost_outbox_lock engine = Aria");
    assertThat(problems()).singleElement().asString().startsWith("SP-OUTBOX-044");
  }

  @Test
  void a_session_that_cuts_values_off_is_refused() throws Exception {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set session sql_mode = 'ANSI_QUOTES'");
      assertThat(store.problems(connection))
          .singleElement()
          .asString()
          .startsWith("SP-OUTBOX-046")
          .contains("'ANSI_QUOTES'", "STRICT_TRANS_TABLES");
      statement.execute("set session sql_mode = 'STRICT_ALL_TABLES'");
      assertThat(store.problems(connection)).isEmpty();
    }
  }

  private long rowsRead(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("show session status like 'Handler_read%'")) {
      long sum = 0;
      while (rows.next()) {
        sum += rows.getLong(2);
      }
      return sum;
    }
  }

  private static void leave(RelaySession session) throws SQLException {
    List<Integer> claimed = session.claim(List.of(0, 1), 2);
    session.fetch(claimed, Map.of());
    session.commit(claimed);
  }

  /** While a transaction is open that has drawn a lower id, and when all is read again. */
  @Test
  void a_round_costs_no_more_for_a_hundred_thousand_rows_that_were_left() throws Exception {
    Connection open = begin();
    store.insert(open, List.of(row(0, "open")), false);
    Connection writer = begin();
    for (int i = 0; i < 10; i++) {
      store.insert(writer, Collections.nCopies(10_000, row(0, "left")), false);
      writer.commit();
    }
    Connection connection = database.dataSource().getConnection();
    try (RelaySession session =
        store.open(
            connection, new SessionSettings(500, 10_000_000, Duration.ofSeconds(60), clock))) {
      for (int time = 0; time < 2; time++) {
        long before = rowsRead(connection);
        for (int i = 0; i < 300; i++) {
          clock.advance(Duration.ofMillis(250));
          leave(session);
        }
        assertThat(rowsRead(connection) - before).as("all rounds").isLessThan(1_500_000);
        clock.advance(Duration.ofMillis(250));
        before = rowsRead(connection);
        leave(session);
        assertThat(rowsRead(connection) - before).as("an idle round").isLessThan(100);
        session.forget(0);
      }
      open.commit();
      commit(row(0, "last"));
      assertThat(round(session)).as("begins again").hasSize(500).startsWith("open");
    }
  }

  @Test
  void versions_are_told() {
    assertThat(List.of("10.6.1-MariaDB", "11.8.6-MariaDB-0+deb13u1 from Debian", "8.4.6", "9.1.0"))
        .allMatch(MariaDbStore::isNewEnough);
    assertThat(List.of("10.5.29-MariaDB", "5.7.44-log")).noneMatch(MariaDbStore::isNewEnough);
  }

  @Test
  void errors_are_told_by_their_codes() {
    assertThat(meaning("HY000", 1290)).contains("SP-OUTBOX-003");
    assertThat(meaning("42S02", 1146)).contains("SP-OUTBOX-005");
    assertThat(meaning("42000", 1142)).contains("SP-OUTBOX-006");
    assertThat(meaning("40001", 1213)).contains("SP-OUTBOX-007");
    assertThat(meaning("HY000", 1205)).contains("SP-OUTBOX-007");
    assertThat(meaning("08S01", -1)).contains("SP-OUTBOX-008");
    assertThat(meaning("22001", 1406)).contains("SP-OUTBOX-009");
  }

  private String meaning(String state, int code) {
    MessagingException failure = store.failure("It failed", new SQLException("no", state, code));
    return String.valueOf(failure.getMessage());
  }

  @Test
  void the_description_says_that_a_power_failure_may_take_back_what_others_have_seen()
      throws Exception {
    assertThat(store.describe(begin()))
        .contains(
            "a power failure may take back commits that others have seen: log_bin = OFF,"
                + " sync_binlog = 0, innodb_flush_log_at_trx_commit = 1");
  }
}
