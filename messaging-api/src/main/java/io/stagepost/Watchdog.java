package io.stagepost;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Cancels runs whose time is over (rule D18), and goes on telling of those that do not end. There
 * is no timer for each run: one is set for the earliest deadline known, and looks at all runs when
 * it is due, so that a run which ends in time costs a comparison. Thread-safe.
 *
 * <p>A run makes itself visible before it calls {@link #watch}; a look resets {@link #due} before
 * it reads the runs. So either the look sees the run, or the run sees that a timer must be set.
 */
final class Watchdog {
  private static final Logger LOG = System.getLogger("io.stagepost.Subscription");
  private static final long NEVER = Long.MAX_VALUE;

  private final Supplier<Stream<Run>> runs;
  private final ScheduledExecutorService scheduler;
  private final LongSupplier ticker;
  private final AtomicLong due = new AtomicLong(NEVER);

  /** A handler that runs, and what tells people of it. */
  record Run(Context context, Object journey) {}

  Watchdog(Supplier<Stream<Run>> runs, ScheduledExecutorService scheduler, LongSupplier ticker) {
    this.runs = runs;
    this.scheduler = scheduler;
    this.ticker = ticker;
  }

  /** A run has begun that is to end by this deadline. */
  void watch(long deadline) {
    long known = due.get();
    while (deadline < known) {
      if (due.compareAndSet(known, deadline)) {
        long delay = Math.max(0, deadline - ticker.getAsLong());
        var unused = scheduler.schedule(() -> lookAtAll(deadline), delay, TimeUnit.NANOSECONDS);
        return;
      }
      known = due.get();
    }
  }

  private void lookAtAll(long deadline) {
    if (!due.compareAndSet(deadline, NEVER)) {
      return; // an earlier one took its place, and has looked, or will
    }
    long now = ticker.getAsLong();
    runs.get().forEach(run -> look(run, now));
  }

  private void look(Run run, long now) {
    Context context = run.context();
    if (now >= context.watchAt()) {
      Duration ran = Duration.ofNanos(now - context.started());
      if (context.cancel("its time of " + ran + " was over")) {
        LOG.log(Level.WARNING, "{0}: its handler was cancelled after {1}", run.journey(), ran);
      } else if (!context.isOverdue()) {
        return; // it has ended meanwhile
      } else {
        LOG.log(
            Level.ERROR,
            "SP-API-016 {0}: its handler runs on, {1} after it was begun, although it was"
                + " cancelled; its key waits for it. Let it heed interruption, and give timeouts"
                + " to what it calls.",
            run.journey(),
            ran);
      }
      // Told again when it has run for twice as long.
      context.watchAt(now + Math.max(now - context.started(), TimeUnit.SECONDS.toNanos(1)));
    }
    watch(context.watchAt());
  }
}
