package io.stagepost.outbox.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.testkit.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** When a shard is read as a whole. */
class ScheduleTest {
  private final ManualClock clock = new ManualClock();
  private final Schedule schedule = new Schedule(clock);

  @Test
  void shards_are_scanned_each_minute_spread_over_it() {
    clock.advance(Duration.ofSeconds(8));
    assertThat(schedule.isScanDue(0)).isTrue();
    assertThat(schedule.isScanDue(1)).isFalse();
    schedule.scanned(0, Duration.ofMillis(1));
    clock.advance(Duration.ofSeconds(59));
    assertThat(schedule.isScanDue(0)).isFalse();
    assertThat(schedule.isScanDue(1)).isTrue();
    clock.advance(Duration.ofSeconds(1));
    assertThat(schedule.isScanDue(0)).isTrue();
  }

  /** While a snapshot is held nothing that is dead can be cleared, and a scan steps over it. */
  @Test
  void a_scan_that_takes_long_is_followed_by_a_long_rest() {
    schedule.scanned(0, Duration.ofMillis(500));
    clock.advance(Duration.ofSeconds(499));
    assertThat(schedule.isScanDue(0)).isFalse();
    clock.advance(Duration.ofSeconds(1));
    assertThat(schedule.isScanDue(0)).isTrue();
  }

  @Test
  void a_clock_that_was_set_back_keeps_nobody_waiting() {
    AtomicReference<Instant> now = new AtomicReference<>(clock.instant());
    Schedule moved = new Schedule(now::get);
    moved.scanned(0, Duration.ofMillis(500));
    now.updateAndGet(time -> time.minus(Duration.ofHours(1)));
    assertThat(moved.isScanDue(0)).isTrue();
  }
}
