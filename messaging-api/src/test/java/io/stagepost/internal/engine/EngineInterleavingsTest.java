package io.stagepost.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.stagepost.internal.engine.Passage.Next;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Explores interleavings of admission, running, retries, asynchronous completion, release and
 * close: a seed decides every step, so that a failure can be replayed. An oracle watches each start
 * and settlement. {@code -Dengine.schedules=N} explores N of them.
 */
class EngineInterleavingsTest {
  private static final int SCHEDULES = Integer.getInteger("engine.schedules", 3_000);
  private static final long FIRST_SEED = Long.getLong("engine.seed", 1L);

  /** Kept, so that its level is: the faults that the test injects are not news. */
  private static final Logger ENGINE_LOG = Logger.getLogger(Engine.class.getName());

  @BeforeAll
  static void silence() {
    ENGINE_LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void speak() {
    ENGINE_LOG.setLevel(null);
  }

  @Test
  void d03_d04_d09_d10_hold_under_every_schedule() {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
      try {
        new Schedule(seed).run();
      } catch (AssertionError | RuntimeException broken) {
        throw new AssertionError("replay with -Dengine.schedules=1 -Dengine.seed=" + seed, broken);
      }
    }
  }

  /** A lane that two workers could run at once must be noticed by the oracle. */
  @Test
  void the_oracle_notices_an_overlap() {
    Oracle oracle = new Oracle(new Engine.Bounds(2, 10, 100, 10, 16, Double.POSITIVE_INFINITY));
    Assignment assignment = new Assignment("p0");
    oracle.started(new TestDelivery(0, "a", 1, assignment));
    try {
      oracle.started(new TestDelivery(1, "a", 1, assignment));
    } catch (AssertionError expected) {
      return;
    }
    fail("an overlap went unnoticed");
  }

  private static final class Oracle {
    final Engine.Bounds bounds;
    final Set<String> runningKeys = new HashSet<>();
    final Map<String, Integer> lastFirstStart = new HashMap<>();
    final Set<TestDelivery> begun = new HashSet<>();
    int running;

    Oracle(Engine.Bounds bounds) {
      this.bounds = bounds;
    }

    void started(TestDelivery delivery) {
      running++;
      assertThat(running).as("concurrency").isLessThanOrEqualTo(bounds.concurrency());
      assertThat(delivery.assignment().isHeld()).as("starts only what is held").isTrue();
      assertThat(delivery.settled.get()).as("not settled before").isZero();
      String key = delivery.keyText();
      if (key == null) {
        return;
      }
      assertThat(runningKeys.add(key)).as("key %s does not overlap", key).isTrue();
      if (begun.add(delivery)) {
        Integer last = lastFirstStart.put(key, delivery.number);
        assertThat(last == null || last < delivery.number).as("key %s in order", key).isTrue();
      }
    }

    void ended(TestDelivery delivery) {
      running--;
      if (delivery.keyText() != null) {
        runningKeys.remove(delivery.keyText());
      }
    }
  }

  private static final class Schedule {
    final Random random;
    final Engine.Bounds bounds;
    final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    final ManualScheduler time = new ManualScheduler();
    final List<Runnable> completions = new ArrayList<>();
    final List<TestDelivery> taken = new ArrayList<>();
    final List<Assignment> assignments = new ArrayList<>();
    final Map<Assignment, ArrayDeque<TestDelivery>> refused = new HashMap<>();
    final RetryBudget budget;
    final Oracle oracle;
    final Engine engine;
    boolean room = true;
    int number;

    Schedule(long seed) {
      random = new Random(seed);
      int inFlight = 1 + random.nextInt(30);
      bounds =
          new Engine.Bounds(
              1 + random.nextInt(4),
              inFlight,
              1 + random.nextInt(100),
              1 + random.nextInt(inFlight),
              1 + random.nextInt(16),
              random.nextInt(3) == 0 ? 20 + random.nextInt(500) : Double.POSITIVE_INFINITY);
      budget =
          new RetryBudget(
              new RetryBudget.Rules(
                  random.nextInt(3) * 0.2,
                  random.nextInt(4) == 0 ? random.nextInt(3) : 1_000,
                  Duration.ofMillis(500),
                  failed -> Duration.ofMillis(20L * failed)),
              time::nanos,
              probing -> {});
      oracle = new Oracle(bounds);
      engine =
          new Engine(bounds, budget, Step::new, tasks::add, time, time::nanos, () -> room = true);
      assignments.add(new Assignment("p0"));
      assignments.add(new Assignment("p1"));
    }

    /** Ends at once, later, or never well; fails to be settled a few times first. */
    private final class Step extends Passage {
      final TestDelivery passing;
      int failures = random.nextInt(4) == 0 ? random.nextInt(3) : 0;

      Step(Delivery delivery) {
        super(delivery);
        this.passing = (TestDelivery) delivery;
      }

      @Override
      protected CompletionStage<Next> travel() {
        oracle.started(passing);
        int way = random.nextInt(10);
        if (way == 0) {
          oracle.ended(passing);
          throw new IllegalStateException("a fault of the road");
        }
        if (way < 5) {
          oracle.ended(passing);
          return CompletableFuture.completedFuture(next());
        }
        CompletableFuture<Next> later = new CompletableFuture<>();
        completions.add(
            () -> {
              oracle.ended(passing);
              later.complete(next());
            });
        return later;
      }

      private Next next() {
        return failures-- > 0 ? new Next.Again(Duration.ofMillis(random.nextInt(50))) : Next.done();
      }
    }

    void run() {
      int steps = 20 + random.nextInt(200);
      for (int i = 0; i < steps; i++) {
        step();
        check();
      }
      if (random.nextInt(3) == 0) {
        close();
      } else {
        drain();
      }
    }

    private void step() {
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3 -> offer();
        case 4, 5, 6 -> runTask();
        case 7, 8, 9 -> completeOne();
        case 10 -> time.advance(Duration.ofMillis(random.nextInt(60)));
        default -> {
          if (random.nextInt(8) == 0) {
            rebalance();
          }
        }
      }
    }

    private void offer() {
      Assignment assignment = assignments.get(random.nextInt(assignments.size()));
      ArrayDeque<TestDelivery> batch = refused.remove(assignment);
      if (batch == null) {
        batch = new ArrayDeque<>();
        for (int i = random.nextInt(6); i >= 0; i--) {
          // A key belongs to one partition, as on a real broker.
          String key = random.nextInt(5) == 0 ? null : assignment + "-" + random.nextInt(3);
          batch.add(new TestDelivery(number++, key, random.nextInt(20), assignment));
        }
      } else if (!room) {
        refused.put(assignment, batch);
        return;
      }
      int count = engine.offer(List.copyOf(batch));
      for (int i = 0; i < count; i++) {
        taken.add(batch.remove());
      }
      if (!batch.isEmpty()) {
        room = false;
        refused.put(assignment, batch);
      }
    }

    private void runTask() {
      Runnable task = tasks.poll();
      if (task != null) {
        task.run();
      }
    }

    private void completeOne() {
      if (!completions.isEmpty()) {
        completions.remove(random.nextInt(completions.size())).run();
      }
    }

    private void rebalance() {
      Assignment gone = assignments.remove(random.nextInt(assignments.size()));
      gone.release();
      refused.remove(gone);
      CompletableFuture<Void> released = engine.release(List.of(gone));
      while (!released.isDone()) {
        assertThat(completions.isEmpty() && tasks.isEmpty()).as("release gets stuck").isFalse();
        runTask();
        completeOne();
      }
      // Everything unsettled of it comes again, in order, in a new assignment.
      Assignment again = new Assignment(gone.toString());
      assignments.add(again);
      ArrayDeque<TestDelivery> redelivered = new ArrayDeque<>();
      taken.removeIf(
          delivery -> {
            boolean open = delivery.assignment() == gone && delivery.settled.get() == 0;
            if (open) {
              redelivered.add(
                  new TestDelivery(number++, delivery.keyText(), delivery.size(), again));
            }
            return open;
          });
      if (!redelivered.isEmpty()) {
        refused.put(again, redelivered);
      }
    }

    private void check() {
      assertThat(engine.load().inFlight()).as("in flight").isBetween(0, bounds.inFlight());
      long open = taken.stream().filter(delivery -> delivery.settled.get() == 0).count();
      assertThat(open).as("unsettled are in flight").isLessThanOrEqualTo(engine.load().inFlight());
      assertThat(taken).as("settled once").allMatch(delivery -> delivery.settled.get() <= 1);
    }

    private void drain() {
      for (int i = 0; engine.load().inFlight() > 0 || !refused.isEmpty(); i++) {
        assertThat(i).as("the engine gets stuck").isLessThan(100_000);
        runTask();
        completeOne();
        time.advance(Duration.ofSeconds(1));
        if (room && !refused.isEmpty()) {
          offer();
        }
        check();
      }
      assertThat(taken).as("nothing lost").allMatch(delivery -> delivery.settled.get() == 1);
    }

    private void close() {
      CompletableFuture<Void> closed = engine.close();
      while (!closed.isDone()) {
        assertThat(completions.isEmpty() && tasks.isEmpty()).as("close gets stuck").isFalse();
        runTask();
        completeOne();
      }
      assertThat(oracle.running).as("nothing runs after close").isZero();
      assertThat(engine.load().inFlight()).isZero();
      assertThat(engine.offer(List.of(new TestDelivery(number++, "x", 1, assignments.get(0)))))
          .as("nothing is taken after close")
          .isZero();
    }
  }
}
