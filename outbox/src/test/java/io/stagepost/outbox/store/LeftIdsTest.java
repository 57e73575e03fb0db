package io.stagepost.outbox.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class LeftIdsTest {
  @RepeatedTest(50)
  void runs_hold_what_single_ids_would(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    LeftIds left = new LeftIds();
    TreeSet<Long> model = new TreeSet<>();
    for (int i = 0; i < 300; i++) {
      long id = 1L + random.nextInt(40);
      if (random.nextInt(3) > 0) {
        left.add(id);
        model.add(id);
      } else {
        left.remove(id);
        model.remove(id);
      }
      long lo = random.nextInt(42);
      long hi = lo + random.nextInt(5) - 1;
      assertThat(left.isEmpty()).isEqualTo(model.isEmpty());
      assertThat(left.first()).isEqualTo(model.isEmpty() ? Long.MAX_VALUE : model.first());
      assertThat(left.isAnyIn(lo, hi))
          .isEqualTo(lo <= hi && !model.subSet(lo, true, hi, true).isEmpty());
    }
  }

  @Test
  void neighbours_are_one_run() {
    LeftIds left = new LeftIds();
    for (long id = 1; id <= 1_000_000; id++) {
      left.add(id);
    }
    left.remove(500);
    assertThat(left).hasToString("{1=499, 501=1000000}");
  }

  @Test
  void beyond_ten_thousand_runs_what_lies_between_counts_too() {
    LeftIds left = new LeftIds();
    for (long id = 2; id <= 60_000; id += 2) {
      left.add(id);
    }
    assertThat(left.isAnyIn(3, 3)).isFalse();
    assertThat(left.isAnyIn(59_999, 59_999)).isTrue();
    assertThat(left.isAnyIn(60_001, 70_000)).isFalse();
    assertThat(left.first()).isEqualTo(2);
  }
}
