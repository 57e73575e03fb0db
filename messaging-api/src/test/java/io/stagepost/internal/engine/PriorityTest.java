package io.stagepost.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.internal.engine.Passage.Next;
import io.stagepost.spi.Assignment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
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
  void what_is_normal_takes_the_places_of_bulk_and_leaves_those_of_what_is_urgent() {
    Engine engine = engine(16, 10_000, ALL);
    offer(engine, "usual", 100);
    assertThat(started).hasSize(14);
    offer(engine, "slow", 2);
    assertThat(started).hasSize(14);
    offer(engine, "fast", 100);
    assertThat(started).hasSize(16);
  }

  @Test
  void who_may_not_start_has_not_saved_anything_up() {
    Engine engine = engine(20, 10_000, ALL);
    offer(engine, "slow", 200); // sixteen of them run, and take their time
    List<CompletableFuture<Next>> slow = List.copyOf(open);
    offer(engine, "fast", 4);
    for (int i = 0; i < 5_000; i++) {
      offer(engine, "fast", 1);
      open.get(open.size() - 1).complete(Next.done());
    }
    offer(engine, "fast", 200);
    started.clear();
    slow.forEach(each -> each.complete(Next.done()));
    assertThat(count("slow")).isLessThanOrEqualTo(2);
  }

  /**
   * Three priorities, all that can happen, and what must hold of what runs and of who is refused.
   */
  @Test
  void whatever_comes_and_ends_the_shares_are_kept() {
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      started.clear();
      open.clear();
      int concurrency = 1 + random.nextInt(30);
      int inFlight = 1 + random.nextInt(60);
      Engine engine = engine(concurrency, inFlight, ALL);
      List<String> addresses = List.of("fast", "usual", "slow");
      Map<String, Integer> taken = new HashMap<>();
      Set<Integer> ended = new HashSet<>();
      int free = Ready.reserve(concurrency, 2);
      int left = Ready.reserve(inFlight, 2);
      for (int step = 0; step < 200; step++) {
        String address = addresses.get(random.nextInt(3));
        if (random.nextBoolean()) {
          int had = taken.getOrDefault(address, 0);
          int count = offer(engine, address, 1 + random.nextInt(8));
          assertThat(had + count).as("seed %s", seed).isGreaterThanOrEqualTo(count == 0 ? left : 0);
          taken.merge(address, count, Integer::sum);
        } else if (started.size() > ended.size()) {
          int at = random.nextInt(started.size());
          if (ended.add(at)) {
            taken.merge(started.get(at), -1, Integer::sum);
            open.get(at).complete(Next.done());
          }
        }
        Map<String, Integer> running = new HashMap<>();
        for (int i = 0; i < started.size(); i++) {
          running.merge(started.get(i), ended.contains(i) ? 0 : 1, Integer::sum);
        }
        int fast = running.getOrDefault("fast", 0);
        int usual = running.getOrDefault("usual", 0);
        int slow = running.getOrDefault("slow", 0);
        assertThat(fast + usual + slow).as("seed %s", seed).isLessThanOrEqualTo(concurrency);
        assertThat(usual + slow).as("seed %s", seed).isLessThanOrEqualTo(concurrency - free);
        assertThat(slow).as("seed %s", seed).isLessThanOrEqualTo(concurrency - 2 * free);
        if (fast < taken.getOrDefault("fast", 0)) {
          assertThat(fast + usual + slow).as("seed %s: none is idle", seed).isEqualTo(concurrency);
        }
      }
    }
  }

  @Test
  void a_backlog_of_what_is_urgent_does_not_keep_the_others_out() {
    Engine engine = engine(1, 100, ALL);
    assertThat(offer(engine, "fast", 200)).isEqualTo(80);
    assertThat(engine.hasRoom()).isTrue();
    assertThat(offer(engine, "slow", 200)).isEqualTo(10);
    assertThat(engine.hasRoom()).isTrue();
    assertThat(offer(engine, "usual", 200)).isEqualTo(10);
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
