package io.stagepost.inbox.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.FailurePolicy;
import io.stagepost.MessagingException;
import io.stagepost.Outcome;
import io.stagepost.spi.Inbox;
import io.stagepost.spi.Inbox.Entry;
import java.io.IOException;
import java.net.URI;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract. Each test has an empty database. */
public abstract class InboxContract {
  protected static final Duration TIME = Duration.ofSeconds(30);
  protected static final Duration WINDOW = Duration.ofDays(14);

  private final ExecutorService threads = Executors.newFixedThreadPool(2);
  private final AtomicInteger runs = new AtomicInteger();
  private final Instant now = Instant.now();

  /** What the inbox takes for now: never ahead of the database's own clock. */
  private volatile Instant clock = now;

  protected Store store;
  protected Inbox<Connection> inbox;

  /** A new one. */
  protected abstract Store open() throws Exception;

  @BeforeEach
  void openStore() throws Exception {
    store = open();
    inbox = store.inbox(store.dataSource(), WINDOW, () -> clock);
    execute("create table effect (text varchar(600) not null)");
    execute("create table account (n int not null)");
    execute("insert into account values (0)");
  }

  @AfterEach
  void endThreads() throws Exception {
    threads.shutdownNow();
    assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
  }

  // ---- once

  @Test
  void d07_an_event_takes_effect_once() throws Exception {
    assertThat(handle(event("1", null))).isEqualTo(Outcome.done());
    assertThat(handle(event("1", null))).isEqualTo(Outcome.skip("duplicate"));

    assertThat(effects()).containsExactly("1");
    assertThat(runs).hasValue(1);
    assertThat(store.recorded()).isEqualTo(1);
  }

  @Test
  void d07_events_differ_by_consumer_source_and_id_to_the_last_space_and_case() throws Exception {
    URI shop = URI.create("urn:shop");
    handle(new Entry("billing", shop, "a", null, now));

    for (Entry other :
        List.of(
            new Entry("shipping", shop, "a", null, now),
            new Entry("billing", URI.create("urn:other"), "a", null, now),
            new Entry("billing", shop, "A", null, now),
            new Entry("billing", shop, "a ", null, now),
            new Entry("billing", shop, "á", null, now))) {
      assertThat(handle(other)).as(other.toString()).isEqualTo(Outcome.done());
    }
  }

  static Stream<Outcome> not_done() {
    return Stream.of(
        Outcome.retryAfter(Duration.ofSeconds(1)), Outcome.deadLetter("no"), Outcome.park("ask"));
  }

  @ParameterizedTest
  @MethodSource("not_done")
  void d07_a_handling_that_ends_in_anything_but_done_or_skip_rolls_back(Outcome outcome)
      throws Exception {
    assertThat(handle(event("1", "order-7"), outcome)).isEqualTo(outcome);

    assertNothingTookEffect();
    assertThat(handle(event("1", "order-7"))).isEqualTo(Outcome.done());
  }

  @Test
  void d07_a_handling_that_throws_rolls_back_and_throws_the_same() throws Exception {
    IOException thrown = new IOException("carrier is away");

    assertThatThrownBy(
            () ->
                inbox.once(
                    event("1", "order-7"),
                    TIME,
                    connection -> {
                      effect(connection, "1");
                      throw thrown;
                    }))
        .isSameAs(thrown);

    assertNothingTookEffect();
  }

  @Test
  void d07_a_skip_commits() throws Exception {
    assertThat(handle(event("1", null), Outcome.skip("cancelled")))
        .isEqualTo(Outcome.skip("cancelled"));

    assertThat(store.recorded()).isEqualTo(1);
  }

  // ---- business keys

  @Test
  void d07_another_event_of_a_business_key_is_a_duplicate() throws Exception {
    handle(event("1", "order-7"));

    assertThat(handle(event("2", "order-7"))).isEqualTo(Outcome.skip("duplicate of urn:shop 1"));
    assertThat(handle(event("2", "order-7"))).isEqualTo(Outcome.skip("duplicate"));
    assertThat(handle(new Entry("shipping", URI.create("urn:shop"), "2", "order-7", now)))
        .as("of another consumer")
        .isEqualTo(Outcome.done());

    assertThat(effects()).containsExactly("1", "2");
  }

  @Test
  void d07_a_refused_event_holds_its_key_against_others_and_not_against_itself() throws Exception {
    assertThat(inbox.refuse(event("1", "order-7"))).isTrue();
    assertThat(store.recorded()).isZero();

    // a copy with another id, before the replay: a duplicate
    assertThat(handle(event("2", "order-7"))).isEqualTo(Outcome.skip("duplicate of urn:shop 1"));
    // redelivered after a crash and refused again: still its own
    assertThat(inbox.refuse(event("1", "order-7"))).isTrue();
    // replayed, and failing again: still refused
    handle(event("1", "order-7"), Outcome.deadLetter("no"));
    assertThat(store.held()).isEqualTo(1);
    // replayed with success
    assertThat(handle(event("1", "order-7"))).isEqualTo(Outcome.done());
    assertThat(handle(event("1", "order-7"))).isEqualTo(Outcome.skip("duplicate"));
    assertThat(handle(event("3", "order-7"))).isEqualTo(Outcome.skip("duplicate of urn:shop 1"));

    assertThat(effects()).containsExactly("1");
  }

  @Test
  void d07_an_event_whose_key_another_one_holds_is_not_refused_but_recorded_as_its_duplicate()
      throws Exception {
    handle(event("1", "order-7"));
    assertThat(inbox.refuse(event("2", "order-8"))).isTrue();

    assertThat(inbox.refuse(event("3", "order-7"))).as("held by a handled one").isFalse();
    assertThat(inbox.refuse(event("4", "order-8"))).as("held by a refused one").isFalse();

    assertThat(store.recorded()).isEqualTo(3);
    assertThat(handle(event("3", "order-7"))).isEqualTo(Outcome.skip("duplicate"));
  }

  @Test
  void d07_an_event_that_was_handled_after_all_is_not_given_up() throws Exception {
    handle(event("1", "order-7"));
    handle(event("2", null));

    assertThat(inbox.refuse(event("1", "order-7"))).isFalse();
    assertThat(inbox.refuse(event("2", null))).isFalse();
    assertThat(inbox.refuse(event("3", null))).as("without a key, new").isTrue();
  }

  // ---- at once

  private Future<Outcome> first(Entry entry, CompletableFuture<Outcome> ends) throws Exception {
    CountDownLatch isIn = new CountDownLatch(1);
    Future<Outcome> first =
        threads.submit(
            () ->
                inbox.once(
                    entry,
                    TIME,
                    connection -> {
                      effect(connection, entry.id());
                      isIn.countDown();
                      return ends.get(20, TimeUnit.SECONDS);
                    }));
    assertThat(isIn.await(20, TimeUnit.SECONDS)).isTrue();
    return first;
  }

  private void awaitOneThatWaits() {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(query(store.countWaiting())).containsExactly("1"));
  }

  @ParameterizedTest
  @CsvSource({"1,", "1,order-7", "2,order-7"})
  void d07_the_second_waits_and_is_a_duplicate_if_the_first_commits(String id, @Nullable String key)
      throws Exception {
    CompletableFuture<Outcome> ends = new CompletableFuture<>();
    Future<Outcome> first = first(event("1", key), ends);
    Future<Outcome> second = threads.submit(() -> handle(event(id, key)));
    awaitOneThatWaits();
    assertThat(second.isDone()).isFalse();

    ends.complete(Outcome.done());

    assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(Outcome.done());
    assertThat(second.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Skip.class);
    assertThat(effects()).containsExactly("1");
  }

  @ParameterizedTest
  @CsvSource({"1,", "1,order-7", "2,order-7"})
  void d07_the_second_waits_and_goes_on_if_the_first_rolls_back(String id, @Nullable String key)
      throws Exception {
    CompletableFuture<Outcome> ends = new CompletableFuture<>();
    Future<Outcome> first = first(event("1", key), ends);
    Future<Outcome> second = threads.submit(() -> handle(event(id, key)));
    awaitOneThatWaits();

    ends.complete(Outcome.deadLetter("no"));

    assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(Outcome.deadLetter("no"));
    assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo(Outcome.done());
    assertThat(effects()).containsExactly(id);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void d07_refusing_waits_for_another_event_of_the_key(boolean commits) throws Exception {
    CompletableFuture<Outcome> ends = new CompletableFuture<>();
    Future<Outcome> first = first(event("1", "order-7"), ends);
    Future<Boolean> refused = threads.submit(() -> inbox.refuse(event("2", "order-7")));
    awaitOneThatWaits();

    ends.complete(commits ? Outcome.done() : Outcome.park("ask"));

    assertThat(refused.get(20, TimeUnit.SECONDS)).isEqualTo(!commits);
    assertThat(first.get(20, TimeUnit.SECONDS)).isNotNull();
  }

  // ---- the handler's connection

  @ParameterizedTest
  @ValueSource(strings = {"commit", "rollback"})
  void d07_a_handler_that_ends_the_transaction_by_sql_fails(String sql) throws Exception {
    assertThatThrownBy(
            () ->
                inbox.once(
                    event("1", null),
                    TIME,
                    connection -> {
                      effect(connection, "before");
                      update(connection, sql);
                      effect(connection, "later");
                      return Outcome.done();
                    }))
        .hasMessageStartingWith("SP-INBOX-008")
        .hasMessageContaining("mend the rest by hand");

    assertThat(handle(event("1", null)))
        .isEqualTo(sql.equals("commit") ? Outcome.skip("duplicate") : Outcome.done());
    assertThat(effects()).containsExactly(sql.equals("commit") ? "before" : "1");
  }

  private interface Failing {
    Outcome end() throws Exception;
  }

  static Stream<Failing> failing() {
    return Stream.of(
        () -> {
          throw new IOException("carrier is away");
        },
        () -> {
          throw new AssertionError("carrier is away");
        },
        () -> Outcome.retryAfter(Duration.ofSeconds(1)),
        () -> Outcome.deadLetter("no"));
  }

  @ParameterizedTest
  @MethodSource("failing")
  void d07_a_handler_that_commits_by_sql_and_then_fails_is_told_and_not_tried_again(Failing failing)
      throws Exception {
    assertThatThrownBy(
            () ->
                inbox.once(
                    event("1", "order-7"),
                    TIME,
                    connection -> {
                      effect(connection, "before");
                      update(connection, "commit");
                      effect(connection, "later");
                      return failing.end();
                    }))
        .hasMessageStartingWith("SP-INBOX-008")
        .satisfies(
            told -> assertThat(told.getCause()).matches(why -> why == null || isAway(why), "why"));

    assertThat(inbox.refuse(event("1", "order-7"))).as("in effect").isFalse();
    assertThat(handle(event("1", "order-7"))).isEqualTo(Outcome.skip("duplicate"));
    assertThat(effects()).containsExactly("before");
  }

  private static boolean isAway(Throwable why) {
    return "carrier is away".equals(why.getMessage());
  }

  @Test
  void d07_a_handler_that_rolls_back_by_sql_and_then_fails_has_failed() throws Exception {
    IOException thrown = new IOException("carrier is away");

    assertThatThrownBy(
            () ->
                inbox.once(
                    event("1", "order-7"),
                    TIME,
                    connection -> {
                      effect(connection, "before");
                      update(connection, "rollback");
                      effect(connection, "later");
                      throw thrown;
                    }))
        .isSameAs(thrown);

    assertNothingTookEffect();
    assertThat(handle(event("1", "order-7"))).isEqualTo(Outcome.done());
  }

  @Test
  void d07_a_handler_that_commits_by_sql_and_then_swallows_a_database_error_is_told()
      throws Exception {
    assertCode(
        "SP-INBOX-008",
        () ->
            inbox.once(
                event("1", null),
                TIME,
                connection -> {
                  effect(connection, "before");
                  update(connection, "commit");
                  assertThatThrownBy(() -> update(connection, "insert into effect values (null)"))
                      .isInstanceOf(SQLException.class);
                  return Outcome.done();
                }));

    assertThat(handle(event("1", null))).isEqualTo(Outcome.skip("duplicate"));
  }

  @Test
  void d07_a_batch_that_commits_by_sql_and_then_fails_is_told() throws Exception {
    handle(event("1", null));
    List<Entry> batch = List.of(event("1", null), event("2", null), event("3", null));

    assertCode(
        "SP-INBOX-008",
        () ->
            inbox.onceAll(
                batch,
                TIME,
                (connection, fresh) -> {
                  update(connection, "commit");
                  throw new IOException("carrier is away");
                }));

    assertThat(inbox.onceAll(batch, TIME, (connection, fresh) -> {}))
        .containsOnly(Outcome.skip("duplicate"));
  }

  @Test
  void d07_a_handler_may_roll_back_to_a_savepoint() throws Exception {
    Outcome outcome =
        inbox.once(
            event("1", null),
            TIME,
            connection -> {
              effect(connection, "kept");
              Savepoint savepoint = connection.setSavepoint();
              effect(connection, "undone");
              connection.rollback(savepoint);
              return Outcome.done();
            });

    assertThat(outcome).isEqualTo(Outcome.done());
    assertThat(effects()).containsExactly("kept");
  }

  @Test
  void d07_a_handler_cannot_end_the_transaction_nor_use_it_afterwards() throws Exception {
    AtomicReference<@Nullable Connection> kept = new AtomicReference<>();

    assertCode(
        "SP-INBOX-003",
        () ->
            inbox.once(
                event("1", null),
                TIME,
                connection -> {
                  effect(connection, "1");
                  connection.commit();
                  return Outcome.done();
                }));
    assertNothingTookEffect();
    inbox.once(
        event("2", null),
        TIME,
        connection -> {
          kept.set(connection);
          return Outcome.done();
        });
    assertCode("SP-INBOX-004", () -> Objects.requireNonNull(kept.get()).createStatement());
  }

  @Test
  void a_pool_gets_its_connection_back_as_it_was() throws Exception {
    HikariConfig config = new HikariConfig();
    config.setDataSource(store.dataSource());
    config.setMaximumPoolSize(1);
    try (HikariDataSource pool = new HikariDataSource(config)) {
      Inbox<Connection> pooled = store.inbox(pool, WINDOW, () -> clock);
      String before = settings(pool);

      pooled.once(event("1", "order-7"), TIME, connection -> Outcome.done());
      pooled.refuse(event("2", "order-7"));
      pooled.once(event("3", null), TIME, connection -> Outcome.park("no"));
      pooled.once(event("3", null), TIME, connection -> Outcome.done());
      pooled.once(event("3", null), TIME, connection -> Outcome.done());
      store.housekeep(pooled);

      assertThat(settings(pool)).isEqualTo(before);
    }
  }

  private static String settings(DataSource pool) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      return connection.getAutoCommit()
          + " "
          + connection.getNetworkTimeout()
          + " "
          + connection.getTransactionIsolation()
          + " "
          + statement.getQueryTimeout();
    }
  }

  // ---- values

  @ParameterizedTest
  @ValueSource(ints = {512, 513, 100_000})
  void d07_long_ids_and_keys_are_told_apart(int length) throws Exception {
    String long1 = "x".repeat(length - 1) + "1";
    String long2 = "x".repeat(length - 1) + "2";

    assertThat(inbox.once(event(long1, long1), TIME, c -> Outcome.done()))
        .isEqualTo(Outcome.done());
    assertThat(inbox.once(event(long2, long2), TIME, c -> Outcome.done()))
        .isEqualTo(Outcome.done());
    assertThat(inbox.once(event(long1, long1), TIME, c -> Outcome.done()))
        .isEqualTo(Outcome.skip("duplicate"));
    assertThat(inbox.once(event("3", long2), TIME, c -> Outcome.done()))
        .isInstanceOf(Outcome.Skip.class);
  }

  @Test
  void d07_a_character_that_a_database_refuses_does_no_harm() throws Exception {
    assertThat(inbox.once(event("a\0b😀", "k\0y"), TIME, connection -> Outcome.done()))
        .isEqualTo(Outcome.done());
    assertThat(inbox.once(event("a\0b😀", "k\0y"), TIME, connection -> Outcome.done()))
        .isEqualTo(Outcome.skip("duplicate"));
  }

  // ---- time

  @Test
  void d18_a_handler_that_waits_for_a_lock_ends_with_its_time_and_succeeds_later()
      throws Exception {
    long begun = System.nanoTime();
    try (Connection other = store.dataSource().getConnection()) {
      other.setAutoCommit(false);
      update(other, "update account set n = n + 1");

      assertCode(
          "SP-INBOX-010",
          () ->
              inbox.once(
                  event("1", "order-7"),
                  Duration.ofSeconds(1),
                  connection -> {
                    effect(connection, "1");
                    update(connection, "update account set n = n - 1");
                    return Outcome.done();
                  }));
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isBetween(Duration.ofMillis(850), Duration.ofSeconds(10));
      other.rollback();
    }

    assertNothingTookEffect();
    assertThat(handle(event("1", "order-7"))).isEqualTo(Outcome.done());
  }

  @ParameterizedTest
  @CsvSource({"1,", "2,order-7"})
  void d18_a_second_one_that_waits_for_the_first_ends_with_its_time(String id, @Nullable String key)
      throws Exception {
    CompletableFuture<Outcome> ends = new CompletableFuture<>();
    Future<Outcome> first = first(event("1", key), ends);
    long begun = System.nanoTime();

    assertCode(
        "SP-INBOX-010",
        () -> inbox.once(event(id, key), Duration.ofMillis(800), c -> Outcome.done()));
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(15));

    ends.complete(Outcome.done());
    assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(Outcome.done());
  }

  @Test
  void d18_a_statement_that_takes_too_long_ends_with_the_time() throws Exception {
    assertCode(
        "SP-INBOX-010",
        () ->
            inbox.once(
                event("1", null),
                Duration.ofSeconds(1),
                connection -> {
                  update(connection, store.sleep(60));
                  return Outcome.done();
                }));
    assertNothingTookEffect();
  }

  // ---- batches

  private List<Outcome> handleAll(Entry... entries) throws Exception {
    return inbox.onceAll(
        List.of(entries),
        TIME,
        (connection, fresh) -> {
          for (int i : fresh) {
            effect(connection, entries[i].id());
          }
        });
  }

  @Test
  void d07_of_a_batch_those_that_are_new_take_effect_once() throws Exception {
    handle(event("2", null));
    Outcome duplicate = Outcome.skip("duplicate");

    assertThat(handleAll(event("1", "a"), event("2", null), event("3", null), event("1", "a")))
        .containsExactly(Outcome.done(), duplicate, Outcome.done(), duplicate);
    assertThat(handleAll(event("1", "a"), event("3", null))).containsOnly(duplicate);

    assertThat(effects()).containsExactly("1", "2", "3");
    assertThat(handle(event("4", "a"))).isEqualTo(Outcome.skip("duplicate of urn:shop 1"));
  }

  @Test
  void d07_a_batch_that_fails_takes_no_effect() throws Exception {
    IOException thrown = new IOException("carrier is away");

    assertThatThrownBy(
            () ->
                inbox.onceAll(
                    List.of(event("1", "a"), event("2", null)),
                    TIME,
                    (connection, fresh) -> {
                      effect(connection, "1");
                      throw thrown;
                    }))
        .isSameAs(thrown);

    assertNothingTookEffect();
  }

  @Test
  void d07_a_batch_in_which_one_has_another_fate_takes_no_effect_and_parts_of_it_do()
      throws Exception {
    handle(event("0", "held"));
    inbox.refuse(event("9", "refused"));

    for (Entry other :
        List.of(
            event("1", "held"),
            event("1", "refused"),
            event("1", "twice"),
            event("1", null, now.minus(Duration.ofDays(30))),
            new Entry("billing", URI.create("urn:shop"), "1", null, null))) {
      assertThat(handleAll(event("2", "twice"), other))
          .as("%s", other)
          .containsOnly(Outcome.retryAfter(Duration.ZERO));
    }
    assertThat(effects()).containsExactly("0");
    assertThat(handleAll(event("9", "refused"))).containsExactly(Outcome.done());
    assertThat(handleAll(event("1", "held")))
        .containsExactly(Outcome.skip("duplicate of urn:shop 0"));
  }

  @Test
  void d07_a_batch_does_not_handle_an_event_that_is_being_handled() throws Exception {
    CompletableFuture<Outcome> ends = new CompletableFuture<>();
    Future<Outcome> first = first(event("2", null), ends);
    Future<List<Outcome>> batch =
        threads.submit(() -> handleAll(event("1", null), event("2", null), event("3", null)));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> batch.isDone() || query(store.countWaiting()).equals(List.of("1")));

    ends.complete(Outcome.done());

    assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(Outcome.done());
    List<Outcome> outcomes = batch.get(20, TimeUnit.SECONDS);
    assertThat(outcomes)
        .isIn(
            List.of(Outcome.done(), Outcome.skip("duplicate"), Outcome.done()),
            List.of(
                Outcome.retryAfter(Duration.ZERO),
                Outcome.retryAfter(Duration.ZERO),
                Outcome.retryAfter(Duration.ZERO)));
    assertThat(effects()).contains("2").doesNotHaveDuplicates();
  }

  // ---- the window

  @Test
  void d07_an_event_without_a_time_is_a_dead_letter() throws Exception {
    Entry timeless = new Entry("billing", URI.create("urn:shop"), "1", "order-7", null);

    assertThat(handle(timeless)).isEqualTo(Outcome.deadLetter(FailurePolicy.WITHOUT_TIME));
    assertThat(inbox.refuse(timeless)).isTrue();
    assertThat(effects()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-999999999-01-01T00:00:00Z", "0000-06-01T00:00:00Z"})
  void d07_a_time_that_no_database_can_store_does_no_harm(Instant early) throws Exception {
    for (Instant time : List.of(early, Instant.MAX)) {
      Entry entry = event("1", "order-7", time);
      assertThat(handle(entry)).isInstanceOf(Outcome.DeadLetter.class);
      assertThat(inbox.refuse(entry)).isTrue();
    }
    assertThat(effects()).isEmpty();
  }

  @Test
  void d07_an_event_older_than_the_window_is_a_dead_letter_unless_it_is_known() throws Exception {
    clock = now.minus(Duration.ofDays(10));
    Instant time = clock.minus(Duration.ofDays(12));
    assertThat(handle(event("1", null, time))).as("in the window").isEqualTo(Outcome.done());
    clock = now;

    assertThat(handle(event("2", "order-7", time)))
        .isEqualTo(Outcome.deadLetter(FailurePolicy.OLDER_THAN_INBOX));
    assertThat(inbox.refuse(event("2", "order-7", time))).isTrue();
    assertThat(handle(event("1", null, time))).isEqualTo(Outcome.skip("duplicate"));
    assertThat(effects()).containsExactly("1");
  }

  @Test
  void d07_an_event_from_the_far_future_is_a_dead_letter_and_one_from_the_near_is_not()
      throws Exception {
    assertThat(handle(event("1", null, now.plus(Duration.ofDays(2)))))
        .isEqualTo(Outcome.deadLetter(FailurePolicy.AHEAD_OF_INBOX));
    assertThat(handle(event("2", null, now.plus(Duration.ofHours(23))))).isEqualTo(Outcome.done());
    assertThat(handle(event("2", null, now.plus(Duration.ofHours(23)))))
        .isEqualTo(Outcome.skip("duplicate"));
  }

  @Test
  void d07_events_of_any_day_of_the_window_find_a_place() throws Exception {
    for (int day = 0; day < 14; day++) {
      Instant time = now.minus(Duration.ofDays(day));
      assertThat(handle(event("day " + day, null, time))).isEqualTo(Outcome.done());
      assertThat(handle(event("day " + day, null, time))).isEqualTo(Outcome.skip("duplicate"));
    }
  }

  @Test
  void d07_housekeeping_forgets_what_is_older_than_the_window_and_nothing_else() throws Exception {
    clock = now.minus(Duration.ofDays(20));
    Instant longAgo = clock;
    handle(event("old", "order-1", longAgo));
    inbox.refuse(event("old refused", "order-2", longAgo));
    clock = now;
    handle(event("new", "order-3", now));
    assertThat(store.recorded()).isEqualTo(2);

    store.housekeep(inbox);

    assertThat(store.recorded()).isEqualTo(1);
    assertThat(store.held()).isEqualTo(1);
    assertThat(handle(event("new", "order-3", now))).isEqualTo(Outcome.skip("duplicate"));
    assertThat(handle(event("old", "order-1", longAgo)))
        .isEqualTo(Outcome.deadLetter(FailurePolicy.OLDER_THAN_INBOX));
    assertThat(effects()).containsExactly("new", "old");
  }

  @Test
  void d07_what_was_forgotten_under_a_shorter_window_is_not_new_under_a_longer() throws Exception {
    Instant time = now.minus(Duration.ofDays(5));
    handle(event("1", null, time));
    store.housekeep(store.inbox(store.dataSource(), Duration.ofDays(2), InstantSource.system()));
    assertThat(store.recorded()).isZero();

    assertThat(handle(event("1", null, time)))
        .isEqualTo(Outcome.deadLetter(FailurePolicy.OLDER_THAN_INBOX));
    assertThat(effects()).containsExactly("1");
  }

  @Test
  void d07_a_key_is_held_for_the_window_of_whoever_took_it() throws Exception {
    clock = now.minus(Duration.ofDays(5));
    Inbox<Connection> shorter = store.inbox(store.dataSource(), Duration.ofDays(2), () -> clock);
    handle(event("1", "order-7", clock));
    handleAll(event("2", "order-8", clock), event("3", null, clock));
    inbox.refuse(event("4", "order-9", clock));
    shorter.once(event("5", "order-10", clock), TIME, connection -> Outcome.done());
    clock = now;

    store.housekeep(shorter);

    assertThat(store.held()).isEqualTo(3);
    assertThat(handle(event("7", "order-7"))).isEqualTo(Outcome.skip("duplicate of urn:shop 1"));
    assertThat(handle(event("8", "order-8"))).isEqualTo(Outcome.skip("duplicate of urn:shop 2"));
    assertThat(handle(event("9", "order-9"))).isEqualTo(Outcome.skip("duplicate of urn:shop 4"));
    assertThat(handle(event("10", "order-10"))).isEqualTo(Outcome.done());
  }

  @Test
  void d07_a_refused_event_holds_its_key_until_it_can_no_longer_be_replayed() throws Exception {
    clock = now.minus(Duration.ofDays(10));
    inbox.refuse(event("1", "order-7", clock.minus(Duration.ofDays(12))));
    inbox.refuse(event("2", "order-8", clock.plus(Duration.ofDays(2))));
    inbox.refuse(event("3", "order-9", Instant.MAX));
    assertThat(store.held()).isEqualTo(3);
    clock = now;

    store.housekeep(inbox);

    assertThat(handle(event("4", "order-7"))).isEqualTo(Outcome.done());
    assertThat(handle(event("5", "order-8"))).isEqualTo(Outcome.skip("duplicate of urn:shop 2"));
    assertThat(handle(event("6", "order-9"))).isEqualTo(Outcome.skip("duplicate of urn:shop 3"));
  }

  @Test
  void d07_an_event_that_can_never_be_handled_leaves_its_key_to_others() throws Exception {
    store.housekeep(store.inbox(store.dataSource(), Duration.ofDays(2), () -> clock));
    Entry old = event("1", "order-7", now.minus(Duration.ofDays(30)));
    Entry timeless = new Entry("billing", URI.create("urn:shop"), "2", "order-8", null);
    Entry forgotten = event("3", "order-9", now.minus(Duration.ofDays(5)));
    for (Entry entry : List.of(old, timeless, forgotten)) {
      assertThat(handle(entry)).isInstanceOf(Outcome.DeadLetter.class);
      assertThat(inbox.refuse(entry)).isTrue();
    }

    for (String key : List.of("order-7", "order-8", "order-9")) {
      assertThat(handle(event("new " + key, key))).isEqualTo(Outcome.done());
    }
    assertThat(inbox.refuse(old)).as("a duplicate by now").isFalse();
  }

  @Test
  void d07_housekeeping_goes_in_steps_while_a_handler_runs() throws Exception {
    clock = now.minus(Duration.ofDays(20));
    for (int i = 0; i < 5; i++) {
      Instant time = clock.minus(Duration.ofDays(i));
      handle(event("old " + i, "order-" + i, time));
    }
    clock = now;
    CompletableFuture<Outcome> ends = new CompletableFuture<>();
    Future<Outcome> first = first(event("1", "order-7"), ends);
    Future<Boolean> kept =
        threads.submit(
            () -> {
              store.housekeep(inbox);
              return true;
            });

    assertThat(handle(event("2", "order-8"))).as("nobody waits").isEqualTo(Outcome.done());
    ends.complete(Outcome.done());

    assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(Outcome.done());
    assertThat(kept.get(60, TimeUnit.SECONDS)).isTrue();
    assertThat(store.recorded()).isEqualTo(2);
    assertThat(store.held()).isEqualTo(2);
  }

  @Test
  void d19_nothing_is_wrong_with_what_was_shipped() {
    assertThat(inbox.problems()).isEmpty();
    assertThat(inbox.window()).hasValue(WINDOW);
  }

  // ---- what the tests do

  private Entry event(String id, @Nullable String key) {
    return event(id, key, now);
  }

  private static Entry event(String id, @Nullable String key, Instant time) {
    return new Entry("billing", URI.create("urn:shop"), id, key, time);
  }

  private Outcome handle(Entry entry) throws Exception {
    return handle(entry, Outcome.done());
  }

  private Outcome handle(Entry entry, Outcome outcome) throws Exception {
    return inbox.once(
        entry,
        TIME,
        connection -> {
          effect(connection, entry.id());
          return outcome;
        });
  }

  private void effect(Connection connection, String text) throws SQLException {
    runs.incrementAndGet();
    try (PreparedStatement statement =
        connection.prepareStatement("insert into effect values (?)")) {
      statement.setString(1, text);
      statement.executeUpdate();
    }
  }

  private List<String> effects() throws SQLException {
    return query("select text from effect order by text");
  }

  private void assertNothingTookEffect() throws Exception {
    assertThat(effects()).isEmpty();
    assertThat(store.recorded()).isZero();
    assertThat(store.held()).isZero();
  }

  private static void assertCode(
      String code, org.assertj.core.api.ThrowableAssert.ThrowingCallable what) {
    assertThatThrownBy(what)
        .isInstanceOfSatisfying(
            MessagingException.class, e -> assertThat(e.code()).as(e.toString()).isEqualTo(code));
  }

  private static void update(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private List<String> query(String sql) throws SQLException {
    try (Connection connection = store.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = store.dataSource().getConnection()) {
      update(connection, sql);
    }
  }
}
