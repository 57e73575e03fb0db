package io.stagepost.testkit;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.MessagingException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class ManualClockTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final ManualClock clock = new ManualClock();
  private final ScheduledExecutorService scheduler = clock.scheduler();
  private final Executor executor = clock.executor();
  private final List<String> trace = new ArrayList<>();

  private Runnable trace(String what) {
    return () -> trace.add(what + "@" + Duration.between(START, clock.instant()).toSeconds());
  }

  private ScheduledFuture<?> after(long seconds, Runnable task) {
    return scheduler.schedule(task, seconds, SECONDS);
  }

  @Test
  void it_stands_still_until_it_is_advanced() {
    assertThat(clock.instant()).isEqualTo(START);
    clock.advance(Duration.ofHours(1));
    assertThat(clock.instant()).isEqualTo(START.plusSeconds(3600));
    assertThat(new ManualClock(Instant.EPOCH).instant()).isEqualTo(Instant.EPOCH);
  }

  @Test
  void tasks_run_in_the_order_in_which_they_came_and_never_inside_one_another() {
    executor.execute(
        () -> {
          executor.execute(trace("inner"));
          clock.run();
          trace("outer").run();
        });
    executor.execute(trace("second"));
    assertThat(trace).isEmpty();
    clock.run();
    assertThat(trace).containsExactly("outer@0", "second@0", "inner@0");
  }

  @Test
  void what_falls_due_runs_in_the_order_of_its_times_each_with_what_follows_from_it() {
    var unused2 = after(2, trace("two"));
    var unused1 =
        after(
            1,
            () -> {
              trace("one").run();
              executor.execute(trace("follows one"));
              var unused = after(0, trace("no delay"));
            });
    var unused1b = after(1, trace("also one"));
    clock.advance(Duration.ofSeconds(1).minusNanos(1));
    assertThat(trace).isEmpty();
    assertThat(clock.nextDelay()).contains(START.plusSeconds(1));
    clock.advance(Duration.ofSeconds(5));
    assertThat(trace)
        .containsExactly("one@1", "also one@1", "follows one@1", "no delay@1", "two@2");
    assertThat(clock.nextDelay()).isEmpty();
  }

  @Test
  void a_task_that_takes_time_delays_what_falls_due_meanwhile() {
    executor.execute(() -> clock.advance(Duration.ofSeconds(3)));
    var unused = after(1, trace("late"));
    clock.run();
    assertThat(trace).containsExactly("late@3");
    assertThat(clock.instant()).isEqualTo(START.plusSeconds(3));
  }

  @Test
  void a_cancelled_delay_never_runs_and_is_forgotten() {
    ScheduledFuture<?> alarm = after(1, trace("alarm"));
    assertThat(alarm.getDelay(SECONDS)).isEqualTo(1);
    assertThat(alarm.cancel(false)).isTrue();
    assertThat(clock.nextDelay()).isEmpty();
    clock.advance(Duration.ofSeconds(2));
    assertThat(trace).isEmpty();
    assertThat(alarm.isCancelled()).isTrue();
  }

  @Test
  void a_callable_gives_its_value_or_its_exception_to_its_future() throws Exception {
    Future<String> value = scheduler.schedule(() -> "rung", 1, SECONDS);
    Future<String> failure =
        scheduler.schedule(
            () -> {
              throw new java.io.IOException("broken");
            },
            1,
            SECONDS);
    clock.advance(Duration.ofSeconds(1));
    assertThat(value.get()).isEqualTo("rung");
    assertThatThrownBy(failure::get).hasRootCauseMessage("broken");
  }

  @Test
  void a_fixed_rate_keeps_to_its_times_and_a_fixed_delay_to_its_pauses() {
    Future<?> rate =
        scheduler.scheduleAtFixedRate(
            () -> {
              trace("rate").run();
              clock.advance(Duration.ofSeconds(1));
            },
            2,
            2,
            SECONDS);
    clock.advance(Duration.ofSeconds(6));
    assertThat(trace).containsExactly("rate@2", "rate@4", "rate@6");
    rate.cancel(false);
    trace.clear();
    ManualClock other = new ManualClock();
    List<Instant> times = new ArrayList<>();
    var unused =
        other
            .scheduler()
            .scheduleWithFixedDelay(
                () -> {
                  times.add(other.instant());
                  other.advance(Duration.ofSeconds(1));
                },
                0,
                2,
                SECONDS);
    other.advance(Duration.ofSeconds(6));
    assertThat(times).containsExactly(START, START.plusSeconds(3), START.plusSeconds(6));
  }

  @Test
  void what_a_task_throws_surfaces_and_the_tasks_behind_it_wait_for_the_next_call() {
    executor.execute(
        () -> {
          throw new IllegalStateException("broken");
        });
    executor.execute(trace("behind"));
    assertThatThrownBy(clock::run).hasMessage("broken");
    assertThat(trace).isEmpty();
    clock.run();
    assertThat(trace).containsExactly("behind@0");

    ScheduledFuture<?> failing =
        after(
            1,
            () -> {
              throw new AssertionError("also broken");
            });
    assertThatThrownBy(() -> clock.advance(Duration.ofSeconds(1))).hasMessage("also broken");
    assertThat(failing.isDone()).isTrue();
  }

  @Test
  void tasks_that_beget_each_other_for_ever_are_told() {
    ManualClock bounded = new ManualClock(START, 1000);
    bounded
        .executor()
        .execute(
            new Runnable() {
              @Override
              public void run() {
                bounded.executor().execute(this);
              }

              @Override
              public String toString() {
                return "the restless one";
              }
            });
    assertThatThrownBy(bounded::run)
        .isInstanceOf(MessagingException.class)
        .hasMessageContaining("SP-TEST-001")
        .hasMessageContaining("the restless one");
  }

  @Test
  void many_tasks_are_no_livelock_as_long_as_time_passes() {
    ManualClock bounded = new ManualClock(START, 1000);
    int[] ticks = new int[1];
    var unused = bounded.scheduler().scheduleAtFixedRate(() -> ticks[0]++, 1, 1, SECONDS);
    bounded.advance(Duration.ofHours(1));
    assertThat(ticks[0]).isEqualTo(3600);
  }

  @Test
  void time_does_not_go_back() {
    assertThatThrownBy(() -> clock.advance(Duration.ofSeconds(-1)))
        .hasMessageContaining("SP-TEST-002");
  }

  @Test
  void a_scheduler_that_is_shut_down_ends_what_repeats_and_lets_delays_go_on() {
    var unused1 = scheduler.scheduleAtFixedRate(trace("rate"), 1, 1, SECONDS);
    var unused2 = after(1, trace("delay"));
    scheduler.shutdown();
    assertThat(scheduler.isTerminated()).isFalse();
    assertThatThrownBy(() -> after(1, trace("late")))
        .isInstanceOf(RejectedExecutionException.class);
    clock.advance(Duration.ofSeconds(3));
    assertThat(trace).containsExactly("delay@1");
    assertThat(scheduler.isTerminated()).isTrue();
  }

  @Test
  void a_scheduler_that_is_shut_down_now_returns_what_never_ran() throws InterruptedException {
    var unused = after(1, trace("delay"));
    assertThat(scheduler.shutdownNow()).hasSize(1);
    clock.advance(Duration.ofSeconds(3));
    assertThat(trace).isEmpty();
    assertThat(scheduler.awaitTermination(1, SECONDS)).isTrue();
  }

  @Test
  void who_joins_a_future_of_the_clock_runs_its_tasks() {
    CompletableFuture<String> future = new ClockFuture<>(clock);
    executor.execute(() -> future.complete("done"));
    executor.execute(trace("not needed"));
    assertThat(future.thenApply(value -> value + "!").join()).isEqualTo("done!");
    assertThat(trace).isEmpty();
  }

  @Test
  void a_task_that_joins_lets_others_run_meanwhile() {
    CompletableFuture<String> future = new ClockFuture<>(clock);
    executor.execute(() -> trace.add(future.join()));
    executor.execute(() -> future.complete("done by another task"));
    clock.run();
    assertThat(trace).containsExactly("done by another task");
  }

  @Test
  void a_future_that_nothing_can_complete_says_so_instead_of_blocking_for_ever() {
    CompletableFuture<String> future = new ClockFuture<>(clock);
    var unused = after(1, () -> future.complete("late"));
    assertThatThrownBy(future::join).hasMessageContaining("SP-TEST-003");
    assertThatThrownBy(() -> future.get(1, SECONDS)).isInstanceOf(TimeoutException.class);
    clock.advance(Duration.ofSeconds(1));
    assertThat(future.join()).isEqualTo("late");
  }
}
