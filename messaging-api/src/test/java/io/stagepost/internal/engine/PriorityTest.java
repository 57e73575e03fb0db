package io.stagepost.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.internal.engine.Passage.Next;
import io.stagepost.spi.Assignment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is urgent and what is bulk, when there is more to do than can be done at once. */
class PriorityTest {
  private static final Map<String, Integer> ALL = Map.of("fast", 16, "usual", 4, "slow", 1);

  private final ManualScheduler time = new ManualScheduler();
  private final Assignment assignment = new Assignment("p0");
  private final RetryBudget budget =
      new RetryBudget(
          new RetryBudget.Rules(0, 1_000, Duration.ofSeconds(1), n -> Duration.ofSeconds(n)),
          time::nanos,
          probing -> {});
  private final AtomicInteger rooms = new AtomicInteger();

  /** By address, what has started, in order; and how to end it. */
  private final List<String> started = new ArrayList<>();

  private final List<CompletableFuture<Next>> open = new ArrayList<>();
  private int number;

  @Test
  void what_waits_starts_in_proportion_to_the_weights() {
    Engine engine = engine(1, 10_000, ALL);
    offer(engine, "usual", 1); // has the only place while the others come
    offer(engine, "slow", 300);
    offer(engine, "usual", 300);
    offer(engine, "fast", 300);
    started.clear();
    for (int i = 0; i < 210; i++) {
      open.get(open.size() - 1).complete(Next.done());
    }
    assertThat(count("slow")).isBetween(9, 11);
    assertThat(count("usual")).isBetween(38, 42);
    assertThat(count("fast")).isBetween(158, 162);
  }

  @Test
  void who_was_idle_has_not_saved_anything_up() {
    Engine engine = engine(1, 10_000, ALL);
    offer(engine, "fast", 1);
    offer(engine, "fast", 500);
    for (int i = 0; i < 400; i++) {
      open.get(open.size() - 1).complete(Next.done());
    }
    offer(engine, "slow", 100);
    started.clear();
    for (int i = 0; i < 68; i++) {
      open.get(open.size() - 1).complete(Next.done());
    }
    assertThat(count("slow")).isBetween(3, 5);
  }

  @Test
  void slow_handlers_of_bulk_leave_places_to_what_is_more_urgent() {
    Engine engine = engine(20, 10_000, ALL);
    offer(engine, "slow", 100);
    assertThat(started).hasSize(16);
    offer(engine, "usual", 100);
    assertThat(started).hasSize(18);
    offer(engine, "fast", 100);
    assertThat(started).hasSize(20);
    assertThat(count("fast")).isEqualTo(2);
  }

  @Test
  void a_backlog_of_what_is_urgent_does_not_keep_the_others_out() {
    Engine engine = engine(1, 100, ALL);
    assertThat(offer(engine, "fast", 200)).isEqualTo(80);
    assertThat(engine.hasRoom()).isTrue();
    assertThat(offer(engine, "slow", 200)).isEqualTo(20);
    assertThat(offer(engine, "usual", 1)).isZero();
    assertThat(engine.hasRoom()).isFalse();
  }

  @Test
  void d09_who_was_refused_for_its_priority_is_told_of_room() {
    Engine engine = engine(1, 100, ALL);
    offer(engine, "slow", 200);
    for (int i = 0; i < 20; i++) {
      assertThat(rooms).hasValue(0);
      open.get(open.size() - 1).complete(Next.done());
    }
    assertThat(rooms).hasValue(1);
    assertThat(offer(engine, "slow", 200)).isEqualTo(20);
  }

  @Test
  void one_priority_alone_has_everything() {
    Engine engine = engine(20, 100, Map.of("slow", 1));
    assertThat(offer(engine, "slow", 200)).isEqualTo(100);
    assertThat(started).hasSize(20);
  }

  @Test
  void an_address_without_a_weight_is_of_the_lowest_priority() {
    Engine engine = engine(10, 100, Map.of("fast", 16, "usual", 4));
    assertThat(offer(engine, "unheard-of", 200)).isEqualTo(90);
    assertThat(started).hasSize(9);
  }

  @Test
  void the_smallest_engine_serves_every_priority() {
    Engine engine = engine(1, 1, ALL);
    for (String address : List.of("slow", "fast", "usual")) {
      assertThat(offer(engine, address, 1)).isEqualTo(1);
      open.get(open.size() - 1).complete(Next.done());
    }
    assertThat(started).containsExactly("slow", "fast", "usual");
  }

  private int count(String address) {
    return Collections.frequency(started, address);
  }

  private int offer(Engine engine, String address, int count) {
    List<TestDelivery> deliveries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      deliveries.add(new TestDelivery(number++, null, 1, assignment, address));
    }
    return engine.offer(deliveries);
  }

  private Engine engine(int concurrency, int inFlight, Map<String, Integer> priorities) {
    return new Engine(
        new Engine.Bounds(
            concurrency, inFlight, 1_000_000, inFlight, 16, Double.POSITIVE_INFINITY, priorities),
        budget,
        delivery ->
            new Passage(delivery) {
              @Override
              protected CompletionStage<Next> travel() {
                CompletableFuture<Next> later = new CompletableFuture<>();
                started.add(delivery.address());
                open.add(later);
                return later;
              }
            },
        Runnable::run,
        time,
        time::nanos,
        rooms::incrementAndGet);
  }
}
