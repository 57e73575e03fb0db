package io.stagepost.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimitTest {
  private static final long SECOND = 1_000_000_000;

  @Test
  void an_infinite_rate_does_not_limit() {
    RateLimit limit = new RateLimit(Double.POSITIVE_INFINITY);
    assertThat(limit.limits()).isFalse();
  }

  @Test
  void it_holds_a_tenth_of_a_second_worth() {
    RateLimit limit = new RateLimit(100);
    assertThat(limit.available(1_000, 5)).isEqualTo(10);
    limit.take(10, 5);
    assertThat(limit.available(1, 5)).isZero();
    assertThat(limit.untilNext(5)).isEqualTo(SECOND / 100);
    assertThat(limit.available(1_000, 5 + SECOND / 20)).isEqualTo(5);
    assertThat(limit.available(1_000, 5 + 100 * SECOND)).isEqualTo(10);
  }

  @Test
  void a_slow_one_holds_one() {
    RateLimit limit = new RateLimit(0.5);
    assertThat(limit.available(10, 0)).isEqualTo(1);
    limit.take(1, 0);
    assertThat(limit.untilNext(0)).isEqualTo(2 * SECOND);
    assertThat(limit.untilNext(SECOND)).isEqualTo(SECOND);
  }

  /** Whoever waits as it says finds a token; over any time it gives no more than its rate. */
  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.3, 1, 3, 7, 99.9, 1_000, 12_345.678, 1e6, 3e8})
  void whoever_waits_finds_a_token_and_the_rate_is_kept(double rate) {
    for (long origin : new long[] {0, -SECOND * 1_000, SECOND * 86_400 * 365}) {
      RateLimit limit = new RateLimit(rate);
      Random random = new Random(1);
      long now = origin;
      long taken = 0;
      for (int i = 0; i < 20_000; i++) {
        long wait = limit.untilNext(now);
        if (wait > 0) {
          assertThat(limit.available(1, now)).as("none before").isLessThanOrEqualTo(1);
          now += wait;
        }
        int available = limit.available(1 + random.nextInt(16), now);
        assertThat(available).as("at %s after %s", rate, now - origin).isPositive();
        limit.take(available, now);
        taken += available;
        if (random.nextInt(50) == 0) {
          now += (long) (random.nextInt(100) * SECOND / rate);
        }
      }
      double most = Math.max(1, rate / 10) + (now - origin) / 1e9 * rate;
      assertThat((double) taken).isLessThanOrEqualTo(most * (1 + 1e-6) + 1);
    }
  }
}
