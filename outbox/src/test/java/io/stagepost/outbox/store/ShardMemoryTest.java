package io.stagepost.outbox.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.outbox.store.ShardMemory.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class ShardMemoryTest {
  private static final int UNBOUNDED = Integer.MAX_VALUE;

  @Test
  void parts_of_ranges_that_were_missing_before_are_told_from_later_ones() {
    ShardMemory memory = new ShardMemory(0, 100);
    memory.judge(List.of(5L, 10L), false, 1, 50);
    List<Range> earlier = memory.missing();
    memory.judge(List.of(2L, 20L), false, 1, 60);

    assertThat(memory.missing())
        .containsExactly(
            new Range(1, 1, 50), new Range(3, 4, 50), new Range(6, 9, 50), new Range(11, 19, 60));
    assertThat(memory.within(earlier))
        .containsExactly(new Range(1, 1, 50), new Range(3, 4, 50), new Range(6, 9, 50));
    memory.over(earlier.subList(0, 1));
    memory.judge(List.of(3L), false, 1, 70);
    assertThat(memory.missing()).containsExactly(new Range(6, 9, 50), new Range(11, 19, 60));
  }

  @Test
  void what_was_found_is_seen_and_what_lies_between_is_missing() {
    ShardMemory memory = new ShardMemory(10, UNBOUNDED);

    assertThat(memory.judge(List.of(12L, 13L, 17L), false, 100, 105)).isEmpty();

    assertThat(memory.seen()).isEqualTo(17);
    assertThat(memory.missing()).containsExactly(new Range(11, 11, 105), new Range(14, 16, 105));
    assertThat(memory.low()).isEqualTo(10);
  }

  @Test
  void a_missing_id_that_is_found_splits_its_range() {
    ShardMemory memory = new ShardMemory(0, UNBOUNDED);
    memory.judge(List.of(10L), false, 100, 105);

    assertThat(memory.judge(List.of(4L), false, 104, 106)).isEmpty();

    assertThat(memory.missing()).containsExactly(new Range(1, 3, 105), new Range(5, 9, 105));
  }

  @Test
  void a_missing_id_is_forgotten_when_xmin_has_reached_its_horizon_and_not_before() {
    ShardMemory memory = new ShardMemory(0, UNBOUNDED);
    memory.judge(List.of(2L), false, 100, 105);

    memory.judge(List.of(), false, 104, 0);
    assertThat(memory.missing()).containsExactly(new Range(1, 1, 105));

    memory.judge(List.of(), false, 105, 0);
    assertThat(memory.missing()).isEmpty();
    assertThat(memory.low()).isEqualTo(2);
  }

  @Test
  void nothing_is_judged_beyond_a_cut() {
    ShardMemory memory = new ShardMemory(0, UNBOUNDED);
    memory.judge(List.of(10L, 20L), false, 100, 105);

    memory.judge(List.of(5L), true, 105, 110);

    assertThat(memory.seen()).isEqualTo(20);
    assertThat(memory.missing()).containsExactly(new Range(6, 9, 105), new Range(11, 19, 105));
  }

  @Test
  void what_is_found_where_nothing_was_missing_is_a_violation() {
    ShardMemory memory = new ShardMemory(0, UNBOUNDED);
    memory.judge(List.of(1L, 5L), false, 100, 105);

    assertThat(memory.judge(List.of(1L, 3L, 5L, 6L), false, 105, 110)).containsExactly(1L, 5L);

    assertThat(memory.seen()).isEqualTo(6);
    assertThat(memory.missing()).isEmpty();
  }

  @Test
  void too_many_ranges_become_one_that_covers_them() {
    ShardMemory memory = new ShardMemory(0, 3);
    memory.judge(List.of(2L), false, 100, 101);
    memory.judge(List.of(4L, 6L), false, 100, 102);
    memory.judge(List.of(8L), false, 100, 103);

    assertThat(memory.missing())
        .containsExactly(new Range(1, 1, 101), new Range(3, 3, 102), new Range(5, 7, 103));
  }

  @Test
  void ranges_are_not_merged_over_a_row_that_was_left() {
    ShardMemory memory = new ShardMemory(0, 2);
    memory.left.add(4);
    memory.left.add(8);
    memory.judge(List.of(2L, 4L, 6L, 8L), false, 100, 101);

    assertThat(memory.missing())
        .containsExactly(new Range(1, 1, 101), new Range(3, 3, 101), new Range(5, 7, 101));
    assertThat(memory.low()).isZero();
    memory.judge(List.of(), false, 101, 0);
    assertThat(memory.low()).isEqualTo(8);
    assertThat(memory.mark()).isEqualTo(3);
  }

  /** One id at a time: what ShardMemory does with ranges. */
  private static final class PerId {
    long seen;
    NavigableMap<Long, Long> missing = new TreeMap<>();

    void judge(List<Long> found, boolean cut, long xmin, long horizon) {
      NavigableMap<Long, Long> next = new TreeMap<>();
      long limit = cut ? found.get(found.size() - 1) : Long.MAX_VALUE;
      missing.forEach(
          (id, h) -> {
            if (!found.contains(id) && (id > limit || xmin < h)) {
              next.put(id, h);
            }
          });
      for (long id : found) {
        for (long hole = seen + 1; hole < id; hole++) {
          next.put(hole, horizon);
        }
        seen = Math.max(seen, id);
      }
      missing = next;
    }
  }

  @RepeatedTest(100)
  void ranges_do_what_single_ids_would(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    ShardMemory memory = new ShardMemory(0, UNBOUNDED);
    PerId model = new PerId();
    long xid = 100;
    for (int round = 0; round < 60; round++) {
      NavigableSet<Long> ids = new TreeSet<>();
      model.missing.keySet().stream().filter(id -> random.nextInt(6) == 0).forEach(ids::add);
      for (long id = model.seen + 1; id < model.seen + 8; id++) {
        if (random.nextInt(3) == 0) {
          ids.add(id);
        }
      }
      List<Long> found = new ArrayList<>(ids);
      boolean cut = !found.isEmpty() && random.nextInt(4) == 0;
      if (cut) {
        found = found.subList(0, 1 + random.nextInt(found.size()));
      }
      xid += random.nextInt(5);
      long xmin = xid - random.nextInt(20);
      assertThat(memory.judge(found, cut, xmin, xid)).isEmpty();
      model.judge(found, cut, xmin, xid);

      NavigableMap<Long, Long> missing = new TreeMap<>();
      long last = 0;
      for (Range range : memory.missing()) {
        assertThat(range.lo()).isGreaterThan(last);
        last = range.hi();
        for (long id = range.lo(); id <= range.hi(); id++) {
          missing.put(id, range.horizon());
        }
      }
      assertThat(missing).isEqualTo(model.missing);
      assertThat(memory.seen()).isEqualTo(model.seen);
      assertThat(last).isLessThanOrEqualTo(memory.seen());
    }
  }

  /** A database in miniature: transaction ids, a sequence, rows, snapshots. */
  private static final class Miniature {
    long nextXid = 100;
    long nextId = 1;
    final Map<Long, NavigableSet<Long>> running = new HashMap<>();
    final NavigableSet<Long> rows = new TreeSet<>();
    final Set<Long> committed = new HashSet<>();

    long xmin() {
      return running.keySet().stream().min(Long::compare).orElse(nextXid);
    }
  }

  @RepeatedTest(200)
  void d08_in_random_schedules_of_several_relays_every_committed_row_is_found_once(
      RepetitionInfo repetition) {
    Random random = new Random(1_000 + repetition.getCurrentRepetition());
    Miniature db = new Miniature();
    List<ShardMemory> relays = new ArrayList<>();
    int maxRanges = random.nextBoolean() ? UNBOUNDED : 2 + random.nextInt(4);
    for (int i = 0; i < 1 + random.nextInt(3); i++) {
      relays.add(new ShardMemory(0, maxRanges));
    }
    long mark = 0;
    Set<Long> sent = new HashSet<>();
    for (int step = 0; step < 400; step++) {
      switch (random.nextInt(7)) {
        case 0 -> db.running.put(db.nextXid++, new TreeSet<>());
        case 1, 2 ->
            pick(db, random)
                .ifPresent(xid -> Objects.requireNonNull(db.running.get(xid)).add(db.nextId++));
        case 3 ->
            pick(db, random)
                .ifPresent(
                    xid -> {
                      Set<Long> ids = Objects.requireNonNull(db.running.remove(xid));
                      if (random.nextInt(3) > 0) {
                        db.rows.addAll(ids);
                        db.committed.addAll(ids);
                      }
                    });
        default -> {
          int at = random.nextInt(relays.size());
          if (random.nextInt(20) == 0) {
            relays.set(at, new ShardMemory(mark, maxRanges)); // died; its successor reads the mark
          }
          ShardMemory memory = relays.get(at);
          int limit = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : UNBOUNDED;
          round(db, memory, limit, sent);
          mark = Math.max(mark, memory.low());
        }
      }
    }
    db.running.keySet().stream().sorted().toList().forEach(db.running::remove);
    relays.forEach(memory -> round(db, memory, UNBOUNDED, sent));
    assertThat(sent).isEqualTo(db.committed);
    db.nextXid++;
    for (ShardMemory memory : relays) {
      round(db, memory, UNBOUNDED, sent);
      assertThat(memory.missing()).as("what rolled back is forgotten").isEmpty();
    }
  }

  private static Optional<Long> pick(Miniature db, Random random) {
    List<Long> xids = db.running.keySet().stream().sorted().toList();
    return xids.isEmpty() ? Optional.empty() : Optional.of(xids.get(random.nextInt(xids.size())));
  }

  private static void round(Miniature db, ShardMemory memory, int limit, Set<Long> sent) {
    List<Range> slice = new ArrayList<>(memory.missing());
    slice.add(new Range(memory.seen() + 1, Long.MAX_VALUE, 0));
    List<Long> found =
        db.rows.stream()
            .filter(id -> slice.stream().anyMatch(range -> range.lo() <= id && id <= range.hi()))
            .limit(limit)
            .toList();
    long xmin = db.xmin();
    long horizon = found.isEmpty() ? 0 : db.nextXid++; // the delete's own transaction id
    found.forEach(
        id -> {
          assertThat(sent.add(id)).as("row %s is new", id).isTrue();
          db.rows.remove(id);
        });
    assertThat(memory.judge(found, found.size() == limit, xmin, horizon)).isEmpty();
  }
}
