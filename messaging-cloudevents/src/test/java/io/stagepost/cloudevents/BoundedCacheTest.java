package io.stagepost.cloudevents;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BoundedCacheTest {
  @Test
  void a_cache_stays_within_its_bound() {
    List<Integer> made = new ArrayList<>();
    BoundedCache<Integer, Integer> cache =
        new BoundedCache<>(
            key -> {
              made.add(key);
              return key;
            });
    for (int i = 0; i < BoundedCache.LIMIT + 1; i++) {
      assertThat(cache.get(i)).isEqualTo(i);
      assertThat(cache.get(i)).isEqualTo(i);
    }
    assertThat(made).hasSize(BoundedCache.LIMIT + 1);
    assertThat(cache.get(0)).isZero();
    assertThat(made).hasSize(BoundedCache.LIMIT + 2);
  }
}
