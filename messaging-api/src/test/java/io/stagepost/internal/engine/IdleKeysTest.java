package io.stagepost.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.internal.engine.Passage.Next;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Keys that were seen and have nothing in flight leave nothing behind. */
class IdleKeysTest {
  private static final int KEYS = 1_000_000;
  private static final long MOST_GROWTH = 16L << 20;

  private final LateScheduler time = new LateScheduler();
  private final Engine engine =
      new Engine(
          new Engine.Bounds(4, 100, 100_000, 100, 16, Double.POSITIVE_INFINITY, Map.of()),
          new RetryBudget(
              new RetryBudget.Rules(0.2, 10, Duration.ofMinutes(1), Duration::ofSeconds),
              time::nanos,
              probing -> {}),
          Done::new,
          Runnable::run,
          time,
          time::nanos,
          () -> {});

  private static final class Done extends Passage {
    Done(Delivery delivery) {
      super(delivery);
    }

    @Override
    protected CompletionStage<Next> travel() {
      return CompletableFuture.completedFuture(Next.done());
    }
  }

  @Test
  void a_million_keys_seen_cost_nothing() {
    Assignment assignment = new Assignment("p0");
    offer(0, 10_000, assignment);
    long before = usedHeap();
    offer(10_000, KEYS, assignment);
    assertThat(usedHeap() - before).as("bytes kept").isLessThan(MOST_GROWTH);
    assertThat(engine.load().inFlight()).isZero();
    assertThat(engine.begun()).isEmpty();
  }

  private void offer(int from, int to, Assignment assignment) {
    for (int i = from; i < to; i++) {
      assertThat(engine.offer(List.of(new TestDelivery(i, "key-" + i, 1, assignment)))).isOne();
    }
  }

  private static long usedHeap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
