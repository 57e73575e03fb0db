package io.stagepost.internal.engine;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Time that passes when a test says so: a clock, and the delays that wait for it. */
public final class ManualScheduler extends ScheduledThreadPoolExecutor implements InstantSource {
  private record Waiting(Instant due, Runnable task) {}

  private final List<Waiting> waiting = new ArrayList<>();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  public ManualScheduler() {
    super(0);
  }

  @Override
  public @Nullable ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    waiting.add(new Waiting(now.plusNanos(unit.toNanos(delay)), task));
    return null;
  }

  @Override
  public Instant instant() {
    return now;
  }

  /** Nanoseconds since its beginning. */
  public long nanos() {
    return Duration.between(Instant.parse("2026-01-01T00:00:00Z"), now).toNanos();
  }

  /** Lets time pass, running what falls due, in order. */
  public void advance(Duration by) {
    Instant until = now.plus(by);
    while (true) {
      Waiting next =
          waiting.stream()
              .filter(candidate -> !candidate.due.isAfter(until))
              .min(Comparator.comparing(Waiting::due))
              .orElse(null);
      if (next == null) {
        now = until;
        return;
      }
      waiting.remove(next);
      now = next.due.isAfter(now) ? next.due : now;
      next.task.run();
    }
  }

  public int pending() {
    return waiting.size();
  }
}
