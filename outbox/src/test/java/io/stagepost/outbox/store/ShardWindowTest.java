package io.stagepost.outbox.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ShardWindowTest {
  private static final long ALL = Long.MAX_VALUE;

  private final ShardWindow window = new ShardWindow(Duration.ofSeconds(5));

  private static NavigableSet<Long> ids(Long... ids) {
    return new TreeSet<>(List.of(ids));
  }

  private void sample(int second, long highest) {
    window.sample(Duration.ofSeconds(second), Duration.ofSeconds(second), highest);
  }

  private void agree() {
    window.judge(ids(), ALL, Set.of(), ALL);
  }

  @Test
  void an_id_is_finished_once_no_insert_can_be_running_that_drew_a_lower_one() {
    window.shown(List.of(3L, 7L), List.of());
    sample(1, 7);
    agree();
    assertThat(window.low()).isZero();
    sample(5, 9);
    agree();
    assertThat(window.low()).isZero();
    sample(6, 9);
    agree();
    assertThat(window.low()).isEqualTo(7);
    sample(10, 9);
    agree();
    assertThat(window.low()).isEqualTo(9);
  }

  /** All were deleted when it looked. */
  @Test
  void what_was_seen_counts_where_nothing_is_left_to_be_read() {
    window.shown(List.of(7L), List.of());
    sample(1, 0);
    sample(6, 0);
    agree();
    assertThat(window.low()).isEqualTo(7);
    assertThat(window.isMoving()).isFalse();
  }

  @Test
  void a_pending_id_is_remembered_until_it_is_shown_or_gone_and_the_mark_stays_below_it() {
    window.shown(List.of(3L, 7L), List.of());
    sample(1, 7);
    sample(100, 7);
    window.judge(ids(4L, 5L, 6L), ALL, Set.of(4L), ALL);
    assertThat(window.low()).isEqualTo(7);
    assertThat(window.pending()).containsExactly(5L, 6L);
    assertThat(window.mark()).isEqualTo(4);
    assertThat(window.isOpen()).isTrue();
    assertThat(window.isMoving()).isTrue();

    window.shown(List.of(5L), List.of());
    window.judge(ids(6L), ALL, Set.of(), ALL);
    assertThat(window.pending()).containsExactly(6L);
    window.judge(ids(), ALL, Set.of(6L), 5);
    assertThat(window.pending()).as("committed, and beyond a cut").containsExactly(6L);
    window.judge(ids(), ALL, Set.of(), ALL);
    assertThat(window.pending()).isEmpty();
    assertThat(window.mark()).isEqualTo(7);
    assertThat(window.isOpen()).isFalse();
  }

  @Test
  void of_more_pending_ids_than_are_told_apart_the_rest_is_waited_for() {
    NavigableSet<Long> many = new TreeSet<>();
    for (long id = 1; id <= ShardWindow.MAX_PENDING + 10; id++) {
      many.add(id);
    }
    window.shown(List.of(1_000L), List.of());
    sample(1, 1_000);
    sample(100, 1_000);
    window.judge(many, ALL, Set.of(1_000L), ALL);
    assertThat(window.low()).isEqualTo(ShardWindow.MAX_PENDING);
    assertThat(window.pending()).hasSize(ShardWindow.MAX_PENDING);
  }

  @Test
  void what_was_known_of_time_is_kept_when_it_begins_again() {
    window.shown(List.of(3L, 7L), List.of(3L));
    sample(1, 7);
    sample(6, 7);
    agree();
    assertThat(window.low()).isEqualTo(7);
    window.begin(2);
    assertThat(window.low()).isEqualTo(2);
    window.shown(List.of(3L), List.of());
    agree();
    assertThat(window.low()).isEqualTo(7);
    assertThat(window.mark()).isEqualTo(7);
  }

  @Test
  void nothing_beyond_a_cut_of_either_read_is_judged() {
    window.shown(List.of(20L), List.of());
    sample(1, 20);
    sample(6, 20);
    window.judge(ids(2L, 9L), 9, Set.of(2L, 9L), 4);
    assertThat(window.low()).isEqualTo(4);
    window.judge(ids(9L), 9, Set.of(9L), ALL);
    assertThat(window.low()).isEqualTo(9);
  }

  @Test
  void what_was_left_is_remembered_above_low_and_the_mark_stays_below_it() {
    window.shown(List.of(3L, 5L, 7L), List.of(5L, 7L));
    assertThat(window.isLeft(5)).isTrue();
    sample(1, 7);
    sample(6, 7);
    window.judge(ids(5L, 7L), ALL, Set.of(5L, 7L), ALL);
    assertThat(window.low()).isEqualTo(7);
    assertThat(window.mark()).isEqualTo(4);
    assertThat(window.leftAbove()).isZero();
  }

  @Test
  void what_was_left_and_is_settled_when_read_again_is_left_no_more() {
    window.shown(List.of(5L), List.of(5L));
    window.shown(List.of(5L), List.of());
    assertThat(window.isLeft(5)).isFalse();
  }
}
