package io.stagepost.prove;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.prove.Plan.Planned;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PlanTest {
  @Test
  void a_seed_makes_the_same_faults_again_and_another_one_others() {
    assertThat(faults(7)).isEqualTo(faults(7)).isNotEqualTo(faults(8));
  }

  @Test
  void each_kind_comes_once_before_any_comes_twice() {
    assertThat(faults(7).subList(0, Fault.values().length))
        .extracting(Planned::fault)
        .containsExactlyInAnyOrder(Fault.values());
  }

  @Test
  void what_cannot_be_done_here_does_not_come() {
    Plan plan = new Plan(7, EnumSet.of(Fault.DATABASE_FULL));
    assertThat(Stream.generate(plan::next).limit(1_000))
        .extracting(Planned::fault)
        .doesNotContain(Fault.DATABASE_FULL);
  }

  private static List<Planned> faults(long seed) {
    Plan plan = new Plan(seed, Set.of());
    return Stream.generate(plan::next).limit(100).toList();
  }
}
