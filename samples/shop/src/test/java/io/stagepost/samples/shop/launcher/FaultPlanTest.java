package io.stagepost.samples.shop.launcher;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LONG;

import io.stagepost.samples.shop.launcher.FaultPlan.Strike;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FaultPlanTest {
  private static final int ROUNDS = 3;
  private static final int KINDS = FaultPlan.FROM_OUTSIDE.size();

  @Test
  void a_seed_has_one_plan() {
    assertThat(strikes(7, 10_000, 50)).isEqualTo(strikes(7, 10_000, 50));
    assertThat(FaultPlan.lineThatFails(7, List.of(2L, 3L, 5L, 8L)))
        .isEqualTo(FaultPlan.lineThatFails(7, List.of(2L, 3L, 5L, 8L)))
        .isIn(2L, 3L, 5L, 8L);
  }

  @Test
  void seeds_differ_in_order_in_times_and_in_the_line_that_fails() {
    Set<List<FaultKind>> orders = new HashSet<>();
    Set<Long> times = new HashSet<>();
    Set<Long> lines = new HashSet<>();
    List<Long> candidates = LongStream.range(2, 10_000).boxed().toList();
    for (int seed = 1; seed <= 20; seed++) {
      List<Strike> strikes = strikes(seed, 10_000, ROUNDS * KINDS);
      orders.add(strikes.stream().map(Strike::kind).toList());
      times.add(strikes.get(0).atLine());
      lines.add(FaultPlan.lineThatFails(seed, candidates));
    }
    assertThat(orders).hasSize(20);
    assertThat(times).hasSizeGreaterThan(15);
    assertThat(lines).hasSizeGreaterThan(15);
  }

  @Test
  void in_each_round_each_kind_comes_once() {
    List<Strike> strikes = strikes(1, 10_000, 10 * KINDS);
    for (int round = 0; round < 10; round++) {
      assertThat(strikes.subList(round * KINDS, (round + 1) * KINDS))
          .extracting(Strike::kind)
          .containsExactlyInAnyOrderElementsOf(FaultPlan.FROM_OUTSIDE);
    }
  }

  @Test
  void the_strikes_come_one_after_the_other_while_there_are_lines_left() {
    for (int seed = 1; seed <= 1_000; seed++) {
      List<Strike> strikes = strikes(seed, 10_000, ROUNDS * KINDS);
      assertThat(strikes)
          .isSortedAccordingTo(Comparator.comparing(Strike::atLine))
          .last()
          .extracting(Strike::atLine, as(LONG))
          .isBetween(3_000L, 7_500L);
    }
  }

  @Test
  void both_consumers_are_stopped_and_only_payment_is_killed() {
    assertThat(consumers(FaultKind.CONSUMER_STOPPED))
        .containsExactlyInAnyOrder(FaultPlan.Consumer.values());
    assertThat(consumers(FaultKind.PAYMENT_KILLED)).containsExactly(FaultPlan.Consumer.PAYMENT);
  }

  private static Set<FaultPlan.Consumer> consumers(FaultKind kind) {
    Set<FaultPlan.Consumer> consumers = new HashSet<>();
    IntStream.rangeClosed(1, 20)
        .mapToObj(seed -> strikes(seed, 10_000, ROUNDS * KINDS))
        .flatMap(List::stream)
        .filter(strike -> strike.kind() == kind)
        .forEach(strike -> consumers.add(strike.consumer()));
    return consumers;
  }

  private static List<Strike> strikes(long seed, long lines, int count) {
    FaultPlan plan = new FaultPlan(seed, lines, ROUNDS);
    return Stream.generate(plan::next).limit(count).toList();
  }
}
