package io.stagepost;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.internal.engine.ManualScheduler;
import io.stagepost.internal.engine.TestDelivery;
import io.stagepost.spi.Assignment;
import java.time.Duration;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A handler's run, its cancellation, and the watchdog that cancels it (rule D18). */
@Timeout(60)
class ContextTest {
  private static final Logger LOG = Logger.getLogger("io.stagepost.Subscription");

  private final CopyOnWriteArrayList<LogRecord> logged = new CopyOnWriteArrayList<>();
  private final Handler recording =
      new Handler() {
        @Override
        public void publish(LogRecord logRecord) {
          logged.add(logRecord);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  private final ManualScheduler time = new ManualScheduler();
  private final AtomicReference<@Nullable Context> running = new AtomicReference<>();

  @BeforeEach
  void listen() {
    LOG.setUseParentHandlers(false);
    LOG.addHandler(recording);
  }

  @AfterEach
  void unlisten() {
    LOG.removeHandler(recording);
    LOG.setUseParentHandlers(true);
    Thread.interrupted();
  }

  @Test
  void d18_a_cancelled_run_is_interrupted_and_the_interrupt_does_not_outlive_it() {
    Context context = context(Duration.ofSeconds(1));
    context.enter();
    assertThat(context.cancel("late")).isTrue();
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    context.leave();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(context.end()).isEqualTo("late");
  }

  @Test
  void d18_a_run_that_was_cancelled_before_its_handler_began_is_interrupted_as_it_begins() {
    Context context = context(Duration.ofSeconds(1));
    context.cancel("lost");
    context.enter();
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    context.leave();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void a_run_that_has_ended_is_not_cancelled() {
    Context context = context(Duration.ofSeconds(1));
    context.enter();
    context.leave();
    assertThat(context.end()).isNull();
    assertThat(context.cancel("late")).isFalse();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void a_timeout_without_end_never_passes() {
    Context context = context(Duration.ofSeconds(Long.MAX_VALUE));
    time.advance(Duration.ofDays(36_500));
    assertThat(context.isOverdue()).isFalse();
    assertThat(context.remaining()).isPositive();
  }

  @Test
  void d18_the_watchdog_cancels_at_the_deadline_and_then_tells_that_it_runs_on() {
    Watchdog watchdog = watchdog(time, running);
    Context context = context(Duration.ofSeconds(10));
    running.set(context);
    watchdog.watch(context.watchAt());
    time.advance(Duration.ofSeconds(9));
    assertThat(context.isCancelled()).isFalse();
    time.advance(Duration.ofSeconds(1));
    assertThat(context.isCancelled()).isTrue();
    assertThat(logged).extracting(LogRecord::getLevel).containsExactly(Level.WARNING);
    time.advance(Duration.ofSeconds(10));
    assertThat(logged).extracting(LogRecord::getLevel).containsExactly(Level.WARNING, Level.SEVERE);
    time.advance(Duration.ofSeconds(19));
    assertThat(logged).hasSize(2);
    time.advance(Duration.ofSeconds(1));
    assertThat(logged).hasSize(3);
  }

  @Test
  void d18_an_earlier_deadline_is_kept_although_a_later_one_was_known() {
    Watchdog watchdog = watchdog(time, running);
    watchdog.watch(time.nanos() + Duration.ofMinutes(1).toNanos());
    Context context = context(Duration.ofSeconds(1));
    running.set(context);
    watchdog.watch(context.watchAt());
    time.advance(Duration.ofSeconds(1));
    assertThat(context.isCancelled()).isTrue();
  }

  @Test
  void deadlines_that_come_earlier_and_earlier_leave_no_timers_that_beget_others() {
    Watchdog watchdog = watchdog(time, running);
    Context context = context(Duration.ofSeconds(60));
    running.set(context);
    for (int seconds = 60; seconds > 0; seconds--) {
      watchdog.watch(time.nanos() + Duration.ofSeconds(seconds).toNanos());
    }
    time.advance(Duration.ofSeconds(61));
    assertThat(context.isCancelled()).isTrue();
    assertThat(time.pending()).isEqualTo(1);
  }

  @Test
  void the_watchdog_says_nothing_of_a_run_that_ended_as_it_looked() {
    Watchdog watchdog = watchdog(time, running);
    Context context = context(Duration.ofSeconds(1));
    running.set(context); // as if it had been read before it ended
    watchdog.watch(context.watchAt());
    context.end();
    time.advance(Duration.ofHours(1));
    assertThat(logged).isEmpty();
    assertThat(time.pending()).as("timers for nobody").isZero();
  }

  /** Short handlers whose time is over as they end: no interrupt hits the next, or stays. */
  @Test
  void d18_an_interrupt_never_hits_what_comes_after_its_handler() {
    LOG.setLevel(Level.OFF);
    ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1);
    int cancelled = 0;
    try {
      Watchdog watchdog = new Watchdog(() -> runs(running), scheduler, System::nanoTime);
      for (int i = 0; i < 100_000; i++) {
        Context context =
            new Context(
                "group",
                1,
                delivery(),
                null,
                null,
                System::nanoTime,
                Duration.ofNanos(i % 100 * 1_000L));
        running.set(context);
        watchdog.watch(context.watchAt());
        context.enter();
        long until = System.nanoTime() + i % 70 * 500L;
        while (System.nanoTime() < until && !Thread.currentThread().isInterrupted()) {
          Thread.onSpinWait();
        }
        if (Thread.currentThread().isInterrupted()) {
          assertThat(context.isCancelled()).as("interrupted for another").isTrue();
        }
        context.leave();
        running.set(null);
        cancelled += context.end() == null ? 0 : 1;
        if (Thread.currentThread().isInterrupted()) {
          throw new AssertionError("an interrupt has outlived run " + i);
        }
      }
    } finally {
      scheduler.shutdownNow();
      LOG.setLevel(null);
    }
    assertThat(cancelled).as("cancelled runs, so that the race was run").isPositive();
  }

  private static Watchdog watchdog(
      ManualScheduler time, AtomicReference<@Nullable Context> running) {
    return new Watchdog(() -> runs(running), time, time::nanos);
  }

  private static Stream<Watchdog.Run> runs(AtomicReference<@Nullable Context> running) {
    Context context = running.get();
    return context == null ? Stream.empty() : Stream.of(new Watchdog.Run(context, "a journey"));
  }

  private Context context(Duration timeout) {
    return new Context("group", 1, delivery(), null, null, time::nanos, timeout);
  }

  private static TestDelivery delivery() {
    return new TestDelivery(1, "a", 1, new Assignment("p0"));
  }
}
