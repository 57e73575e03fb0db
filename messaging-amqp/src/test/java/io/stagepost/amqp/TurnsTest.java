package io.stagepost.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Turns take all that comes, whenever it comes, and end when there is nothing. */
@Timeout(600)
class TurnsTest {
  private static final Duration REST = Duration.ofSeconds(2);

  private final ManualClock clock = new ManualClock();
  private final Queue<Integer> waiting = new ConcurrentLinkedQueue<>();
  private final List<Integer> taken = new ArrayList<>();
  private int turns;

  private Turns turns(Supplier<Duration> whenEmpty) {
    return new Turns(
        clock.executor(),
        clock.scheduler(),
        () -> {
          turns++;
          for (Integer next = waiting.poll(); next != null; next = waiting.poll()) {
            taken.add(next);
          }
          return whenEmpty.get();
        });
  }

  private void put(Turns to, int number) {
    waiting.add(number);
    to.wake();
  }

  @Test
  void it_is_woken_once_for_all_that_came_before_its_turn() {
    Turns idle = turns(() -> Duration.ZERO);
    put(idle, 1);
    put(idle, 2);

    clock.run();

    assertThat(taken).containsExactly(1, 2);
    assertThat(turns).isEqualTo(1);
  }

  @Test
  void it_begins_again_after_it_has_ended() {
    Turns idle = turns(() -> Duration.ZERO);
    put(idle, 1);
    clock.run();
    put(idle, 2);

    clock.run();

    assertThat(taken).containsExactly(1, 2);
  }

  /** The race that matters: it has looked for the last time, and has not ended yet. */
  @Test
  void what_comes_between_the_last_look_and_the_end_is_taken() {
    AtomicInteger late = new AtomicInteger(3);
    List<Turns> self = new ArrayList<>();
    self.add(
        turns(
            () -> {
              if (late.get() > 0) {
                put(self.get(0), 10 * late.getAndDecrement());
              }
              return Duration.ZERO;
            }));
    put(self.get(0), 1);

    clock.run();

    assertThat(taken).containsExactly(1, 30, 20, 10);
  }

  @Test
  void a_rest_is_not_cut_short_and_what_came_meanwhile_is_taken_after_it() {
    AtomicInteger rests = new AtomicInteger(1);
    Turns tired = turns(() -> rests.getAndDecrement() > 0 ? REST : Duration.ZERO);
    put(tired, 1);
    clock.run();

    put(tired, 2);
    clock.advance(REST.minusMillis(1));
    assertThat(taken).containsExactly(1);

    clock.advance(Duration.ofMillis(1));
    assertThat(taken).containsExactly(1, 2);

    put(tired, 3);
    clock.run();
    assertThat(taken).containsExactly(1, 2, 3);
    assertThat(turns).isEqualTo(3);
  }

  @Test
  void what_found_no_thread_is_taken_when_there_is_one() {
    AtomicInteger without = new AtomicInteger(1);
    Turns poor =
        new Turns(
            task -> {
              if (without.getAndDecrement() > 0) {
                throw new OutOfMemoryError("unable to create native thread");
              }
              clock.executor().execute(task);
            },
            clock.scheduler(),
            () -> {
              for (Integer next = waiting.poll(); next != null; next = waiting.poll()) {
                taken.add(next);
              }
              return Duration.ZERO;
            });
    put(poor, 1);
    clock.run();
    assertThat(taken).isEmpty();

    poor.wake();
    clock.run();
    assertThat(taken).containsExactly(1);
  }

  /** On real threads, which end between turns: each number is taken, once, by one at a time. */
  @Test
  void nothing_is_left_behind_by_threads_that_come_and_go() throws Exception {
    int writers = 4;
    int each = 25_000;
    CountDownLatch all = new CountDownLatch(writers * each);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            0, Integer.MAX_VALUE, 0, TimeUnit.NANOSECONDS, new SynchronousQueue<>());
    ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    ExecutorService writing = Executors.newFixedThreadPool(writers);
    try {
      Turns turns =
          new Turns(
              threads,
              timer,
              () -> {
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                boolean rests = false;
                for (Integer next = waiting.poll(); next != null; next = waiting.poll()) {
                  taken.add(next);
                  all.countDown();
                  rests |= next % 1_000 == 0;
                }
                inside.decrementAndGet();
                return rests ? Duration.ofNanos(1_000) : Duration.ZERO;
              });
      for (int i = 0; i < writers; i++) {
        int first = i * each;
        writing.execute(
            () -> {
              for (int number = first; number < first + each; number++) {
                put(turns, number);
              }
            });
      }
      all.await();
    } finally {
      writing.shutdown();
      timer.shutdownNow();
      threads.shutdownNow();
    }
    assertThat(most).hasValue(1);
    assertThat(taken).hasSize(writers * each).doesNotHaveDuplicates();
  }
}
