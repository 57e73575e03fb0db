package io.stagepost.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.outbox.store.Mutations;
import io.stagepost.outbox.store.OutboxStore;
import io.stagepost.outbox.store.PostgresStore;
import io.stagepost.testkit.ManualClock;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Commits and rounds in the orders that matter, one after the other on a real server, and what the
 * algorithm would lose without its precautions.
 */
class InterleavingsTest {
  private final Post post = new Post(1);

  @AfterEach
  void close() throws Exception {
    post.close();
  }

  /** At the next round, unless something else on the server is just writing. */
  private static void awaitForgotten(Round rounds) {
    await().atMost(Duration.ofSeconds(20)).until(() -> !rounds.run().open());
  }

  @Test
  void d08_a_committed_row_is_sent_and_deleted() throws Exception {
    post.commit("a", "one", "two");

    post.rounds().run();

    assertThat(post.wire.texts()).containsExactly("one", "two");
    assertThat(post.outbox.pending()).isZero();
  }

  @Test
  void d08_what_is_not_committed_is_never_sent() throws Exception {
    Round rounds = post.rounds();
    Connection open = post.begin();
    post.insert(open, "a", "open");
    Connection undone = post.begin();
    post.insert(undone, "a", "undone");
    post.commit("b", "committed");

    rounds.run();
    undone.rollback();
    rounds.run();
    rounds.run();

    assertThat(post.wire.texts()).containsExactly("committed");
  }

  @Test
  void d08_a_late_commit_with_a_lower_id_is_found_by_the_next_round() throws Exception {
    Round rounds = post.rounds();
    Connection slow = post.begin();
    post.insert(slow, "a", "low");
    post.commit("b", "high");

    rounds.run();
    assertThat(post.wire.texts()).containsExactly("high");

    slow.commit();
    rounds.run();
    assertThat(post.wire.texts()).containsExactly("high", "low");
    assertThat(post.outbox.pending()).isZero();
  }

  @Test
  void d08_a_late_commit_survives_any_number_of_rounds() throws Exception {
    Round rounds = post.rounds();
    Connection slow = post.begin();
    post.insert(slow, "a", "low");
    for (int i = 0; i < 20; i++) {
      post.commit("b", "high" + i);
      rounds.run();
    }

    slow.commit();
    assertThat(rounds.run().rows()).isEqualTo(1);
    assertThat(post.outbox.pending()).isZero();
  }

  /** Trap 1: the late one's transaction id is not below xmax, since only completed ones count. */
  private static boolean isLateRowOfHighXidLost(Post post)
      throws SQLException, InterruptedException {
    Round rounds = post.rounds();
    Connection high = post.begin();
    Post.query(high, "select pg_current_xact_id()"); // the lower transaction id ...
    Connection low = post.begin();
    post.insert(low, "a", "low");
    post.insert(high, "b", "high"); // ... takes the higher row id
    high.commit();
    rounds.run();
    rounds.run();
    low.commit();
    rounds.run();
    boolean lost = post.outbox.pending() > 0;
    post.execute("delete from stagepost_outbox");
    return lost;
  }

  @Test
  void d08_a_late_commit_with_a_higher_transaction_id_is_found() throws Exception {
    for (int run = 0; run < 5; run++) {
      assertThat(isLateRowOfHighXidLost(post)).isFalse();
    }
  }

  /** Of five tries, should other transactions of the server complete in one's midst. */
  @Test
  void mutation_with_xmax_as_the_horizon_it_would_be_lost() throws Exception {
    boolean lost = false;
    try (Post mutated = new Post(1, builder -> builder.store(Mutations.xmaxAsHorizon()))) {
      for (int run = 0; run < 5 && !lost; run++) {
        lost = isLateRowOfHighXidLost(mutated);
      }
    }
    assertThat(lost).isTrue();
  }

  @Test
  void mutation_without_tracking_of_missing_ids_a_late_commit_would_be_lost() throws Exception {
    try (Post mutated = new Post(1, builder -> builder.store(Mutations.noGapTracking()))) {
      Round rounds = mutated.rounds();
      Connection slow = mutated.begin();
      mutated.insert(slow, "a", "low");
      mutated.commit("b", "high");
      rounds.run();
      rounds.run();
      slow.commit();
      rounds.run();

      assertThat(mutated.outbox.pending()).isEqualTo(1);
    }
  }

  /**
   * The first row is missing when the gaps are read; it commits, and so does the next of its key,
   * before the new rows are read.
   */
  private static List<String> sentIfBothCommitInMidst(Function<Runnable, OutboxStore.Factory> store)
      throws Exception {
    List<Runnable> inMidst = new ArrayList<>();
    Runnable once =
        () -> {
          if (!inMidst.isEmpty()) {
            inMidst.remove(0).run();
          }
        };
    try (Post post = new Post(1, builder -> builder.store(store.apply(once)))) {
      Round rounds = post.rounds();
      Connection slow = post.begin();
      post.insert(slow, "a", "first");
      post.commit("b", "other");
      rounds.run();
      inMidst.add(
          () -> {
            try {
              slow.commit();
              post.commit("a", "second");
            } catch (SQLException failure) {
              throw new AssertionError(failure);
            }
          });
      rounds.run();
      once.run();
      rounds.run();
      return post.wire.texts();
    }
  }

  @Test
  void d08_gaps_and_new_rows_are_read_in_one_statement() throws Exception {
    assertThat(sentIfBothCommitInMidst(between -> PostgresStore::new))
        .containsExactly("other", "first", "second");
  }

  @Test
  void mutation_with_two_statements_a_row_would_be_passed_over() throws Exception {
    assertThat(sentIfBothCommitInMidst(Mutations::twoFetches)).containsExactly("other", "second");
  }

  /** Two writers of a key: the first to draw its number is the last to commit. */
  private static List<String> sentByUnevenWriters(Post post) throws Exception {
    Round rounds = post.rounds();
    Connection slow = post.begin();
    post.insert(slow, "a", "drawn first");
    CompletableFuture<Void> fast =
        CompletableFuture.runAsync(
            () -> {
              try {
                post.commit("a", "committed first");
              } catch (SQLException failure) {
                throw new AssertionError(failure);
              }
            });
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                fast.isDone()
                    || post.query("select count(*) from pg_locks where not granted").equals("1"));
    rounds.run();
    slow.commit();
    fast.get(20, TimeUnit.SECONDS);
    rounds.run();
    return post.wire.texts();
  }

  @Test
  void mutation_writers_that_lock_nothing_of_a_key_send_it_in_another_order_than_they_drew()
      throws Exception {
    assertThat(sentByUnevenWriters(post)).containsExactly("committed first", "drawn first");
  }

  @Test
  void d08_with_strict_order_writers_of_a_key_wait_for_each_other() throws Exception {
    try (Post strict = new Post(1, Outbox.Builder::strictOrder)) {
      assertThat(sentByUnevenWriters(strict)).containsExactly("drawn first", "committed first");
    }
  }

  /** Trap 2: a writer stops between drawing its row id and writing its row. */
  private boolean isRowOfStoppedWriterLost(String insertSql) throws Exception {
    post.execute(
        """
        create function stop() returns trigger language plpgsql as
        'begin perform pg_advisory_xact_lock_shared(4711); return new; end';
        create trigger stop before insert on stagepost_outbox
        for each row when (new.address = 'slow') execute function stop()""");
    post.commit("a", "warm"); // so that the next id is drawn without writing to the log
    Round rounds = post.rounds();
    rounds.run();
    Connection gate = post.begin();
    Post.query(gate, "select pg_advisory_lock(4711)");
    Connection slow = post.begin();
    CompletableFuture<Void> inserting =
        CompletableFuture.runAsync(
            () -> {
              try (Statement statement = slow.createStatement()) {
                statement.execute(insertSql);
              } catch (SQLException failure) {
                throw new AssertionError(failure);
              }
            });
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                post.query(
                        "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                            + " and datname = current_database()")
                    .equals("1"));
    post.commit("b", "high");

    rounds.run();
    rounds.run();
    Post.query(gate, "select pg_advisory_unlock(4711)");
    inserting.get(20, TimeUnit.SECONDS);
    slow.commit();
    rounds.run();
    return post.outbox.pending() > 0;
  }

  private static final String SLOW_INSERT =
      "insert into stagepost_outbox (shard, id, address, headers)"
          + " select 0, nextval('stagepost_outbox_id_0'), 'slow', '\\x0100000000'";

  @Test
  void d08_a_writer_that_stops_after_drawing_its_id_is_waited_for() throws Exception {
    assertThat(isRowOfStoppedWriterLost("select pg_current_xact_id(); " + SLOW_INSERT)).isFalse();
  }

  @Test
  void mutation_without_the_transaction_id_first_its_row_would_be_lost() throws Exception {
    assertThat(isRowOfStoppedWriterLost(SLOW_INSERT)).isTrue();
  }

  @Test
  void the_library_draws_the_transaction_id_before_any_row_id() throws Exception {
    post.execute(
        """
        create function nextval(regclass) returns bigint language plpgsql as
        'begin perform set_config(''test.xid'', coalesce(pg_current_xact_id_if_assigned()::text,
         ''none''), false); return pg_catalog.nextval($1); end'""");
    for (String[] texts : List.of(new String[] {"one"}, new String[] {"one", "two"})) {
      Connection writer = post.begin();
      Post.query(writer, "select set_config('search_path', 'public, pg_catalog', false)");

      post.insert(writer, "a", texts);

      assertThat(Post.query(writer, "select current_setting('test.xid')")).isNotEqualTo("none");
    }
  }

  @Test
  void d08_a_rollback_leaves_a_hole_that_is_forgotten() throws Exception {
    Round rounds = post.rounds();
    Connection undone = post.begin();
    post.insert(undone, "a", "undone");
    post.commit("b", "high");
    assertThat(rounds.run().open()).isTrue();

    undone.rollback();
    awaitForgotten(rounds);
    assertThat(post.wire.texts()).containsExactly("high");
  }

  @Test
  void d08_a_savepoint_rolled_back_leaves_a_hole_and_the_rest_is_sent() throws Exception {
    Round rounds = post.rounds();
    Connection writer = post.begin();
    post.insert(writer, "a", "one");
    var savepoint = writer.setSavepoint();
    post.insert(writer, "a", "undone");
    writer.rollback(savepoint);
    post.insert(writer, "a", "two");
    post.commit("b", "between");
    rounds.run();
    writer.commit();

    rounds.run();
    rounds.run();

    assertThat(post.wire.texts()).containsExactly("between", "one", "two");
    awaitForgotten(rounds);
  }

  @Test
  void d08_a_long_foreign_writing_transaction_holds_up_nothing_but_the_forgetting()
      throws Exception {
    Round rounds = post.rounds();
    Connection foreign = post.begin();
    Post.query(foreign, "select pg_current_xact_id()");
    for (int i = 0; i < 50; i++) {
      Connection undone = post.begin();
      post.insert(undone, "a", "undone");
      post.commit("b", "row" + i);
      undone.rollback();
      undone.close();
      assertThat(rounds.run()).isEqualTo(new Round.Result(1, false, true));
    }
    assertThat(post.outbox.pending()).isZero();

    foreign.rollback();
    awaitForgotten(rounds);
  }

  /** By who holds a lock on the outbox's table: xmin says nothing while the foreign one is open. */
  @Test
  void d08_under_a_long_foreign_writing_transaction_what_rolled_back_is_forgotten_all_the_same()
      throws Exception {
    ManualClock clock = new ManualClock();
    Round rounds = post.rounds(post.relay().clock(clock).settings(), new Relay.Counters());
    Connection foreign = post.begin();
    Post.query(foreign, "select pg_current_xact_id()");
    Connection open = post.begin();
    post.insert(open, "a", "late");
    Connection undone = post.begin();
    post.insert(undone, "a", "undone");
    post.commit("b", "high");
    rounds.run();
    undone.rollback();
    for (int i = 0; i < 10; i++) {
      clock.advance(Duration.ofMillis(200));
      assertThat(rounds.run().open()).as("one writer is still at work").isTrue();
    }

    open.commit();
    rounds.run();
    assertThat(post.wire.texts()).containsExactly("high", "late");
    for (int i = 0; i < 4; i++) {
      clock.advance(Duration.ofMillis(200));
      rounds.run();
    }
    assertThat(rounds.run().open()).isFalse();

    post.commit("a", "next");
    rounds.run();
    assertThat(post.wire.texts()).containsExactly("high", "late", "next");
    foreign.rollback();
  }

  @Test
  void d08_a_new_owner_begins_at_the_mark_and_finds_what_was_missing() throws Exception {
    ManualClock clock = new ManualClock();
    Settings settings = post.relay().clock(clock).settings();
    Round first = post.rounds(settings, new Relay.Counters());
    post.commit("a", "one", "two");
    Connection slow = post.begin();
    post.insert(slow, "a", "low");
    post.commit("b", "high");
    first.run();
    clock.advance(Mutations.MARK_EVERY);
    first.run();
    assertThat(post.query("select low from stagepost_outbox_mark")).isEqualTo("2");

    slow.commit();
    Round second = post.rounds(settings, new Relay.Counters());
    second.run();
    assertThat(post.wire.texts()).containsExactly("one", "two", "high", "low");

    // the first one's memory has grown old, and is still true
    post.commit("c", "next");
    assertThat(first.run().rows()).isEqualTo(1);
    awaitForgotten(first);
    clock.advance(Mutations.MARK_EVERY);
    first.run();
    assertThat(post.query("select low from stagepost_outbox_mark")).isEqualTo("5");
  }

  @Test
  void d08_the_full_scan_finds_what_should_not_exist_and_says_so() throws Exception {
    ManualClock clock = new ManualClock();
    Relay.Counters counters = new Relay.Counters();
    Round rounds = post.rounds(post.relay().clock(clock).settings(), counters);
    post.commit("a", "one", "two");
    rounds.run();
    post.execute(
        "insert into stagepost_outbox values (0, 1, 'notes', null, '\\x0100000000', 'by hand')");
    assertThat(rounds.run().rows()).isZero();

    clock.advance(Mutations.SCAN_EVERY);
    rounds.run();
    assertThat(post.wire.texts()).containsExactly("one", "two", "by hand");
    assertThat(counters.violations.sum()).isEqualTo(1);
    assertThat(post.outbox.pending()).isZero();

    post.commit("a", "three");
    rounds.run();
    clock.advance(Mutations.SCAN_EVERY);
    rounds.run();
    assertThat(counters.violations.sum())
        .as("a scan of what is regular finds nothing")
        .isEqualTo(1);
  }

  /** A crash may lose deletes that were committed asynchronously; behind a proxy nobody notices. */
  @Test
  void d08_a_server_that_was_started_again_is_asked_for_everything_above_the_mark()
      throws Exception {
    post.execute(
        """
        create table started (at timestamptz not null);
        insert into started values (now());
        create function public.pg_postmaster_start_time() returns timestamptz language sql as
        'select at from public.started'""");
    post.execute(
        "alter database \"" + post.database.name() + "\" set search_path = public, pg_catalog");
    Relay.Counters counters = new Relay.Counters();
    Round rounds = post.rounds(post.relay().settings(), counters);
    post.commit("a", "one");
    rounds.run();

    post.execute(
        "insert into stagepost_outbox values (0, 1, 'notes', null, '\\x0100000000', 'lost delete')");
    post.execute("update started set at = at + interval '1 minute'");
    rounds.run();

    assertThat(post.wire.texts()).containsExactly("one", "lost delete");
    assertThat(counters.violations.sum()).isZero();
  }
}
