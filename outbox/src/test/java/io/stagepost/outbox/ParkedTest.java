package io.stagepost.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.outbox.store.ParkedRow;
import io.stagepost.outbox.store.RowId;
import java.sql.Connection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the broker refuses for good, what waits behind it, and what a person does about it. */
class ParkedTest {
  private final Post post = new Post(1);
  private final Wire wire = post.wire;

  @BeforeEach
  void refuse() {
    wire.answers(
        m ->
            Wire.text(m).startsWith("poison")
                ? CompletableFuture.failedFuture(
                    new PublishRejectedException("SP-TEST-001", "too large", Fault.MESSAGE, null))
                : Wire.confirmed(m));
  }

  @AfterEach
  void close() throws Exception {
    post.close();
  }

  private Round holding() throws Exception {
    return post.rounds(post.relay().onRefused(OnRefused.HOLD_KEY).settings(), new Relay.Counters());
  }

  private List<RowId> parked() {
    return post.outbox.parked().list(null, 100).stream().map(ParkedRow::id).toList();
  }

  /** The broker takes everything from now on. */
  private void mend() {
    wire.answers(Wire::confirmed);
    wire.clear();
  }

  @Test
  void d08_later_rows_of_the_key_pass_a_refused_one_which_comes_late_if_it_is_retried()
      throws Exception {
    post.commit("a", "1", "poison", "2");
    Round rounds = post.rounds();
    rounds.run();
    assertThat(wire.texts()).containsExactly("1", "poison", "2");

    mend();
    assertThat(post.outbox.parked().retry(parked())).isEqualTo(1);
    rounds.run();
    rounds.run();
    assertThat(wire.texts()).containsExactly("poison");
    assertThat(post.outbox.depth(10).parked()).isZero();
    assertThat(post.outbox.pending()).isZero();
  }

  @Test
  void d08_a_held_key_keeps_its_order_when_the_parked_row_is_retried() throws Exception {
    Round rounds = holding();
    post.commit("a", "1", "poison", "2");
    post.commit("b", "other");
    rounds.run();
    post.commit("a", "3");
    rounds.run();
    assertThat(wire.texts()).containsExactlyInAnyOrder("1", "poison", "other");
    assertThat(post.outbox.pending()).isEqualTo(2);

    mend();
    post.outbox.parked().retry(parked());
    post.commit("a", "4");
    rounds.run();
    rounds.run();
    assertThat(wire.texts()).containsExactly("poison", "2", "3", "4");
    assertThat(post.outbox.pending()).isZero();
  }

  @Test
  void d08_a_held_key_goes_on_when_the_parked_row_is_discarded() throws Exception {
    Round rounds = holding();
    post.commit("a", "poison", "2", "poison 2", "3");
    rounds.run();
    assertThat(post.outbox.parked().discard(parked())).isEqualTo(1);
    rounds.run();
    rounds.run();
    assertThat(wire.texts()).containsExactly("poison", "2", "poison 2");

    post.outbox.parked().discard(parked());
    rounds.run();
    rounds.run();
    assertThat(wire.texts()).containsExactly("poison", "2", "poison 2", "3");
    assertThat(post.outbox.pending()).isZero();
  }

  @Test
  void d08_another_relay_holds_the_key_too_and_lets_it_go() throws Exception {
    Round first = holding();
    Round second = holding();
    second.run(); // knows the shard, with nothing held
    post.commit("a", "poison", "2");
    first.run();
    post.commit("a", "3");
    second.run();
    second.run();
    assertThat(wire.texts()).containsExactly("poison");

    mend();
    post.outbox.parked().retry(parked());
    second.run();
    second.run();
    first.run();
    first.run();
    assertThat(wire.texts()).containsExactly("poison", "2", "3");
    assertThat(post.outbox.pending()).isZero();
  }

  @Test
  void a_row_that_is_refused_again_is_parked_again() throws Exception {
    Round rounds = holding();
    post.commit("a", "poison", "2");
    rounds.run();
    post.outbox.parked().retry(parked());
    rounds.run();
    rounds.run();

    assertThat(parked()).containsExactly(new RowId(0, 1));
    assertThat(wire.texts()).containsExactly("poison", "poison");
    assertThat(post.outbox.pending()).isEqualTo(1);
  }

  @Test
  void a_row_without_a_key_holds_nothing() throws Exception {
    Round rounds = holding();
    post.commit(null, "poison", "2");
    rounds.run();

    assertThat(wire.texts()).containsExactly("poison", "2");
    assertThat(post.outbox.parked().list(null, 1)).noneMatch(ParkedRow::holds);
  }

  @Test
  void d08_many_rows_behind_a_held_key_do_not_keep_others_from_being_found() throws Exception {
    Round rounds =
        post.rounds(
            post.relay().onRefused(OnRefused.HOLD_KEY).rowsPerShard(3).settings(),
            new Relay.Counters());
    post.commit("a", "poison");
    for (int i = 0; i < 20; i++) {
      post.commit("a", "behind " + i);
    }
    post.commit("b", "other");
    while (rounds.run().more()) {}

    assertThat(wire.texts()).containsExactly("poison", "other");
    mend();
    post.outbox.parked().discard(parked());
    while (rounds.run().more()) {}
    assertThat(wire.texts()).hasSize(20).startsWith("behind 0", "behind 1").endsWith("behind 19");
  }

  @Test
  void parked_rows_are_listed_with_why_and_when() throws Exception {
    post.commit("a", "poison");
    post.commit("b", "poison 2");
    post.rounds().run();

    List<ParkedRow> listed = post.outbox.parked().list("notes", 10);
    assertThat(listed).hasSize(2);
    assertThat(listed.get(0).error()).contains("SP-TEST-001 too large");
    assertThat(listed.get(0).address()).isEqualTo("notes");
    assertThat(listed.get(1).bodyBytes()).isEqualTo("poison 2".length());
    assertThat(post.outbox.parked().read(listed.get(1).id()))
        .hasValueSatisfying(row -> assertThat(row.body()).isEqualTo("poison 2".getBytes(UTF_8)));
    assertThat(post.outbox.parked().read(new RowId(0, 999))).isEmpty();
    assertThat(listed.get(0).holds()).isFalse();
    assertThat(post.outbox.parked().list("elsewhere", 10)).isEmpty();
    assertThat(post.outbox.parked().list(null, 1)).hasSize(1);
    assertThat(post.outbox.depth(10).parked()).isEqualTo(2);
  }

  @Test
  void ids_that_are_not_parked_change_nothing() throws Exception {
    post.commit("a", "1");

    assertThat(post.outbox.parked().retry(List.of(new RowId(0, 1), new RowId(0, 7)))).isZero();
    assertThat(post.outbox.parked().discard(List.of(new RowId(0, 1)))).isZero();
    assertThat(post.outbox.parked().retry(List.of())).isZero();
    assertThat(post.outbox.pending()).isEqualTo(1);
    assertThatExceptionOfType(MessagingException.class)
        .isThrownBy(() -> RowId.parse("17"))
        .withMessageContaining("SP-OUTBOX-024");
    assertThat(RowId.parse("3/1042")).isEqualTo(new RowId(3, 1042));
  }

  @Test
  void d08_retry_waits_for_the_round_under_way() throws Exception {
    post.commit("a", "poison");
    Round rounds = post.rounds();
    rounds.run();
    List<RowId> ids = parked();
    Connection round = post.begin();
    Post.query(
        round, "select pg_try_advisory_xact_lock('stagepost_outbox'::regclass::oid::int, 0)::text");

    CompletableFuture<Integer> retrying =
        CompletableFuture.supplyAsync(() -> post.outbox.parked().retry(ids));
    org.awaitility.Awaitility.await()
        .until(() -> post.query("select count(*) from pg_locks where not granted").equals("1"));
    assertThat(retrying).isNotDone();
    round.commit();
    assertThat(retrying.get()).isEqualTo(1);
  }
}
