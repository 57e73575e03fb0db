package io.stagepost.benchmarks.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import org.junit.jupiter.api.Test;

/** What rounds come to. */
class ComparisonTest {
  @Test
  void ratioIsTakenInEachRoundAndNotOfTheMedians() {
    Comparison row =
        Rows.row(
            "publish",
            Group.KAFKA,
            Unit.EVENTS_PER_SECOND,
            Rows.series("ours", null, 100, 50, 30),
            Rows.series("raw", 0.95, 50, 100, 30));

    assertThat(row.ours()).isEqualTo(new Spread(30, 50, 100));
    assertThat(row.others()).containsExactly(entry("raw", new Spread(30, 50, 100)));
    assertThat(row.ratio()).containsExactly(entry("raw", new Spread(0.5, 1, 2)));
    assertThat(row.target()).containsExactly(entry("raw", 0.95));
  }

  @Test
  void ratioIsAboveOneWhereOursTakesLessTimeOrMemory() {
    for (Unit unit : new Unit[] {Unit.MILLIS, Unit.MEBIBYTES}) {
      Comparison row =
          Rows.row(
              "latency",
              Group.LATENCY,
              unit,
              Rows.series("ours", null, 2, 4),
              Rows.series("peer", null, 8, 8));

      assertThat(row.ratio()).containsExactly(entry("peer", new Spread(2, 3, 4)));
      assertThat(row.target()).isEmpty();
    }
  }

  @Test
  void checksAreSummedOverTheRoundsAndLeftOutOfThoseThatNobodyLookedAt() {
    Series ours = new Series("ours", null, 2);
    ours.add(0, 1, new Checks(3, 1, 2, 4));
    ours.add(1, 1, new Checks(5, 1, 0, 1));

    Comparison row =
        Rows.row(
            "drain", Group.DRAIN, Unit.EVENTS_PER_SECOND, ours, Rows.series("bound", null, 1, 1));

    assertThat(row.checks()).containsExactly(entry("ours", new Checks(4, 2, 2, 5)));
  }
}
