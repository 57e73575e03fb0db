package io.stagepost.outbox.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.stagepost.MessagingException;
import io.stagepost.outbox.store.Depth;
import io.stagepost.outbox.store.Fetched;
import io.stagepost.outbox.store.NewRow;
import io.stagepost.outbox.store.OutboxStore;
import io.stagepost.outbox.store.ParkedRow;
import io.stagepost.outbox.store.Refusal;
import io.stagepost.outbox.store.RelaySession;
import io.stagepost.outbox.store.Row;
import io.stagepost.outbox.store.RowId;
import io.stagepost.outbox.store.SessionSettings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link OutboxStore} must do, on a real database: nothing that was committed is passed
 * over, nothing else is shown, and rows of a key come in the order of their commits. Whoever writes
 * a store extends this class.
 *
 * <p>Each test makes tables of its own in the database that {@link #dataSource()} leads to. Time is
 * a clock that the tests move; none of them sleeps.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
public abstract class OutboxStoreContract {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final AtomicInteger TABLES = new AtomicInteger();

  private final List<StoreBench> benches = new ArrayList<>();

  /**
   * A database whose users may create tables.
   *
   * @return the same database each time; each connection must be another one
   */
  protected abstract DataSource dataSource();

  /**
   * The store under test.
   *
   * @param table the outbox's table
   * @param shards how many there are
   * @return a new store
   */
  protected abstract OutboxStore store(String table, int shards);

  /**
   * A schema of the database, for a table's name.
   *
   * @return such as {@code public}
   */
  protected abstract String schema();

  /**
   * Writes a row with an id of its own past the library, as somebody might who repairs by hand.
   *
   * @param connection in auto-commit mode
   * @param table the outbox's
   * @param id the row's, in shard 0
   * @param text its body
   * @throws SQLException if the database failed
   */
  protected void smuggle(Connection connection, String table, long id, String text)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO "
                + table
                + " (shard, id, address, headers, body) VALUES (0, ?, ?, ?, ?)")) {
      statement.setLong(1, id);
      statement.setString(2, "notes");
      statement.setBytes(3, new byte[] {1, 0, 0, 0, 0});
      statement.setBytes(4, text.getBytes(UTF_8));
      statement.executeUpdate();
    }
  }

  /**
   * Cuts a connection, as a crash of its client would: the server ends its transaction.
   *
   * @param connection to be cut
   * @throws SQLException if that failed
   */
  protected void cut(Connection connection) throws SQLException {
    connection.abort(Runnable::run);
  }

  private String table = "";

  private StoreBench bench(int shards) throws SQLException {
    table = "c" + TABLES.incrementAndGet() + "_outbox";
    return bench(table, shards);
  }

  private StoreBench bench(String name, int shards) throws SQLException {
    StoreBench bench = new StoreBench(dataSource(), store(name, shards), shards);
    benches.add(bench);
    return bench;
  }

  @AfterEach
  void close() throws SQLException {
    for (StoreBench bench : benches) {
      bench.close();
    }
  }

  // ---- nothing lost, nothing else shown --------------------------------------------------------

  @Test
  void a_row_comes_out_as_it_went_in_and_once() throws Exception {
    StoreBench bench = bench(1);
    NewRow full =
        new NewRow(0, "orders", new byte[] {0, (byte) 0xff}, new byte[] {1, 2, 3}, new byte[] {4});
    NewRow bare = new NewRow(0, "orders", null, new byte[] {1}, null);
    NewRow empty = new NewRow(0, "orders", new byte[0], new byte[] {1}, new byte[0]);
    Connection connection = bench.begin();
    bench.store.insert(connection, List.of(full, bare, empty), false);
    connection.commit();
    StoreBench.Relay relay = bench.relay();

    List<Row> rows = relay.rows(Map.of());

    assertThat(
            rows.stream()
                .map(r -> new NewRow(r.shard(), r.address(), r.key(), r.headers(), r.body())))
        .usingRecursiveComparison()
        .isEqualTo(List.of(full, bare, empty));
    assertThat(relay.run()).isEmpty();
  }

  @Test
  void many_rows_of_one_insert_keep_their_order() throws Exception {
    StoreBench bench = bench(1);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 450; i++) {
      texts.add("row " + i);
    }
    bench.commit("a", texts.toArray(String[]::new));

    assertThat(bench.relay().run()).isEqualTo(texts);
  }

  @Test
  void what_is_not_committed_is_never_shown() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    bench.insert(bench.begin(), "a", "open");
    Connection undone = bench.begin();
    bench.insert(undone, "a", "undone");
    bench.commit("b", "committed");

    List<String> sent = new ArrayList<>(relay.run());
    undone.rollback();
    sent.addAll(relay.run(LONG));

    assertThat(sent).containsExactly("committed");
  }

  @Test
  void a_late_commit_with_a_lower_id_is_found_by_the_next_round() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    Connection slow = bench.begin();
    bench.insert(slow, "a", "low");
    bench.commit("b", "high");
    assertThat(relay.run()).containsExactly("high");

    slow.commit();

    assertThat(relay.run()).containsExactly("low");
  }

  @Test
  void a_late_commit_survives_any_number_of_rounds_and_any_time() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    Connection slow = bench.begin();
    bench.insert(slow, "a", "low");
    for (int i = 0; i < 20; i++) {
      bench.commit("b", "high " + i);
      assertThat(relay.run()).containsExactly("high " + i);
      bench.clock.advance(Duration.ofSeconds(1));
    }
    assertThat(relay.run(LONG)).isEmpty();

    slow.commit();

    assertThat(relay.run()).containsExactly("low");
    assertThat(relay.violations).isEmpty();
  }

  @Test
  void a_round_waits_for_no_row_that_others_insert() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    Connection open = bench.begin();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      bench.insert(open, "a", "open " + i);
      bench.commit("b", "high " + i);
      texts.add("high " + i);
    }
    long begun = System.nanoTime();
    assertThat(relay.run()).isEqualTo(texts);
    bench.insert(open, "a", "last");
    bench.commit("b", "more");
    assertThat(relay.run()).containsExactly("more");
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));

    open.commit();
    assertThat(relay.run()).hasSize(61).startsWith("open 0").endsWith("open 59", "last");
  }

  @Test
  void a_new_session_finds_what_an_older_one_waited_for() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay first = bench.relay();
    bench.commit("b", "before");
    assertThat(first.run(LONG)).containsExactly("before");
    Connection slow = bench.begin();
    bench.insert(slow, "a", "low");
    bench.commit("b", "high");
    assertThat(first.run(LONG)).containsExactly("high");
    first.session.close();
    slow.commit();

    assertThat(bench.relay().run()).containsExactly("low");
  }

  @Test
  void a_rollback_is_forgotten() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    Connection undone = bench.begin();
    bench.insert(undone, "a", "undone");
    bench.commit("b", "high");
    relay.run();
    undone.rollback();

    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              bench.commit("b", "more");
              relay.run(Duration.ofSeconds(5));
              return !relay.open;
            });
  }

  @Test
  void what_a_savepoint_took_back_is_not_shown_and_the_rest_is() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    Connection writer = bench.begin();
    bench.insert(writer, "a", "one");
    var savepoint = writer.setSavepoint();
    bench.insert(writer, "a", "undone");
    writer.rollback(savepoint);
    bench.insert(writer, "a", "two");
    bench.commit("b", "between");
    assertThat(relay.run()).containsExactly("between");
    writer.commit();

    assertThat(relay.run(LONG)).containsExactly("one", "two");
  }

  @Test
  void a_row_that_appears_where_none_can_is_found_by_the_scan_and_reported() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    bench.commit("a", "1", "2", "3");
    List<Row> rows = relay.rows(Map.of());
    assertThat(rows).hasSize(3);
    assertThat(relay.run(LONG)).isEmpty();

    smuggle(bench.connection(), table, rows.get(0).id(), "smuggled");

    assertThat(relay.run(Duration.ofSeconds(65))).containsExactly("smuggled");
    assertThat(relay.violations).containsExactly(rows.get(0).rowId());
  }

  // ---- cuts ------------------------------------------------------------------------------------

  @Test
  void a_fetch_is_cut_by_rows() throws Exception {
    StoreBench bench = bench(1);
    bench.commit("a", "1", "2", "3", "4", "5");
    StoreBench.Relay relay = bench.relay(2, 1_000_000);

    assertThat(relay.run()).containsExactly("1", "2");
    assertThat(relay.cut).isTrue();
    assertThat(relay.run()).containsExactly("3", "4");
    assertThat(relay.run()).containsExactly("5");
    assertThat(relay.cut).isFalse();
  }

  @Test
  void a_fetch_is_cut_by_bytes_but_not_below_one_row() throws Exception {
    StoreBench bench = bench(1);
    bench.commit(null, "aaaa", "bbbb", "c".repeat(100), "dddd", "eeee");
    StoreBench.Relay relay = bench.relay(500, 2L * (4 + 5));

    assertThat(relay.run()).containsExactly("aaaa", "bbbb");
    assertThat(relay.cut).isTrue();
    assertThat(relay.run()).containsExactly("c".repeat(100));
    assertThat(relay.run()).containsExactly("dddd", "eeee");
  }

  @Test
  void nothing_beyond_a_cut_is_taken_for_seen() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay(3, 1_000_000);
    Connection slow = bench.begin();
    bench.insert(slow, "a", "1");
    Connection slower = bench.begin();
    bench.insert(slower, "b", "2");
    bench.commit("c", "3");
    assertThat(relay.run(LONG)).containsExactly("3");
    bench.commit("c", "4", "5", "6", "7");
    slow.commit();
    List<String> sent = new ArrayList<>(relay.run());
    slower.commit();
    sent.addAll(relay.run(LONG));

    assertThat(sent).containsExactlyInAnyOrder("1", "2", "4", "5", "6", "7");
    assertThat(relay.violations).isEmpty();
  }

  // ---- sessions --------------------------------------------------------------------------------

  @Test
  void sessions_share_the_shards_and_take_over_when_one_is_cut() throws Exception {
    StoreBench bench = bench(4);
    Connection writer = bench.begin();
    for (int shard = 0; shard < 4; shard++) {
      bench.store.insert(writer, List.of(StoreBench.row(shard, "k" + shard, "s" + shard)), false);
    }
    writer.commit();
    StoreBench.Relay first = bench.relay();
    StoreBench.Relay second = bench.relay();

    List<Integer> taken = first.session.claim(List.of(2, 1, 0, 3), 2);
    assertThat(taken).containsExactly(1, 2);
    List<Fetched> fetched = first.session.fetch(taken, Map.of());
    assertThat(fetched).allMatch(each -> each.rows().size() == 1);
    assertThat(second.run()).containsExactly("s0", "s3");
    cut(first.connection);

    List<String> rest = new ArrayList<>();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> rest.addAll(second.run()) && rest.size() == 2);
    assertThat(rest).containsExactlyInAnyOrder("s1", "s2");
  }

  @Test
  void a_session_cut_between_settle_and_commit_has_settled_nothing() throws Exception {
    StoreBench bench = bench(1);
    bench.commit("a", "1", "2");
    StoreBench.Relay first = bench.relay();
    List<Row> rows = first.session.fetch(first.claim(), Map.of()).get(0).rows();
    first.session.settle(List.of(rows.get(0)), List.of(new Refusal(rows.get(1), "no good", true)));
    cut(first.connection);

    StoreBench.Relay second = bench.relay();
    List<String> sent = new ArrayList<>();
    await().atMost(Duration.ofSeconds(20)).until(() -> sent.addAll(second.run()));
    assertThat(sent).containsExactly("1", "2");
    assertThat(bench.store.parked(bench.connection(), null, 10)).isEmpty();
  }

  @Test
  void a_session_that_takes_what_another_had_finished_shows_none_of_it() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay first = bench.relay();
    StoreBench.Relay second = bench.relay();
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      bench.commit("a", "row " + i);
      bench.clock.advance(Duration.ofSeconds(1));
      sent.addAll((i % 3 == 0 ? first : second).run());
    }
    assertThat(sent).hasSize(20).doesNotHaveDuplicates();
    assertThat(first.violations).isEmpty();
    assertThat(second.violations).isEmpty();
  }

  @Test
  void a_shard_that_was_not_finished_is_shown_again() throws Exception {
    StoreBench bench = bench(1);
    bench.commit("a", "1", "2");
    StoreBench.Relay relay = bench.relay();
    List<Row> rows = relay.session.fetch(relay.claim(), Map.of()).get(0).rows();
    relay.session.settle(rows.subList(0, 1), List.of());
    relay.session.commit(List.of());

    assertThat(relay.run()).containsExactly("2");
  }

  @Test
  void a_session_gives_its_connection_back_as_it_was() throws Exception {
    StoreBench bench = bench(1);
    Connection real = bench.connection();
    real.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
    List<Integer> closed = new ArrayList<>();
    Connection kept =
        (Connection)
            Proxy.newProxyInstance(
                Connection.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("close")) {
                    closed.add(1);
                    return null;
                  }
                  try {
                    return method.invoke(real, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getTargetException();
                  }
                });
    RelaySession session =
        bench.store.open(
            kept, new SessionSettings(10, 1_000_000, Duration.ofSeconds(60), bench.clock));
    session.fetch(session.claim(List.of(0), 1), Map.of());
    session.close();

    assertThat(closed).hasSize(1);
    assertThat(real.getAutoCommit()).isTrue();
    assertThat(real.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
  }

  // ---- left ------------------------------------------------------------------------------------

  @Test
  void what_is_left_is_not_shown_again_until_it_is_revisited_or_all_is_forgotten()
      throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    List<Row> left = new ArrayList<>();
    relay.leaves =
        row -> {
          boolean leaves = StoreBench.text(row).startsWith("left");
          if (leaves) {
            left.add(row);
          }
          return leaves;
        };
    bench.commit("a", "left 1", "other", "left 2");
    assertThat(relay.run()).containsExactly("other");
    assertThat(left).hasSize(2);
    bench.commit("b", "later");
    assertThat(relay.run(LONG)).containsExactly("later");
    assertThat(left).as("not shown again").hasSize(2);

    relay.leaves = row -> false;
    assertThat(relay.run(Map.of(0, Set.of(left.get(1).id())))).containsExactly("left 2");
    assertThat(relay.run(LONG)).isEmpty();
    relay.session.forget(0);
    assertThat(relay.run()).containsExactly("left 1");
    assertThat(relay.violations).isEmpty();
  }

  @Test
  void what_a_session_left_the_next_one_finds() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    relay.leaves = row -> StoreBench.text(row).equals("left");
    bench.commit("a", "left", "other");
    assertThat(relay.run()).containsExactly("other");
    for (int i = 0; i < 5; i++) {
      bench.commit("b", "more " + i);
      relay.run(LONG);
    }
    relay.session.close();

    assertThat(bench.relay().run()).containsExactly("left");
  }

  @Test
  void rows_that_were_left_are_revisited_with_what_is_new_in_their_order() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    List<Row> left = new ArrayList<>();
    relay.leaves = left::add;
    bench.commit("a", "1", "2", "3");
    assertThat(relay.run(LONG)).isEmpty();
    relay.leaves = row -> false;
    bench.commit("a", "4");

    assertThat(relay.run(Map.of(0, Set.of(left.get(0).id(), left.get(2).id()))))
        .containsExactly("1", "3", "4");
    assertThat(relay.run(LONG)).isEmpty();
    assertThat(relay.violations).isEmpty();
  }

  @Test
  void the_mark_goes_on_once_what_was_left_is_settled_or_gone() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    List<Row> left = new ArrayList<>();
    relay.leaves = left::add;
    bench.commit("a", "settled", "gone");
    relay.run();
    relay.leaves = row -> false;
    bench.commit("b", "last");
    Row last = relay.rows(Map.of()).get(0);
    assertThat(relay.run(LONG)).isEmpty();
    assertThat(mark(bench)).isLessThan(left.get(0).id());

    assertThat(relay.run(Map.of(0, Set.of(left.get(0).id())))).containsExactly("settled");
    try (Statement statement = bench.connection().createStatement()) {
      statement.execute("DELETE FROM " + table + " WHERE id = " + left.get(1).id());
    }
    assertThat(relay.run(Map.of(0, Set.of(left.get(1).id())))).isEmpty();
    assertThat(relay.run(LONG)).isEmpty();
    assertThat(mark(bench)).isEqualTo(last.id());
  }

  private long mark(StoreBench bench) throws SQLException {
    try (Statement statement = bench.connection().createStatement();
        ResultSet mark = statement.executeQuery("SELECT low FROM " + table + "_mark")) {
      return mark.next() ? mark.getLong(1) : 0;
    }
  }

  @Test
  void behind_many_rows_that_were_left_others_are_found_and_those_that_commit_late()
      throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    relay.leaves = row -> StoreBench.text(row).startsWith("left");
    Connection slow = bench.begin();
    bench.insert(slow, "a", "low");
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 6_000; i++) {
      many.add("left " + i);
    }
    bench.commit("b", many.toArray(String[]::new));
    Connection other = bench.begin();
    bench.insert(other, "c", "among");
    bench.commit("b", "left");
    bench.commit("d", "behind");

    assertThat(relay.run(LONG)).containsExactly("behind");
    other.commit();
    assertThat(relay.run(LONG)).containsExactly("among");
    slow.commit();
    assertThat(relay.run(LONG)).containsExactly("low");

    relay.leaves = row -> false;
    relay.session.forget(0);
    assertThat(relay.run(LONG)).hasSize(6_001).startsWith("left 0", "left 1").endsWith("left");
    assertThat(relay.violations).isEmpty();
  }

  /** Sizes are not read of what was left. */
  @Test
  void what_commits_late_among_rows_that_were_left_is_cut_by_bytes_too() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay(500, 2L * (4 + 5));
    relay.leaves = row -> StoreBench.text(row).equals("left");
    Connection slow = bench.begin();
    bench.insert(slow, null, "aaaa", "bbbb", "c".repeat(100), "dddd", "eeee");
    bench.commit(null, "left");
    assertThat(relay.run()).isEmpty();
    slow.commit();

    List<List<String>> rounds = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      List<String> sent = relay.run();
      if (!sent.isEmpty()) {
        rounds.add(sent);
      }
    }
    assertThat(rounds)
        .containsExactly(
            List.of("aaaa", "bbbb"), List.of("c".repeat(100)), List.of("dddd", "eeee"));
  }

  // ---- parked ----------------------------------------------------------------------------------

  @Test
  void what_is_refused_waits_with_its_reason() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    relay.refuses = row -> StoreBench.text(row).equals("poison");
    bench.commit("a", "before", "poison");
    assertThat(relay.run()).containsExactly("before");

    List<ParkedRow> parked = bench.store.parked(bench.connection(), "notes", 10);

    assertThat(parked).hasSize(1);
    assertThat(parked.get(0).address()).isEqualTo("notes");
    assertThat(parked.get(0).key()).isEqualTo("a".getBytes(UTF_8));
    assertThat(parked.get(0).bodyBytes()).isEqualTo("poison".length());
    assertThat(parked.get(0).error()).isEqualTo("no good");
    assertThat(parked.get(0).holds()).isTrue();
    assertThat(Duration.between(parked.get(0).parkedAt(), Instant.now()).abs())
        .isLessThan(Duration.ofMinutes(5));
    assertThat(bench.store.parkedRow(bench.connection(), parked.get(0).id()))
        .hasValueSatisfying(row -> assertThat(StoreBench.text(row)).isEqualTo("poison"));
    assertThat(bench.store.parkedRow(bench.connection(), new RowId(0, 999))).isEmpty();
    assertThat(bench.store.parked(bench.connection(), "Notes", 10)).isEmpty();
    assertThat(bench.store.parked(bench.connection(), null, 10)).hasSize(1);
    assertThat(relay.run(LONG)).isEmpty();
  }

  @Test
  void a_refused_row_holds_its_lane_in_every_session_until_it_is_retried() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay first = bench.relay();
    StoreBench.Relay second = bench.relay();
    assertThat(second.run()).isEmpty();
    first.refuses = row -> StoreBench.text(row).equals("a1");
    bench.commit("a", "a1", "a2");
    assertThat(first.run()).isEmpty();
    bench.commit("a", "a3");
    bench.commit("b", "b1");
    List<String> sent = new ArrayList<>(second.run(Duration.ofSeconds(3)));
    assertThat(sent).containsExactly("b1");
    assertThat(first.run(LONG)).isEmpty();

    first.refuses = row -> false;
    RowId held = bench.store.parked(bench.connection(), null, 10).get(0).id();
    assertThat(bench.retry(held)).isEqualTo(1);
    assertThat(bench.retry(held)).as("again").isZero();

    List<String> released = new ArrayList<>(second.run(Duration.ofSeconds(3)));
    assertThat(released).containsExactly("a1", "a2", "a3");
    assertThat(first.run(Duration.ofSeconds(3))).isEmpty();
    assertThat(bench.store.parked(bench.connection(), null, 10)).isEmpty();
    assertThat(first.violations).isEmpty();
    assertThat(second.violations).isEmpty();
  }

  @Test
  void what_was_held_goes_on_once_the_row_is_discarded() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay first = bench.relay();
    StoreBench.Relay second = bench.relay();
    first.refuses = row -> StoreBench.text(row).equals("a1");
    bench.commit("a", "a1", "a2");
    first.run();
    second.run(LONG);
    RowId held = bench.store.parked(bench.connection(), null, 10).get(0).id();

    assertThat(bench.discard(held)).isEqualTo(1);

    assertThat(second.run(Duration.ofSeconds(3))).containsExactly("a2");
    assertThat(bench.store.parked(bench.connection(), null, 10)).isEmpty();
  }

  @Test
  void a_retry_that_is_rolled_back_changes_nothing() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    relay.refuses = row -> true;
    bench.commit("a", "a1");
    relay.run(LONG);
    RowId id = bench.store.parked(bench.connection(), null, 10).get(0).id();
    Connection connection = bench.begin();
    bench.store.retry(connection, List.of(id));
    connection.rollback();

    assertThat(relay.run(LONG)).isEmpty();
    assertThat(bench.store.parked(bench.connection(), null, 10)).hasSize(1);
  }

  // ---- order -----------------------------------------------------------------------------------

  @Test
  void without_strict_order_rows_of_a_key_may_pass_one_that_commits_later() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    Connection slow = bench.begin();
    bench.store.insert(slow, List.of(StoreBench.row(0, "a", "first")), false);
    bench.commit("a", "second");
    List<String> sent = new ArrayList<>(relay.run());
    slow.commit();
    sent.addAll(relay.run());

    assertThat(sent).containsExactly("second", "first");
  }

  @Test
  void in_strict_order_a_writer_waits_for_the_one_before_it() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    Connection slow = bench.begin();
    bench.store.insert(slow, List.of(StoreBench.row(0, "a", "first")), true);
    CompletableFuture<Void> second =
        CompletableFuture.runAsync(() -> strictly(bench, "a", "second"));
    strictly(bench, "b", "other"); // another key does not wait
    List<String> sent = new ArrayList<>(relay.run());
    assertThat(second).isNotDone();
    slow.commit();
    second.get(20, TimeUnit.SECONDS);
    sent.addAll(relay.run());

    assertThat(sent).containsExactly("other", "first", "second");
  }

  private static void strictly(StoreBench bench, String key, String text) {
    try (Connection connection = bench.begin()) {
      bench.store.insert(connection, List.of(StoreBench.row(0, key, text)), true);
      connection.commit();
    } catch (SQLException failure) {
      throw new AssertionError(failure);
    }
  }

  @Test
  void in_strict_order_rows_of_a_key_come_in_the_order_of_their_commits() throws Exception {
    StoreBench bench = bench(1);
    StoreBench.Relay relay = bench.relay();
    List<String> committed = Collections.synchronizedList(new ArrayList<>());
    List<CompletableFuture<Void>> writers = new ArrayList<>();
    List<String> keys = List.of("a", "b", "c");
    for (int writer = 0; writer < 4; writer++) {
      int number = writer;
      Connection connection = bench.begin();
      writers.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (int i = 0; i < 25; i++) {
                    String text = number + "." + i;
                    List<NewRow> rows = new ArrayList<>();
                    for (String key : keys) {
                      rows.add(StoreBench.row(0, key, key + text));
                    }
                    Collections.shuffle(rows, new Random(number * 31L + i));
                    bench.store.insert(connection, rows, true);
                    committed.add(text); // while the keys are locked, so in the order of commits
                    connection.commit();
                  }
                } catch (SQLException failure) {
                  throw new AssertionError(failure);
                }
              }));
    }
    List<String> sent = new ArrayList<>();
    CompletableFuture<Void> all =
        CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new));
    while (!all.isDone()) {
      sent.addAll(relay.run());
    }
    all.get();
    sent.addAll(relay.run(LONG));

    for (String key : keys) {
      assertThat(sent.stream().filter(s -> s.startsWith(key)).map(s -> s.substring(1)))
          .as("key " + key)
          .containsExactlyElementsOf(committed);
    }
  }

  @Test
  void in_random_schedules_every_committed_row_is_shown_once_and_in_order() throws Exception {
    for (long seed = 1; seed <= 6; seed++) {
      new Schedule(bench(2), seed).run(250);
    }
  }

  /** Writers who lock their key until they commit, relays that come and go, memory that is lost. */
  private static final class Schedule {
    private final StoreBench bench;
    private final Random random;
    private final long seed;
    private final Map<String, Connection> open = new TreeMap<>();
    private final Map<String, List<String>> written = new HashMap<>();
    private final Map<String, List<String>> committed = new TreeMap<>();
    private final Map<String, List<String>> sent = new TreeMap<>();
    private final List<StoreBench.Relay> relays = new ArrayList<>();
    private int number;

    Schedule(StoreBench bench, long seed) throws SQLException {
      this.bench = bench;
      this.seed = seed;
      this.random = new Random(seed);
      relays.add(bench.relay(7, 1_000_000));
      relays.add(bench.relay(50, 300));
    }

    void run(int steps) throws SQLException {
      for (int i = 0; i < steps; i++) {
        step();
      }
      for (String key : List.copyOf(open.keySet())) {
        end(key, true);
      }
      for (int i = 0; i < 40; i++) {
        bench.clock.advance(Duration.ofSeconds(1));
        round(relays.get(i % 2));
      }
      assertThat(sent).as("seed " + seed).isEqualTo(committed);
      assertThat(relays).as("seed " + seed).allMatch(relay -> relay.violations.isEmpty());
    }

    private void step() throws SQLException {
      String key = "k" + random.nextInt(5);
      int choice = random.nextInt(100);
      if (choice < 40) {
        write(key);
      } else if (choice < 60) {
        end(key, random.nextInt(4) > 0);
      } else if (choice < 90) {
        bench.clock.advance(Duration.ofMillis(random.nextInt(1_500)));
        round(relays.get(random.nextInt(2)));
      } else if (choice < 96) {
        relays.get(random.nextInt(2)).session.forget(random.nextInt(2));
      } else {
        int which = random.nextInt(2);
        relays.get(which).session.close();
        relays.set(which, bench.relay(7, 1_000_000));
      }
    }

    private void write(String key) throws SQLException {
      Connection writer = open.get(key);
      if (writer == null) {
        writer = bench.begin();
        open.put(key, writer);
      }
      int shard = key.charAt(1) % 2;
      List<NewRow> rows = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(3); i++) {
        String text = key + "." + number++;
        rows.add(StoreBench.row(shard, key, text));
        written.computeIfAbsent(key, none -> new ArrayList<>()).add(text);
      }
      bench.store.insert(writer, rows, false);
    }

    private void end(String key, boolean commits) throws SQLException {
      Connection writer = open.remove(key);
      if (writer == null) {
        return;
      }
      List<String> texts = written.remove(key);
      if (commits) {
        writer.commit();
        committed.computeIfAbsent(key, none -> new ArrayList<>()).addAll(texts);
      } else {
        writer.rollback();
      }
      writer.close();
    }

    private void round(StoreBench.Relay relay) throws SQLException {
      for (String text : relay.run()) {
        sent.computeIfAbsent(text.substring(0, 2), none -> new ArrayList<>()).add(text);
      }
    }
  }

  // ---- tables, tools ---------------------------------------------------------------------------

  @Test
  void a_table_may_have_a_schema() throws Exception {
    StoreBench bench = bench(schema() + ".named_" + TABLES.incrementAndGet(), 2);
    StoreBench.Relay relay = bench.relay();
    relay.refuses = row -> StoreBench.text(row).equals("1");
    bench.commit("a", "1");
    bench.commit("b", "2");

    assertThat(relay.run()).containsExactly("2");
    assertThat(bench.store.problems(bench.connection())).isEmpty();
    RowId id = bench.store.parked(bench.connection(), null, 1).get(0).id();
    bench.retry(id);
    relay.refuses = row -> false;
    assertThat(relay.run(Duration.ofSeconds(3))).containsExactly("1");
    Connection connection = bench.begin();
    bench.store.insert(connection, List.of(StoreBench.row(1, "a", "strict")), true);
    connection.commit();
    assertThat(relay.run()).containsExactly("strict");
  }

  @Test
  void two_outboxes_in_one_database_know_nothing_of_each_other() throws Exception {
    StoreBench one = bench(1);
    StoreBench other = bench(1);
    one.commit("a", "one");
    StoreBench.Relay relay = one.relay();
    relay.session.fetch(relay.claim(), Map.of());

    assertThat(other.relay().run()).isEmpty();
    other.commit("a", "other");
    assertThat(other.relay().run()).containsExactly("other");
  }

  @Test
  void the_schema_is_created_once() throws Exception {
    StoreBench bench = bench(3);
    bench.commit("a", "1");
    bench.store.createSchema(bench.connection());

    assertThat(bench.store.problems(bench.connection())).isEmpty();
    assertThat(bench.relay().run()).containsExactly("1");
  }

  @Test
  void the_number_of_shards_changes_while_nothing_waits() throws Exception {
    StoreBench bench = bench(2);
    bench.commit("a", "waiting");
    Connection early = bench.begin();
    MessagingException refusal =
        catchThrowableOfType(MessagingException.class, () -> bench.store.changeShards(early, 4));
    assertThat(refusal.code()).isEqualTo("SP-OUTBOX-028");
    early.rollback();
    bench.relay().run();

    Connection connection = bench.begin();
    bench.store.changeShards(connection, 4);
    connection.commit();
    assertThat(store(table, 4).problems(bench.connection())).isEmpty();
    assertThat(store(table, 2).problems(bench.connection())).isNotEmpty();

    store(table, 4).changeShards(connection, 1);
    connection.commit();
    assertThat(store(table, 1).problems(bench.connection())).isEmpty();
  }

  /** A relay that nobody stopped, when all should have been: what it remembers stays true. */
  @Test
  void shards_that_are_taken_away_and_come_back_go_on_where_they_were() throws Exception {
    StoreBench bench = bench(2);
    StoreBench.Relay old = bench.relay();
    Connection writer = bench.begin();
    List<Row> before = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      bench.store.insert(writer, List.of(StoreBench.row(1, "k", "before " + i)), false);
      writer.commit();
      bench.clock.advance(Duration.ofSeconds(10));
      before.addAll(old.rows(Map.of()));
    }
    assertThat(before).hasSize(3);
    bench.store.changeShards(writer, 1);
    writer.commit();
    assertThat(store(table, 1).problems(bench.connection())).isEmpty();
    assertThat(old.run(LONG)).isEmpty();
    store(table, 1).changeShards(writer, 2);
    writer.commit();
    assertThat(bench.store.problems(bench.connection())).isEmpty();

    bench.store.insert(writer, List.of(StoreBench.row(1, "k", "after")), false);
    writer.commit();
    List<Row> after = old.rows(Map.of());
    assertThat(after)
        .singleElement()
        .satisfies(row -> assertThat(row.id()).isGreaterThan(before.get(2).id()));
    bench.store.insert(writer, List.of(StoreBench.row(1, "k", "new relay")), false);
    writer.commit();
    old.session.close();
    assertThat(bench.relay().run()).containsExactly("new relay");
    assertThat(old.violations).isEmpty();
  }

  @Test
  void what_is_wrong_with_the_tables_is_said() throws Exception {
    StoreBench bench = bench(2);
    assertThat(store(table, 3).problems(bench.connection())).isNotEmpty();
    assertThat(store(table, 1).problems(bench.connection())).isNotEmpty();
    try (Statement statement = bench.connection().createStatement()) {
      statement.execute("ALTER TABLE " + table + "_parked DROP COLUMN error");
      statement.execute("DROP TABLE " + table + "_mark");
    }
    List<String> problems = bench.store.problems(bench.connection());

    assertThat(problems).allMatch(problem -> problem.matches("(?s)SP-OUTBOX-[0-9]{3} .+"));
    assertThat(problems).anyMatch(problem -> problem.contains(table + "_mark does not exist"));
    assertThat(problems).anyMatch(problem -> problem.contains(table + "_parked lacks error"));
  }

  @Test
  void a_missing_table_is_an_error_with_its_remedy() throws Exception {
    OutboxStore store = store("nowhere", 1);
    Connection connection = bench(1).begin();

    SQLException failure =
        catchThrowableOfType(
            SQLException.class,
            () -> store.insert(connection, List.of(StoreBench.row(0, "a", "1")), false));

    assertThat(store.failure("Publishing failed", failure))
        .hasMessageContaining("SP-OUTBOX-005")
        .hasMessageContaining("nowhere")
        .hasMessageContaining("Publishing failed")
        .hasCause(failure);
  }

  @Test
  void the_depth_is_counted_up_to_its_bound() throws Exception {
    StoreBench bench = bench(2);
    assertThat(bench.store.depth(bench.connection(), 100))
        .isEqualTo(new Depth(0, Duration.ZERO, 0));
    bench.commit("a", "1", "2", "3", "4");
    StoreBench.Relay relay = bench.relay(1, 1_000_000);
    relay.refuses = row -> true;
    relay.run();

    var depth = bench.store.depth(bench.connection(), 2);

    assertThat(depth.rows()).isEqualTo(2);
    assertThat(bench.store.depth(bench.connection(), 100).rows()).isEqualTo(3);
    assertThat(depth.parked()).isEqualTo(1);
    assertThat(depth.oldest()).isPositive().isLessThan(Duration.ofMinutes(5));
    assertThat(bench.store.describe(bench.connection())).isNotEmpty();
  }
}
