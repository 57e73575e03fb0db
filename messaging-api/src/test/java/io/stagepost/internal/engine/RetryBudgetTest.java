package io.stagepost.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {
  private long now = -TimeUnit.HOURS.toNanos(1); // the ticker's origin may be any
  private final List<Boolean> told = new ArrayList<>();
  private final RetryBudget budget =
      new RetryBudget(
          new RetryBudget.Rules(0.2, 3, Duration.ofSeconds(12), Duration::ofSeconds),
          () -> now,
          told::add);

  @Test
  void so_many_failures_are_always_borne() {
    fail(3);
    assertThat(budget.isProbing()).isFalse();
    assertThat(budget.failed()).isTrue();
    assertThat(budget.isProbing()).isTrue();
    assertThat(told).containsExactly(true);
  }

  @Test
  void a_share_of_the_successes_is_borne() {
    budget.succeeded(100);
    fail(20);
    assertThat(budget.isProbing()).isFalse();
    fail(1);
    assertThat(budget.isProbing()).isTrue();
  }

  @Test
  void failures_that_have_left_the_window_do_not_count() {
    for (int i = 0; i < 100; i++) {
      fail(1);
      pass(Duration.ofSeconds(4)); // three in each window
    }
    assertThat(budget.isProbing()).isFalse();
    fail(2);
    assertThat(budget.isProbing()).isTrue();
  }

  @Test
  void successes_that_have_left_the_window_do_not_count() {
    budget.succeeded(1_000);
    pass(Duration.ofSeconds(11));
    fail(50);
    assertThat(budget.isProbing()).isFalse();
    pass(Duration.ofSeconds(1)); // the successes leave, the failures stay
    fail(1);
    assertThat(budget.isProbing()).isTrue();
  }

  @Test
  void a_window_that_has_passed_unseen_is_empty() {
    fail(3);
    pass(Duration.ofDays(1));
    fail(3);
    assertThat(budget.isProbing()).isFalse();
  }

  @Test
  void three_probes_in_a_row_end_it() {
    fail(4);
    probe(true);
    probe(true);
    probe(false);
    probe(true);
    probe(true);
    assertThat(budget.isProbing()).isTrue();
    probe(true);
    assertThat(budget.isProbing()).isFalse();
    assertThat(told).containsExactly(true, false);
    fail(3);
    assertThat(budget.isProbing()).as("begins with an empty window").isFalse();
  }

  @Test
  void the_only_event_there_is_ends_it_when_it_succeeds() {
    fail(4);
    budget.probeStarted();
    budget.probeEnded(true, false, true);
    assertThat(budget.isProbing()).isFalse();
  }

  @Test
  void what_was_given_up_says_nothing() {
    fail(4);
    pass(Duration.ofSeconds(1));
    probe(true);
    probe(true);
    budget.probeStarted();
    budget.probeEnded(false, false, true);
    assertThat(budget.isProbing()).isTrue();
    assertThat(budget.waitForProbe(now)).as("the next one at once").isZero();
    probe(true);
    assertThat(budget.isProbing()).isFalse();
  }

  @Test
  void one_that_was_given_up_since_it_failed_breaks_the_row_and_the_next_comes_at_once() {
    fail(4);
    pass(Duration.ofSeconds(1));
    probe(true);
    probe(true);
    budget.probeStarted();
    fail(1);
    budget.probeEnded(false, false, false);
    assertThat(budget.waitForProbe(now)).isZero();
    probe(true);
    probe(true);
    assertThat(budget.isProbing()).isTrue();
    probe(true);
    assertThat(budget.isProbing()).isFalse();
  }

  @Test
  void the_next_probe_waits_longer_after_each_that_failed() {
    fail(4);
    assertThat(budget.waitForProbe(now)).isEqualTo(seconds(1));
    pass(Duration.ofMillis(400));
    assertThat(budget.waitForProbe(now)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(600));
    pass(Duration.ofSeconds(1));
    assertThat(budget.waitForProbe(now)).isZero();
    budget.probeStarted();
    assertThat(budget.waitForProbe(now)).isEqualTo(Long.MAX_VALUE);
    budget.probeEnded(false, true, false);
    assertThat(budget.waitForProbe(now)).isEqualTo(seconds(2));
    probe(false);
    assertThat(budget.waitForProbe(now)).isEqualTo(seconds(3));
    probe(true);
    assertThat(budget.waitForProbe(now)).as("sooner after a success").isLessThan(seconds(4));
  }

  @Test
  void d12_clocks_stand_still_while_it_probes() {
    pass(Duration.ofSeconds(5));
    assertThat(budget.stoodStill()).isZero();
    fail(4);
    pass(Duration.ofSeconds(7));
    assertThat(budget.stoodStill()).isEqualTo(seconds(7));
    probe(true);
    probe(true);
    probe(true);
    pass(Duration.ofSeconds(9));
    assertThat(budget.stoodStill()).isEqualTo(seconds(7));
    fail(4);
    pass(Duration.ofSeconds(1));
    assertThat(budget.stoodStill()).isEqualTo(seconds(8));
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      budget.failed();
    }
  }

  private void probe(boolean succeeds) {
    budget.probeStarted();
    budget.probeEnded(succeeds, !succeeds, false);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private static long seconds(long seconds) {
    return TimeUnit.SECONDS.toNanos(seconds);
  }
}
