package io.stagepost.testkit;

import io.stagepost.MessagingException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Time that passes when the test says so, and the threads that go with it: an {@linkplain
 * #executor() executor} and a {@linkplain #scheduler() scheduler} whose tasks run one after another
 * on the thread that calls {@link #run()} or {@link #advance(Duration)}. The same calls give the
 * same order of tasks, each time.
 *
 * <pre>{@code
 * ManualClock clock = new ManualClock();
 * clock.scheduler().schedule(() -> ring(), 1, TimeUnit.HOURS);
 * clock.advance(Duration.ofHours(1)); // rings, now
 * }</pre>
 *
 * <p>What a task throws is thrown by the call that ran it; the tasks behind it wait for the next
 * call. A task may itself {@link #advance(Duration) advance} the clock, as a handler that takes
 * long: then time passes at once, and what has fallen due runs after it.
 *
 * <p>Thread-safe: tasks may come from any thread; they run on one at a time.
 */
public final class ManualClock implements InstantSource {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final long TASKS_PER_INSTANT = 10_000_000;

  private final Instant start;
  private final long tasksPerInstant;
  private final ClockScheduler scheduler = new ClockScheduler(this);

  /** Held by the thread that runs tasks. */
  private final ReentrantLock turn = new ReentrantLock();

  // Guarded by this; only the turn's holder takes tasks out and writes the time.
  private final ArrayDeque<Runnable> ready = new ArrayDeque<>();
  private final TreeSet<ClockScheduler.Delayed<?>> delayed = new TreeSet<>();
  private volatile long nanos;

  // Guarded by the turn.
  private long countedAt = -1;
  private long counted;

  /** A clock that stands at 2026-01-01T00:00:00Z. */
  public ManualClock() {
    this(START);
  }

  /**
   * A clock that stands at a time.
   *
   * @param start what it shows until it is advanced
   */
  public ManualClock(Instant start) {
    this(start, TASKS_PER_INSTANT);
  }

  ManualClock(Instant start, long tasksPerInstant) {
    this.start = start;
    this.tasksPerInstant = tasksPerInstant;
  }

  @Override
  public Instant instant() {
    return start.plusNanos(nanos);
  }

  /**
   * A scheduler whose delays wait for {@link #advance(Duration)}. What a {@code Runnable} throws
   * surfaces there; what a {@code Callable}, or a submitted task, throws is in its future.
   *
   * @return the same at every call
   */
  public ScheduledExecutorService scheduler() {
    return scheduler;
  }

  /**
   * An executor whose tasks wait for {@link #run()}. They run in the order in which they came,
   * never inside one another.
   *
   * @return the same at every call
   */
  public Executor executor() {
    return this::enqueue;
  }

  /**
   * Runs every task that can run without time passing, until none is left. From within a task it
   * does nothing: the tasks run after it anyway.
   *
   * @throws MessagingException {@code SP-TEST-001} if that never ends: ten million tasks at the
   *     same time
   */
  public void run() {
    if (!turn.isHeldByCurrentThread()) {
      turn.lock();
      try {
        runUntil(() -> false);
      } finally {
        turn.unlock();
      }
    }
  }

  /**
   * Lets time pass: runs what can run now, then what falls due, in the order of its times, each
   * time with all that follows from it.
   *
   * @param duration how much; not negative
   * @throws MessagingException {@code SP-TEST-001} if the tasks of one instant never end, {@code
   *     SP-TEST-002} if the duration is negative
   */
  public void advance(Duration duration) {
    if (duration.isNegative()) {
      throw new MessagingException(
          "SP-TEST-002", "A clock cannot be advanced by " + duration + "; time does not go back.");
    }
    if (turn.isHeldByCurrentThread()) {
      nanos = Math.addExact(nanos, duration.toNanos());
      return;
    }
    turn.lock();
    try {
      long target = Math.addExact(nanos, duration.toNanos());
      runUntil(() -> false);
      for (long due = firstDue(); due <= target; due = firstDue()) {
        nanos = Math.max(nanos, due);
        runUntil(() -> false);
      }
      nanos = Math.max(nanos, target);
    } finally {
      turn.unlock();
    }
  }

  /**
   * When the next delay is over.
   *
   * @return empty if nothing waits for time to pass
   */
  public Optional<Instant> nextDelay() {
    long due = firstDue();
    return due == Long.MAX_VALUE ? Optional.empty() : Optional.of(start.plusNanos(due));
  }

  /**
   * Runs tasks for somebody who waits, until it is done or none is left: the one case where tasks
   * run inside another one, as they would on another thread.
   */
  void help(BooleanSupplier done) {
    turn.lock();
    try {
      runUntil(done);
    } finally {
      turn.unlock();
    }
  }

  private void runUntil(BooleanSupplier done) {
    while (!done.getAsBoolean()) {
      Runnable task = next();
      if (task == null) {
        return;
      }
      if (countedAt != nanos) {
        countedAt = nanos;
        counted = 0;
      }
      if (++counted > tasksPerInstant) {
        counted = 0;
        throw new MessagingException(
            "SP-TEST-001",
            tasksPerInstant
                + " tasks ran at "
                + instant()
                + " and there are more: they seem to beget each other for ever. The next one is "
                + task
                + "; let it wait for time to pass.");
      }
      task.run();
    }
  }

  private synchronized @Nullable Runnable next() {
    while (!delayed.isEmpty() && delayed.first().due() <= nanos) {
      ready.add(delayed.pollFirst());
    }
    return ready.poll();
  }

  private synchronized long firstDue() {
    return delayed.isEmpty() ? Long.MAX_VALUE : delayed.first().due();
  }

  // ---- for the scheduler

  synchronized void enqueue(Runnable task) {
    ready.add(task);
  }

  synchronized void enqueue(ClockScheduler.Delayed<?> task) {
    delayed.add(task);
  }

  synchronized void remove(ClockScheduler.Delayed<?> task) {
    delayed.remove(task);
  }

  long nanos() {
    return nanos;
  }

  @Override
  public String toString() {
    return "manual clock at " + instant();
  }
}
