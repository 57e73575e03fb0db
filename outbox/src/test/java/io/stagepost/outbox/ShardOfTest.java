package io.stagepost.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShardOfTest {
  private final ShardOf eight = new ShardOf(8);

  @Test
  void d08_the_shard_of_a_key_never_changes() {
    assertThat(IntStream.range(0, 16).map(i -> eight.key(("order-" + i).getBytes(UTF_8))))
        .containsExactly(0, 4, 0, 6, 4, 2, 7, 4, 1, 3, 3, 0, 6, 5, 6, 3);
    assertThat(eight.key(new byte[0])).isEqualTo(3);
  }

  @Test
  void keys_spread_evenly() {
    int[] count = new int[8];
    for (int i = 0; i < 8_000; i++) {
      count[eight.key(("customer-" + i).getBytes(UTF_8))]++;
    }

    assertThat(IntStream.of(count)).allSatisfy(n -> assertThat(n).isBetween(850, 1_150));
  }

  @Test
  void rows_without_a_key_take_turns() {
    assertThat(IntStream.range(0, 16).map(i -> eight.key(null)).distinct().count()).isEqualTo(8);
  }
}
