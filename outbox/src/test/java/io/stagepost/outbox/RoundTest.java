package io.stagepost.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.stagepost.Messaging;
import io.stagepost.PublishLimits;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishUnknownException;
import io.stagepost.Receipt;
import io.stagepost.outbox.store.RelaySession;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.testkit.Faults.PublishFault;
import io.stagepost.testkit.InMemoryTransport;
import io.stagepost.testkit.ManualClock;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a round does with what the broker answers, and with more than it can take. */
class RoundTest {
  private final Post post = new Post(1);
  private final Wire wire = post.wire;
  private final ManualClock clock = new ManualClock();
  private final Relay.Counters counters = new Relay.Counters();

  @AfterEach
  void close() throws Exception {
    post.close();
  }

  private Round rounds(Relay.Builder relay) throws SQLException {
    return post.rounds(relay.clock(clock).settings(), counters);
  }

  /** Goes on while there is more: what follows a row that was retried is read by the next round. */
  private static void exhaust(Round rounds) throws Exception {
    for (int i = 0; i < 1_000 && rounds.run().more(); i++) {}
  }

  private static CompletableFuture<Receipt> rejected() {
    return CompletableFuture.failedFuture(
        new PublishRejectedException(
            "SP-TEST-001", "too large\0", PublishRejectedException.Fault.MESSAGE, null));
  }

  private static CompletableFuture<Receipt> unknown() {
    return CompletableFuture.failedFuture(
        new PublishUnknownException("SP-TEST-002", "no answer", null));
  }

  @Test
  void d14_a_message_is_sent_as_it_was_stored() throws Exception {
    Message message =
        new Message(
            "orders",
            new byte[] {0, (byte) 0xff},
            List.of(
                new Header("a", new byte[] {1}),
                new Header("a", null),
                new Header("b", new byte[0])),
            null);
    Message bare = new Message("orders", null, List.of(), new byte[0]);
    Connection connection = post.begin();
    post.outbox.insert(connection, List.of(message, bare));
    connection.commit();

    rounds(post.relay()).run();

    assertThat(wire.arrived()).usingRecursiveComparison().isEqualTo(List.of(message, bare));
  }

  @Test
  void a_round_takes_no_more_rows_of_a_shard_than_its_bound() throws Exception {
    post.commit("a", "1", "2", "3", "4", "5");
    Round rounds = rounds(post.relay().rowsPerShard(2));

    assertThat(rounds.run()).isEqualTo(new Round.Result(2, true, false));
    assertThat(rounds.run()).isEqualTo(new Round.Result(2, true, false));
    assertThat(rounds.run()).isEqualTo(new Round.Result(1, false, false));
    assertThat(wire.texts()).containsExactly("1", "2", "3", "4", "5");
  }

  @Test
  void a_round_is_cut_by_bytes_and_a_larger_row_is_taken_alone() throws Exception {
    int headers = 5;
    post.commit("", "aaaa", "bbbb", "c".repeat(100), "dddd", "eeee");
    Round rounds = rounds(post.relay().bytesPerShard(2L * (4 + headers)));

    List<Integer> taken = new ArrayList<>();
    for (Round.Result result = rounds.run(); result.rows() > 0; result = rounds.run()) {
      taken.add(result.rows());
    }
    assertThat(taken).containsExactly(2, 1, 2);
    assertThat(wire.texts()).containsExactly("aaaa", "bbbb", "c".repeat(100), "dddd", "eeee");
  }

  @Test
  void d08_a_cut_judges_nothing_beyond_itself() throws Exception {
    Round rounds = rounds(post.relay().rowsPerShard(3));
    Connection slow = post.begin();
    post.insert(slow, "a", "2");
    Connection slower = post.begin();
    post.insert(slower, "b", "3");
    post.commit("c", "4");
    rounds.run(); // 1 and 2 are missing
    post.commit("c", "5", "6", "7", "8");
    slow.commit();
    rounds.run(); // finds 1 and is cut before 6
    slower.commit();
    rounds.run();
    rounds.run();

    assertThat(wire.texts()).containsExactly("4", "2", "5", "6", "3", "7", "8");
    assertThat(counters.violations.sum()).isZero();
  }

  @Test
  void d08_a_row_that_the_broker_refuses_is_parked_with_its_reason_and_the_rest_is_sent()
      throws Exception {
    wire.answers(m -> Wire.text(m).equals("poison") ? rejected() : Wire.confirmed(m));
    post.commit("a", "before", "poison", "after");
    Round rounds = rounds(post.relay());

    rounds.run();

    assertThat(wire.texts()).containsExactly("before", "poison", "after");
    assertThat(post.outbox.pending()).isZero();
    assertThat(
            post.query(
                "select string_agg(concat_ws(' ', shard, id, address, convert_from(key, 'UTF8'),"
                    + " convert_from(body, 'UTF8')), ',') from stagepost_outbox_parked"))
        .isEqualTo("0 2 notes a poison");
    assertThat(post.query("select error from stagepost_outbox_parked"))
        .contains("SP-TEST-001 too large");
    assertThat(counters.parked.sum()).isEqualTo(1);
    assertThat(counters.sent.sum()).isEqualTo(2);
  }

  @Test
  void d08_a_row_refused_for_a_fault_of_the_surroundings_waits_in_its_place() throws Exception {
    wire.answers(
        m ->
            CompletableFuture.failedFuture(
                new PublishRejectedException(
                    "SP-TEST-003", "denied", PublishRejectedException.Fault.SURROUNDINGS, null)));
    post.commit("a", "first", "second");
    Round rounds = rounds(post.relay());
    rounds.run();
    assertThat(counters.parked.sum()).isZero();
    assertThat(post.outbox.pending()).isEqualTo(2);

    wire.answers(Wire::confirmed);
    wire.clear();
    clock.advance(Duration.ofSeconds(1));
    exhaust(rounds);
    assertThat(wire.texts()).containsExactly("first", "second");
    assertThat(post.outbox.pending()).isZero();
  }

  /** The publish gate turns away what is for an address at rest, as a fault of the surroundings. */
  @Test
  void d08_rows_for_an_address_at_rest_wait_in_their_place_and_no_others() throws Exception {
    InMemoryTransport broker = InMemoryTransport.on(clock);
    try (Messaging messaging =
        broker
            .messaging()
            .publishLimits(PublishLimits.defaults().brokenAfter(2).brokenFor(Duration.ofSeconds(5)))
            .build()) {
      broker.faults().outage("notes", PublishFault.REJECTED_FOR_SURROUNDINGS);
      post.commit("a", "1", "2");
      Round rounds = rounds(post.relay().send(messaging::send, messaging::flush));
      rounds.run();
      clock.advance(Duration.ofMillis(100));
      rounds.run();
      assertThat(messaging.health().publishing().broken()).containsExactly("notes");

      // while it rests the broker would take them, but is not asked
      broker.faults().endOutage("notes");
      Connection connection = post.begin();
      post.outbox.insert(
          connection,
          List.of(new Message("orders", "b".getBytes(UTF_8), List.of(), "other".getBytes(UTF_8))));
      connection.commit();
      clock.advance(Duration.ofSeconds(1));
      rounds.run();
      assertThat(Post.texts(broker, "notes")).isEmpty();
      assertThat(Post.texts(broker, "orders")).containsExactly("other");
      assertThat(post.outbox.pending()).isEqualTo(2);
      assertThat(counters.parked.sum()).isZero();

      clock.advance(Duration.ofSeconds(5));
      exhaust(rounds);
      assertThat(Post.texts(broker, "notes")).containsExactly("1", "2");
      assertThat(post.outbox.pending()).isZero();
      assertThat(counters.sent.sum()).isEqualTo(3);
    }
  }

  @Test
  void a_row_whose_headers_are_damaged_is_parked() throws Exception {
    post.commit("a", "one");
    post.execute("update stagepost_outbox set headers = '\\x0900'");

    rounds(post.relay()).run();

    assertThat(post.query("select error from stagepost_outbox_parked")).contains("SP-OUTBOX-017");
    assertThat(wire.texts()).isEmpty();
  }

  @Test
  void d08_after_an_unknown_failure_what_was_confirmed_is_deleted_and_the_rest_is_sent_again()
      throws Exception {
    CompletableFuture<Receipt> pending = new CompletableFuture<>();
    wire.answers(
        m -> {
          if (Wire.text(m).equals("3")) {
            pending.completeExceptionally(
                new PublishUnknownException("SP-TEST-002", "no answer", null));
          }
          return Wire.text(m).equals("2") ? pending : Wire.confirmed(m);
        });
    post.commit("a", "1", "2", "3", "4");
    Round rounds = rounds(post.relay());

    rounds.run(); // the answer to 2 comes while 3 is sent; 4 is held back

    assertThat(wire.texts()).containsExactly("1", "2", "3");
    assertThat(post.outbox.pending()).isEqualTo(2);
    wire.answers(Wire::confirmed);
    wire.clear();
    assertThat(rounds.run().rows()).as("the shard rests").isZero();
    clock.advance(Duration.ofMillis(100));
    exhaust(rounds);
    assertThat(wire.texts()).containsExactly("2", "4");
    assertThat(post.outbox.pending()).isZero();
    assertThat(counters.sent.sum()).isEqualTo(4);
  }

  @Test
  void d08_an_answer_that_never_comes_is_an_unknown_failure() throws Exception {
    wire.answers(m -> new CompletableFuture<>());
    post.commit("a", "1");
    long begun = System.nanoTime();

    post.rounds(hasty(OnRefused.SKIP_PAST), counters).run();

    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(200));
    assertThat(post.outbox.pending()).isEqualTo(1);
    assertThat(counters.sent.sum()).isZero();
  }

  private Settings hasty(OnRefused onRefused) {
    Settings usual = post.relay().clock(clock).settings();
    return new Settings(
        usual.shards(),
        usual.shardsPerRound(),
        usual.rowsPerShard(),
        usual.bytesPerShard(),
        Duration.ofMillis(200),
        onRefused,
        usual.send(),
        usual.flush(),
        usual.clock());
  }

  /** Each change of hands makes the next relay read what the other has sent already. */
  @Test
  void what_another_relay_keeps_working_on_is_left_to_it() throws Exception {
    Settings settings = post.relay().clock(clock).settings();
    try (RelaySession other = post.outbox.open(settings.session())) {
      Round rounds = post.rounds(settings, counters);
      post.commit("a", "1");
      for (int i = 0; i < 10; i++) {
        assertThat(other.claim(List.of(0), 1)).containsExactly(0);
        rounds.run();
        other.commit(Set.of());
        rounds.run(); // too soon to ask again
        clock.advance(Duration.ofMillis(99));
      }
      assertThat(counters.sent.sum()).isZero();

      clock.advance(Duration.ofMillis(1));
      rounds.run();
      assertThat(counters.sent.sum()).isEqualTo(1);
    }
  }

  /** A sender gathers batches; a relay that has nothing more to send does not wait for more. */
  @ParameterizedTest
  @EnumSource(OnRefused.class)
  void each_step_of_a_round_is_flushed(OnRefused onRefused) throws Exception {
    wire.gathers();
    post.commit("a", "a 1", "a 2", "a 3");
    post.commit("b", "b 1", "b 2");

    post.rounds(post.relay().onRefused(onRefused).settings(), counters).run();

    assertThat(post.outbox.pending()).isZero();
    assertThat(counters.sent.sum()).isEqualTo(5);
  }

  /** Its own later rows wait for the answer that never comes; nobody else's do. */
  @ParameterizedTest
  @EnumSource(OnRefused.class)
  void d08_a_key_that_is_never_answered_does_not_hold_up_others(OnRefused onRefused)
      throws Exception {
    wire.answers(
        m -> Wire.text(m).startsWith("bad") ? new CompletableFuture<>() : Wire.confirmed(m));
    post.commit("a", "bad 1", "bad 2");
    Round rounds = post.rounds(hasty(onRefused), counters);
    rounds.run();
    clock.advance(Duration.ofMillis(100));
    post.commit("b", "other 1", "other 2");
    rounds.run();
    rounds.run();

    assertThat(wire.texts()).contains("other 1", "other 2");
    assertThat(post.outbox.pending()).isEqualTo(2);
    assertThat(wire.texts().indexOf("bad 2")).isNotEqualTo(0);
  }

  @Test
  void a_key_that_keeps_failing_is_tried_ever_less_often_while_others_go_on() throws Exception {
    wire.answers(m -> Wire.text(m).equals("bad") ? unknown() : Wire.confirmed(m));
    post.commit("a", "bad");
    Round rounds = rounds(post.relay());
    for (int i = 0; i < 600; i++) {
      if (i % 5 == 0) {
        post.commit("b", "good " + i);
      }
      rounds.run();
      clock.advance(Duration.ofMillis(200));
    }
    long tries = wire.texts().stream().filter("bad"::equals).count();
    assertThat(tries).isBetween(8L, 14L);
    assertThat(post.outbox.pending()).isEqualTo(1);
  }

  @Test
  void a_shard_that_keeps_failing_is_tried_ever_less_often() throws Exception {
    wire.answers(m -> unknown());
    post.commit("a", "1");
    Round rounds = rounds(post.relay());

    List<Integer> tries = new ArrayList<>();
    for (int second = 0; second < 120; second++) {
      rounds.run();
      clock.advance(Duration.ofSeconds(1));
      tries.add(wire.arrived().size());
    }
    assertThat(tries.get(119)).isBetween(8, 18);
    assertThat(post.outbox.pending()).isEqualTo(1);
  }

  @Test
  void d08_a_key_that_keeps_failing_holds_back_its_successors_and_no_other_key() throws Exception {
    wire.answers(m -> Wire.text(m).startsWith("bad") ? unknown() : Wire.confirmed(m));
    post.commit("a", "bad 1");
    Round rounds = rounds(post.relay());
    rounds.run();
    Connection connection = post.begin();
    post.insert(connection, "a", "2");
    post.insert(connection, "b", "other");
    post.insert(connection, "a", "3");
    connection.commit();
    wire.clear();

    clock.advance(Duration.ofMillis(100));
    rounds.run();
    assertThat(wire.texts()).containsExactly("bad 1", "other");
    assertThat(post.outbox.pending()).isEqualTo(3);

    wire.answers(Wire::confirmed);
    wire.clear();
    clock.advance(Duration.ofSeconds(1));
    exhaust(rounds);
    assertThat(wire.texts()).containsExactly("bad 1", "2", "3");
    assertThat(post.outbox.pending()).isZero();
  }

  @Test
  void d08_a_failing_shard_does_not_hold_up_the_others() throws Exception {
    try (Post wide = new Post(8)) {
      wide.wire.answers(m -> Wire.text(m).equals("bad") ? unknown() : Wire.confirmed(m));
      wide.commit("a", "bad");
      Round rounds = wide.rounds(wide.relay().clock(clock).settings(), counters);
      rounds.run();
      for (int i = 0; i < 50; i++) {
        wide.commit("key" + i, "good");
        rounds.run();
      }
      int sharedShard = new ShardOf(8).key("a".getBytes(UTF_8));
      assertThat(wide.query("select count(*) from stagepost_outbox where shard <> " + sharedShard))
          .isEqualTo("0");
    }
  }

  @Test
  void d08_a_session_cut_between_send_and_delete_loses_nothing() throws Exception {
    post.commit("a", "1", "2");
    AtomicReference<Throwable> killed = new AtomicReference<>();
    wire.answers(
        m -> {
          if (Wire.text(m).equals("2")) {
            try {
              post.execute(
                  "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                      + " where state = 'idle in transaction' and datname = current_database()");
            } catch (SQLException failure) {
              killed.set(failure);
            }
          }
          return Wire.confirmed(m);
        });
    Round rounds = rounds(post.relay());

    assertThatExceptionOfType(SQLException.class).isThrownBy(rounds::run);

    assertThat(killed).hasNullValue();
    assertThat(post.outbox.pending()).isEqualTo(2);
    wire.answers(Wire::confirmed);
    rounds(post.relay()).run();
    assertThat(wire.texts()).containsExactly("1", "2", "1", "2");
    assertThat(post.outbox.pending()).isZero();
  }

  @Test
  void d08_several_relays_share_the_shards_and_hand_over() throws Exception {
    try (Post wide = new Post(4)) {
      Settings two = wide.relay().shardsPerRound(2).settings();
      List<Round.Result> others = new ArrayList<>();
      Round second = wide.rounds(two, counters);
      // while the first is in the midst of its round, the second takes the other shards
      wide.wire.answers(
          m -> {
            if (others.isEmpty()) {
              others.add(new Round.Result(0, false, false));
              try {
                others.set(0, second.run());
              } catch (SQLException | InterruptedException failure) {
                throw new AssertionError(failure);
              }
            }
            return Wire.confirmed(m);
          });
      for (int i = 0; i < 40; i++) {
        wide.commit("key" + i, "row" + i);
      }
      Round first = wide.rounds(two, counters);

      Round.Result result = first.run();

      assertThat(result.rows() + others.get(0).rows()).isEqualTo(40);
      assertThat(Set.copyOf(wide.wire.texts())).hasSize(40);
      assertThat(wide.wire.arrived()).hasSize(40);

      // and the next time each takes what the other had
      for (int i = 0; i < 40; i++) {
        wide.commit("key" + i, "again" + i);
      }
      first.run();
      first.run();
      assertThat(wide.outbox.pending()).isZero();
      assertThat(wide.wire.arrived()).hasSize(80);
    }
  }

  @Test
  void a_shard_that_somebody_else_works_on_is_left_alone() throws Exception {
    post.commit("a", "1");
    Round first = rounds(post.relay());
    Round second = rounds(post.relay());
    List<Round.Result> others = new ArrayList<>();
    wire.answers(
        m -> {
          try {
            others.add(second.run());
          } catch (SQLException | InterruptedException failure) {
            throw new AssertionError(failure);
          }
          return Wire.confirmed(m);
        });

    first.run();

    assertThat(others).containsExactly(new Round.Result(0, false, false));
    assertThat(wire.texts()).containsExactly("1");
  }
}
