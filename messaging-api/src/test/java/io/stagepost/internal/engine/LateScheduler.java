package io.stagepost.internal.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Time that passes when a schedule says so; what falls due runs in any order, and any time late.
 */
final class LateScheduler extends ScheduledThreadPoolExecutor {
  private record Waiting(long due, Runnable task) {}

  private final List<Waiting> waiting = new ArrayList<>();
  private long now;

  LateScheduler() {
    super(0);
  }

  @Override
  public @Nullable ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    waiting.add(new Waiting(now + unit.toNanos(delay), task));
    return null;
  }

  long nanos() {
    return now;
  }

  void advance(long nanos) {
    now += nanos;
  }

  /** Runs one of those that are due; returns false if none is. */
  boolean fireOne(Random random) {
    int due = 0;
    for (Waiting each : waiting) {
      due += each.due <= now ? 1 : 0;
    }
    if (due == 0) {
      return false;
    }
    int chosen = random.nextInt(due);
    for (int i = 0; ; i++) {
      if (waiting.get(i).due <= now && chosen-- == 0) {
        waiting.remove(i).task.run();
        return true;
      }
    }
  }

  /** Lets time pass until the next is due; returns false if nothing waits. */
  boolean advanceToNext() {
    long next = Long.MAX_VALUE;
    for (Waiting each : waiting) {
      next = Math.min(next, each.due);
    }
    if (next == Long.MAX_VALUE) {
      return false;
    }
    now = Math.max(now, next);
    return true;
  }
}
