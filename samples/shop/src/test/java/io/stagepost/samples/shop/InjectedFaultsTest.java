package io.stagepost.samples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class InjectedFaultsTest {
  @Test
  void one_line_in_fifty_fails_and_which_is_a_matter_of_the_seed() {
    assertThat(failing(1)).hasSizeBetween(150, 250).isEqualTo(failing(1)).isNotEqualTo(failing(2));
  }

  @Test
  void without_faults_a_handler_stays_what_it_is() {
    assertThat(LongStream.range(0, 10_000)).noneMatch(InjectedFaults.NONE::failsOnce);
  }

  private static List<Long> failing(long seed) {
    InjectedFaults faults = new InjectedFaults(seed, 0);
    return LongStream.range(0, 10_000).filter(faults::failsOnce).boxed().toList();
  }
}
