package io.stagepost.prove;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.prove.Oracle.Effect;
import io.stagepost.prove.Oracle.Seen;
import io.stagepost.prove.Oracle.Truth;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The oracle tells each broken promise by its name, and nothing else. */
class OracleTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private final List<Truth> truth = new ArrayList<>();
  private final List<Seen> log = new ArrayList<>();
  private final List<Effect> effects = new ArrayList<>();
  private final StringBuilder sends = new StringBuilder();

  @Test
  void what_was_published_and_took_effect_in_order_holds() {
    all("a", 1);
    all("b", 1);
    all("a", 2);
    assertBroken();
  }

  @Test
  void copies_are_counted_wherever_they_come_and_break_nothing() {
    all("a", 1);
    all("a", 2);
    seen("a", 1);
    assertBroken();
    assertThat(oracle().duplicates()).isEqualTo(1);
  }

  @Test
  void an_event_that_never_came_is_lost_and_its_effect_is_missing() {
    all("a", 1);
    committed("a", 2);
    assertBroken("lost", "effects missing");
  }

  @Test
  void an_event_that_was_not_committed_was_published_all_the_same() {
    all("a", 1);
    seen("a", 2);
    assertBroken("uncommitted published");
  }

  @Test
  void of_a_key_the_first_copies_must_be_in_order() {
    committed("a", 1);
    committed("a", 2);
    seen("a", 2);
    seen("a", 1);
    seen("a", 2);
    effect("a", 1);
    effect("a", 2);
    assertBroken("order breaks");
  }

  @Test
  void what_failed_while_later_ones_were_on_their_way_may_be_passed_by_them() {
    passed("send a1", "send a2", "send a3", "fail a1 late", "done a2", "done a3");
    assertThat(pipelined().breaks().get("order breaks")).isEmpty();
    assertThat(pipelined().explained()).hasSize(1);
    assertThat(pipelined().holds()).isTrue();
    assertBroken("order breaks", "effects out of order");
  }

  @Test
  void what_was_known_to_have_failed_may_not_be_passed() {
    passed("send a1", "send a2", "fail a1 late", "done a2", "send a3", "done a3");
    assertUnexplained();
  }

  @Test
  void what_was_not_sent_before_may_not_be_passed() {
    passed("send a2", "send a3", "send a1", "fail a1 late", "done a2", "done a3");
    assertUnexplained();
  }

  @Test
  void what_did_not_fail_may_not_be_passed() {
    passed("send a1", "send a2", "send a3", "done a1", "done a2", "done a3");
    assertUnexplained();
    sends.setLength(0);
    passed("send a1", "send a2", "send a3", "done a2", "done a3");
    assertUnexplained();
  }

  @Test
  void what_failed_in_another_life_explains_nothing() {
    passed();
    List<Attempt> attempts =
        new ArrayList<>(SendBook.read("relay-1.1", "0 send a1\n1 fail a1 late\n"));
    attempts.addAll(SendBook.read("relay-1.2", "0 send a2\n0 send a3\n"));
    Oracle oracle = new Oracle(truth, log, effects, attempts, true);
    assertThat(oracle.breaks().get("order breaks")).hasSize(1);
  }

  @Test
  void a_copy_must_be_the_same_and_the_first_what_was_committed() {
    all("a", 1);
    log.add(new Seen("a1", "a", 0, log.size(), NOON, "other headers", "nonce-a1"));
    assertBroken("changed");
    log.set(1, new Seen("a1", "a", 0, 1, NOON, "headers", "nonce-b1"));
    assertBroken("changed");
  }

  @Test
  void effects_come_once_and_in_order() {
    all("a", 1);
    all("b", 1);
    effect("a", 1);
    assertBroken("effects twice");
    effects.clear();
    committed("a", 2);
    seen("a", 2);
    effect("b", 1);
    effect("a", 2);
    effect("a", 1);
    assertBroken("effects out of order");
  }

  @Test
  void the_slowest_is_told() {
    all("a", 1);
    assertThat(oracle().slowestPublished()).isEqualTo(Duration.ZERO);
    assertThat(oracle().slowestEffect()).isEqualTo(Duration.ofSeconds(3));
  }

  private void all(String key, long seq) {
    committed(key, seq);
    seen(key, seq);
    effect(key, seq);
  }

  private void committed(String key, long seq) {
    truth.add(new Truth(key + seq, key, seq, "nonce-" + key + seq, NOON));
  }

  private void seen(String key, long seq) {
    log.add(new Seen(key + seq, key, 0, log.size(), NOON, "headers", "nonce-" + key + seq));
  }

  private void effect(String key, long seq) {
    effects.add(new Effect(key + seq, key, seq, NOON.plusSeconds(3)));
  }

  /** Number one comes last, after these sends of a relay. */
  private void passed(String... lines) {
    truth.clear();
    log.clear();
    effects.clear();
    all("a", 2);
    all("a", 3);
    all("a", 1);
    for (String line : lines) {
      sends.append(sends.length()).append(' ').append(line).append('\n');
    }
  }

  private void assertUnexplained() {
    assertThat(pipelined().breaks().get("order breaks")).hasSize(1);
    assertThat(pipelined().explained()).isEmpty();
    assertThat(pipelined().holds()).isFalse();
  }

  private Oracle oracle() {
    return oracle(false);
  }

  private Oracle pipelined() {
    return oracle(true);
  }

  private Oracle oracle(boolean pipelined) {
    return new Oracle(
        truth, log, effects, SendBook.read("relay-1.4711", sends.toString()), pipelined);
  }

  private void assertBroken(String... names) {
    List<String> broken =
        oracle().breaks().entrySet().stream()
            .filter(entry -> !entry.getValue().isEmpty())
            .map(entry -> entry.getKey())
            .toList();
    assertThat(broken).containsExactly(names);
    assertThat(oracle().holds()).isEqualTo(names.length == 0);
  }
}
