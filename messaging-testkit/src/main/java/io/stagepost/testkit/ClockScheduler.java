package io.stagepost.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The scheduler of a {@link ManualClock}. Thread-safe. */
final class ClockScheduler extends AbstractExecutorService implements ScheduledExecutorService {
  private final ManualClock clock;
  private final AtomicLong sequence = new AtomicLong();
  private final Set<Delayed<?>> waiting = ConcurrentHashMap.newKeySet();
  private final AtomicInteger pending = new AtomicInteger();
  private volatile boolean shutDown;

  ClockScheduler(ManualClock clock) {
    this.clock = clock;
  }

  @Override
  public void execute(Runnable command) {
    checkOpen(command);
    pending.incrementAndGet();
    clock.enqueue(
        () -> {
          pending.decrementAndGet();
          command.run();
        });
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    return start(new Delayed<>(Executors.callable(command), true, due(delay, unit), 0));
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    return start(new Delayed<>(callable, false, due(delay, unit), 0));
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    return repeat(command, due(initialDelay, unit), positive(period, unit));
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    return repeat(command, due(initialDelay, unit), -positive(delay, unit));
  }

  private ScheduledFuture<?> repeat(Runnable command, long due, long period) {
    return start(new Delayed<>(Executors.callable(command), true, due, period));
  }

  private static long positive(long period, TimeUnit unit) {
    if (period <= 0) {
      throw new IllegalArgumentException("The period is " + period + "; it must be positive.");
    }
    return unit.toNanos(period);
  }

  private long due(long delay, TimeUnit unit) {
    long nanos = clock.nanos() + Math.max(0, unit.toNanos(delay));
    return nanos < 0 ? Long.MAX_VALUE - 1 : nanos;
  }

  private <V> Delayed<V> start(Delayed<V> task) {
    checkOpen(task);
    waiting.add(task);
    clock.enqueue(task);
    return task;
  }

  private void checkOpen(Runnable task) {
    if (shutDown) {
      throw new RejectedExecutionException(task + " came after the scheduler was shut down");
    }
  }

  /** Refuses new tasks. Delays that are under way go on; what repeats ends. */
  @Override
  public void shutdown() {
    shutDown = true;
    for (Delayed<?> task : List.copyOf(waiting)) {
      if (task.isPeriodic()) {
        task.cancel(false);
      }
    }
  }

  @Override
  public List<Runnable> shutdownNow() {
    shutDown = true;
    List<Runnable> never = new ArrayList<>();
    for (Delayed<?> task : List.copyOf(waiting)) {
      if (task.cancel(false)) {
        never.add(task);
      }
    }
    return never;
  }

  @Override
  public boolean isShutdown() {
    return shutDown;
  }

  @Override
  public boolean isTerminated() {
    return shutDown && waiting.isEmpty() && pending.get() == 0;
  }

  /** Runs what can run now. Waiting longer would not help: time passes when the test says so. */
  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    clock.run();
    return isTerminated();
  }

  @Override
  public String toString() {
    return "scheduler of the " + clock;
  }

  /** What waits for its time; ordered by time and then by call. */
  final class Delayed<V> extends FutureTask<V> implements RunnableScheduledFuture<V> {
    private final long number = sequence.incrementAndGet();

    /** Whether what it throws surfaces where the clock is run. */
    private final boolean surfaces;

    /** 0 for once; negative: from end to beginning. */
    private final long period;

    private long due;
    private @Nullable Throwable failure;

    Delayed(Callable<V> task, boolean surfaces, long due, long period) {
      super(task);
      this.surfaces = surfaces;
      this.due = due;
      this.period = period;
    }

    long due() {
      return due;
    }

    @Override
    public void run() {
      if (!isPeriodic()) {
        super.run();
        waiting.remove(this);
      } else if (runAndReset()) {
        due = period > 0 ? due + period : clock.nanos() - period;
        clock.enqueue(this);
      } else {
        waiting.remove(this);
      }
      if (surfaces && failure != null) {
        throw unchecked(failure);
      }
    }

    @Override
    protected void setException(Throwable thrown) {
      failure = thrown;
      super.setException(thrown);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      boolean cancelled = super.cancel(mayInterruptIfRunning);
      clock.remove(this);
      waiting.remove(this);
      return cancelled;
    }

    @Override
    public boolean isPeriodic() {
      return period != 0;
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(due - clock.nanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(java.util.concurrent.Delayed other) {
      Delayed<?> that = (Delayed<?>) other;
      int byTime = Long.compare(due, that.due);
      return byTime != 0 ? byTime : Long.compare(number, that.number);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(number);
    }
  }

  private static RuntimeException unchecked(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return failure instanceof RuntimeException exception
        ? exception
        : new IllegalStateException(failure);
  }
}
