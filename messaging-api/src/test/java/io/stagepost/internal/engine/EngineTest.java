package io.stagepost.internal.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.internal.engine.Passage.Next;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EngineTest {
  private static final Engine.Bounds WIDE = bounds(4, 1_000, 1_000_000, 1_000);

  private final Assignment assignment = new Assignment("p0");
  private final ManualScheduler time = new ManualScheduler();
  private final AtomicInteger rooms = new AtomicInteger();
  private final RetryBudget budget =
      new RetryBudget(
          new RetryBudget.Rules(0.2, 10, Duration.ofMinutes(1), n -> Duration.ofSeconds(n)),
          time::nanos,
          probing -> {});

  @Test
  void d04_the_successors_of_a_failed_event_wait_while_other_keys_flow() {
    List<Integer> ended = new ArrayList<>();
    Engine engine =
        engine(
            WIDE,
            delivery ->
                delivery.number == 0 && time.instant().getEpochSecond() % 60 < 10
                    ? new Next.Again(Duration.ofSeconds(10))
                    : settle(ended, delivery));
    engine.offer(List.of(delivery(0, "a"), delivery(1, "a"), delivery(2, "b")));
    assertThat(ended).containsExactly(2);
    time.advance(Duration.ofSeconds(9));
    assertThat(ended).containsExactly(2);
    time.advance(Duration.ofSeconds(1));
    assertThat(ended).containsExactly(2, 0, 1);
  }

  @Test
  void d09_no_more_than_the_bound_is_taken_and_room_is_told_of() {
    List<CompletableFuture<Next>> open = new ArrayList<>();
    Engine engine = asynchronous(bounds(10, 4, 1_000, 4), open);
    assertThat(engine.offer(List.of(delivery(0, null), delivery(1, null), delivery(2, null))))
        .isEqualTo(3);
    assertThat(engine.offer(List.of(delivery(3, null), delivery(4, null)))).isEqualTo(1);
    assertThat(rooms).hasValue(0);
    open.get(0).complete(Next.done());
    assertThat(rooms).hasValue(1);
    assertThat(engine.load().inFlight()).isEqualTo(3);
  }

  @Test
  void d09_bytes_bound_too_and_one_larger_than_the_bound_is_taken_alone() {
    Engine engine = asynchronous(bounds(10, 100, 50, 100), new ArrayList<>());
    assertThat(engine.offer(List.of(sized(0, 80), sized(1, 1)))).isEqualTo(1);
  }

  @Test
  void d09_a_lane_holds_at_most_its_share() {
    List<CompletableFuture<Next>> open = new ArrayList<>();
    Engine engine = asynchronous(bounds(10, 100, 1_000, 2), open);
    assertThat(engine.offer(List.of(delivery(0, "a"), delivery(1, "a"), delivery(2, "a"))))
        .isEqualTo(2);
    assertThat(engine.offer(List.of(delivery(3, "b")))).isEqualTo(1);
    open.get(0).complete(Next.done());
    assertThat(rooms).hasValue(1);
  }

  @Test
  void d03_an_error_at_settling_leaves_no_lane_stuck() {
    List<Delivery> tried = new ArrayList<>();
    Engine engine =
        new Engine(
            WIDE,
            budget,
            delivery ->
                new Passage(delivery) {
                  @Override
                  protected CompletionStage<Next> travel() {
                    tried.add(delivery);
                    return CompletableFuture.completedFuture(Next.done());
                  }

                  @Override
                  protected void settle() {
                    throw new LinkageError("a transport's fault");
                  }
                },
            Runnable::run,
            time,
            time::nanos,
            rooms::incrementAndGet);
    List<TestDelivery> two = List.of(delivery(0, "a"), delivery(1, "a"));
    engine.offer(two);
    assertThat(tried).isEqualTo(two);
    assertThat(engine.load().inFlight()).isZero();
  }

  @Test
  void d11_what_waits_of_a_released_assignment_is_not_started() {
    List<CompletableFuture<Next>> open = new ArrayList<>();
    Engine engine = asynchronous(WIDE, open);
    engine.offer(List.of(delivery(0, "a"), delivery(1, "a"), delivery(2, "a")));
    assignment.release();
    CompletableFuture<Void> released = engine.release(List.of(assignment));
    assertThat(released).isNotDone();
    open.get(0).complete(Next.done());
    assertThat(released).isDone();
    assertThat(open).hasSize(1);
    assertThat(engine.load().inFlight()).isZero();
  }

  @Test
  void d11_a_release_while_a_handler_runs_stops_its_successors() {
    List<Integer> ended = new ArrayList<>();
    Engine engine =
        engine(
            WIDE,
            delivery -> {
              assignment.release();
              return settle(ended, delivery);
            });
    engine.offer(List.of(delivery(0, "a"), delivery(1, "a")));
    assertThat(ended).containsExactly(0);
    assertThat(engine.load().inFlight()).isZero();
  }

  @Test
  void d04_a_release_does_not_wait_for_handlers_of_assignments_that_stay() {
    List<CompletableFuture<Next>> open = new ArrayList<>();
    Engine engine = asynchronous(WIDE, open);
    Assignment other = new Assignment("p1");
    engine.offer(List.of(delivery(0, "a"), delivery(1, "b")));
    assertThat(open).hasSize(2);
    other.release();
    assertThat(engine.release(List.of(other))).isDone();
    assignment.release();
    CompletableFuture<Void> released = engine.release(List.of(assignment));
    open.get(0).complete(Next.done());
    assertThat(released).isNotDone();
    open.get(1).complete(Next.done());
    assertThat(released).isDone();
  }

  @Test
  void d10_a_close_while_a_handler_runs_lets_it_end_and_starts_nothing_more() {
    List<Integer> ended = new ArrayList<>();
    AtomicReference<Engine> closing = new AtomicReference<>();
    AtomicReference<CompletableFuture<Void>> closed = new AtomicReference<>();
    Engine engine =
        engine(
            WIDE,
            delivery -> {
              closed.set(requireNonNull(closing.get()).close());
              return settle(ended, delivery);
            });
    closing.set(engine);
    TestDelivery first = delivery(0, "a");
    TestDelivery second = delivery(1, "a");
    engine.offer(List.of(first, second));
    assertThat(closed.get()).isDone();
    assertThat(ended).containsExactly(0);
    assertThat(first.settled).hasValue(1);
    assertThat(second.settled).hasValue(0);
  }

  /** Lane a has fifty events, more than a turn; b and c wait for one turn of it, not for all. */
  @Test
  void a_hot_key_starves_nobody() {
    List<Integer> ended = new ArrayList<>();
    List<Runnable> tasks = new ArrayList<>();
    Engine engine =
        new Engine(
            bounds(1, 1_000, 1_000_000, 1_000),
            budget,
            delivery -> new Sync((TestDelivery) delivery, passing -> settle(ended, passing)),
            tasks::add,
            time,
            time::nanos,
            () -> {});
    List<TestDelivery> offered = new ArrayList<>();
    IntStream.range(0, 50).forEach(number -> offered.add(delivery(number, "a")));
    offered.add(delivery(50, "b"));
    offered.add(delivery(51, "c"));
    engine.offer(offered);
    tasks.forEach(Runnable::run);
    assertThat(ended).hasSize(52);
    assertThat(ended.indexOf(50)).isEqualTo(16);
    assertThat(ended.indexOf(51)).isEqualTo(17);
    assertThat(ended.subList(18, 52)).isSorted();
  }

  @Test
  void a_lane_that_waits_holds_no_thread() {
    List<CompletableFuture<Next>> open = new ArrayList<>();
    Engine engine = asynchronous(WIDE, open); // on this thread: offer would not come back
    engine.offer(List.of(delivery(0, "a"), delivery(1, "b"), delivery(2, "a")));
    assertThat(open).hasSize(2);
    open.get(0).complete(new Next.Again(Duration.ofSeconds(1)));
    assertThat(time.pending()).isEqualTo(1);
    time.advance(Duration.ofSeconds(1));
    assertThat(open).hasSize(3);
  }

  @Test
  void idle_keys_cost_nothing() {
    Engine engine = engine(WIDE, delivery -> Next.done());
    for (int key = 0; key < 1_000_000; key++) {
      engine.offer(List.of(delivery(key, "key-" + key)));
    }
    assertThat(engine).extracting("lanes").isEqualTo(Map.of());
  }

  /** A close that comes while a turn's rest goes back must not drop a part of it. */
  @Test
  void d10_d04_a_close_while_a_turn_ends_leaves_no_gap_in_a_lane() throws Exception {
    List<Integer> started = new ArrayList<>();
    List<CompletableFuture<Next>> open = new ArrayList<>();
    AtomicReference<@Nullable Thread> closing = new AtomicReference<>();
    Engine engine =
        new Engine(
            bounds(1, 100, 1_000, 100),
            budget,
            delivery ->
                new Passage(delivery) {
                  @Override
                  protected CompletionStage<Next> travel() {
                    started.add(((TestDelivery) delivery()).number);
                    open.add(new CompletableFuture<>());
                    return open.get(open.size() - 1);
                  }
                },
            Runnable::run,
            time,
            time::nanos,
            () -> {});
    // The last of the turn is the first to be put back: the close begins right after that.
    TestDelivery last =
        new TestDelivery(2, "a", 1, assignment) {
          @Override
          public Assignment assignment() {
            Thread thread = closing.get();
            if (thread != null && thread.getState() == Thread.State.NEW) {
              thread.start();
              while (thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
              }
            }
            return super.assignment();
          }
        };
    engine.offer(List.of(delivery(0, "a"), delivery(1, "a"), last));
    closing.set(
        new Thread(
            () -> {
              var unused = engine.close();
            }));
    open.get(0).complete(Next.done());
    requireNonNull(closing.get()).join();
    // Whoever comes first to the lock: the next one starts, or none does.
    assertThat(started).isIn(List.of(0), List.of(0, 1));
  }

  @Test
  void pause_takes_nothing_and_resume_goes_on() {
    Engine engine = engine(WIDE, delivery -> Next.done());
    engine.pause();
    assertThat(engine.offer(List.of(delivery(0, "a")))).isZero();
    engine.resume();
    assertThat(rooms).hasValue(1);
    assertThat(engine.offer(List.of(delivery(0, "a")))).isEqualTo(1);
  }

  @Test
  void d04_keys_never_overlap_on_real_threads() throws Exception {
    int keys = 20;
    int events = 40_000;
    Map<String, AtomicInteger> last = new ConcurrentHashMap<>();
    Map<String, AtomicInteger> inside = new ConcurrentHashMap<>();
    List<String> broken = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch settled = new CountDownLatch(events);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    Function<TestDelivery, Next> handler =
        delivery -> {
          String key = String.valueOf(delivery.keyText());
          if (inside.computeIfAbsent(key, k -> new AtomicInteger()).getAndIncrement() != 0) {
            broken.add("overlap at " + delivery.number);
          }
          int before =
              last.computeIfAbsent(key, k -> new AtomicInteger(-1)).getAndSet(delivery.number);
          if (before >= delivery.number) {
            broken.add(delivery.number + " after " + before);
          }
          inside.get(key).decrementAndGet();
          settled.countDown();
          return Next.done();
        };
    Engine engine =
        new Engine(
            bounds(8, 1_000, 1_000_000, 1_000),
            budget,
            delivery -> new Sync((TestDelivery) delivery, handler),
            threads,
            time,
            time::nanos,
            () -> {});
    try {
      for (int number = 0; number < events; ) {
        number += engine.offer(List.of(delivery(number, "k" + number % keys)));
      }
      assertThat(settled.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(engine.close()).succeedsWithin(Duration.ofSeconds(10));
      assertThat(broken).isEmpty();
      assertThat(engine.load().inFlight()).isZero();
    } finally {
      threads.shutdownNow();
    }
  }

  private static Next settle(List<Integer> ended, TestDelivery delivery) {
    ended.add(delivery.number);
    return Next.done();
  }

  private static Engine.Bounds bounds(
      int concurrency, int inFlight, long inFlightBytes, int laneCapacity) {
    return new Engine.Bounds(
        concurrency, inFlight, inFlightBytes, laneCapacity, 16, Double.POSITIVE_INFINITY, Map.of());
  }

  private Engine engine(Engine.Bounds bounds, Function<TestDelivery, Next> handler) {
    return new Engine(
        bounds,
        budget,
        delivery -> new Sync((TestDelivery) delivery, handler),
        Runnable::run,
        time,
        time::nanos,
        rooms::incrementAndGet);
  }

  private Engine asynchronous(Engine.Bounds bounds, List<CompletableFuture<Next>> open) {
    return new Engine(
        bounds,
        budget,
        delivery ->
            new Passage(delivery) {
              @Override
              protected CompletionStage<Next> travel() {
                CompletableFuture<Next> later = new CompletableFuture<>();
                open.add(later);
                return later;
              }
            },
        Runnable::run,
        time,
        time::nanos,
        rooms::incrementAndGet);
  }

  private TestDelivery delivery(int number, @Nullable String key) {
    return new TestDelivery(number, key, 1, assignment);
  }

  private TestDelivery sized(int number, int size) {
    return new TestDelivery(number, null, size, assignment);
  }

  private static final class Sync extends Passage {
    private final TestDelivery passing;
    private final Function<TestDelivery, Next> handler;

    Sync(Delivery delivery, Function<TestDelivery, Next> handler) {
      super(delivery);
      this.passing = (TestDelivery) delivery;
      this.handler = handler;
    }

    @Override
    protected CompletionStage<Next> travel() {
      return CompletableFuture.completedFuture(handler.apply(passing));
    }
  }
}
