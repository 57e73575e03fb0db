package io.stagepost.testkit.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * A short soak; {@code -Dsoak.events=10000000 -Dsoak.keys=100000} makes it a long one, and {@code
 * -Dsoak.seed=N} another.
 */
@ResourceLock("logger io.stagepost")
class SoakTest {
  private static final int EVENTS = Integer.getInteger("soak.events", 100_000);
  private static final int KEYS = Integer.getInteger("soak.keys", 10_000);
  private static final long SEED = Long.getLong("soak.seed", 1);
  private static final long MOST_GROWTH = 64L << 20;

  /** Kept, so that its level is: the faults that the test injects are not news. */
  private static final Logger LOG = Logger.getLogger("io.stagepost");

  @BeforeAll
  static void silence() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void speak() {
    LOG.setLevel(null);
  }

  @Test
  @Timeout(value = 1, unit = TimeUnit.HOURS)
  void d03_d04_d09_d10_d11_d12_hold_through_losses_and_rebalances() throws InterruptedException {
    Soak soak = new Soak(EVENTS, KEYS, SEED);
    List<String> violations = soak.run(Duration.ofMillis(EVENTS > 1_000_000 ? 400 : 100));
    soak.report().forEach(System.out::println);
    assertThat(violations).isEmpty();
    assertThat(soak.strays()).as("interrupts that hit another's handler").isZero();
    List<Long> heap = soak.heap();
    assertThat(heap)
        .as("heap after GC at each checkpoint")
        .allMatch(used -> used < heap.get(0) + MOST_GROWTH);
  }
}
