package io.stagepost.internal.engine;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.spi.Assignment;
import java.time.Duration;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Explores interleavings of all that an engine does and has done to it: a seed decides every step,
 * so that a failure can be replayed, and an oracle watches from outside. {@code
 * -Dengine.schedules=N} explores N of them, {@code -Dengine.seed=S} begins with that one.
 */
class EngineInterleavingsTest {
  private static final int SCHEDULES = Integer.getInteger("engine.schedules", 3_000);
  private static final long FIRST_SEED = Long.getLong("engine.seed", 1L);

  /** Kept, so that its level is: the faults that the test injects are not news. */
  private static final Logger ENGINE_LOG = Logger.getLogger(Engine.class.getName());

  private final LateScheduler time = new LateScheduler();
  private final Assignment assignment = new Assignment("p0");
  private final RetryBudget budget =
      new RetryBudget(
          new RetryBudget.Rules(0, 0, Duration.ofSeconds(1), n -> Duration.ofSeconds(n)),
          time::nanos,
          probing -> {});
  private final ScheduleOracle oracle = oracle(Double.POSITIVE_INFINITY);

  @BeforeAll
  static void silence() {
    ENGINE_LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void speak() {
    ENGINE_LOG.setLevel(null);
  }

  @Test
  void d03_d04_d09_d10_d11_d12_hold_under_every_schedule() {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
      try {
        new Schedule(seed).run();
      } catch (AssertionError | RuntimeException broken) {
        throw new AssertionError("replay with -Dengine.schedules=1 -Dengine.seed=" + seed, broken);
      }
    }
  }

  @Test
  void the_oracle_notices_an_overlap() {
    oracle.started(delivery(0, "a"));
    assertThatThrownBy(() -> oracle.started(delivery(1, "a"))).hasMessageContaining("overlap");
  }

  @Test
  void the_oracle_notices_a_first_start_out_of_order() {
    TestDelivery later = delivery(1, "a");
    oracle.started(later);
    oracle.ended(later, false, false);
    assertThatThrownBy(() -> oracle.started(delivery(0, "a"))).hasMessageContaining("order");
  }

  @Test
  void the_oracle_notices_too_many_at_once() {
    oracle.started(delivery(0, "a"));
    oracle.started(delivery(1, "b"));
    assertThatThrownBy(() -> oracle.started(delivery(2, "c"))).hasMessageContaining("at once");
  }

  @Test
  void the_oracle_notices_a_second_probe() {
    budget.failed();
    oracle.started(delivery(0, "a"));
    assertThatThrownBy(() -> oracle.started(delivery(1, "b"))).hasMessageContaining("two probes");
  }

  @Test
  void the_oracle_notices_what_is_faster_than_the_limit() {
    ScheduleOracle limiting = oracle(10);
    limiting.started(delivery(0, "a"));
    assertThatThrownBy(() -> limiting.started(delivery(1, "b"))).hasMessageContaining("rate");
  }

  private ScheduleOracle oracle(double rate) {
    return new ScheduleOracle(
        new Engine.Bounds(2, 10, 100, 10, 1, rate, Map.of()), budget, time::nanos);
  }

  private TestDelivery delivery(int number, String key) {
    return new TestDelivery(number, key, 1, assignment);
  }
}
