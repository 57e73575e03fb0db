package io.stagepost.internal.engine;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Says when lanes may start and how much of them: as the limit of rate allows, and one alone while
 * the budget probes. Guarded by the engine.
 */
final class Pace {
  private final RetryBudget budget;
  private RateLimit rate;
  private final ScheduledExecutorService scheduler;
  private final LongSupplier ticker;
  private final Runnable wake;

  /** When the scheduler will wake the engine; the largest for never. */
  private long wakeAt = Long.MAX_VALUE;

  Pace(
      RetryBudget budget,
      double rate,
      ScheduledExecutorService scheduler,
      LongSupplier ticker,
      Runnable wake) {
    this.budget = budget;
    this.rate = new RateLimit(rate);
    this.scheduler = scheduler;
    this.ticker = ticker;
    this.wake = wake;
  }

  /** How many lanes may start now; if none, the engine is woken when one may. */
  int lanes() {
    boolean probing = budget.isProbing();
    if (!probing && !rate.limits()) {
      return Integer.MAX_VALUE;
    }
    long now = ticker.getAsLong();
    long wait = Math.max(rate.untilNext(now), probing ? budget.waitForProbe(now) : 0);
    // While a probe runs its end will wake.
    if (wait > 0 && wait < Long.MAX_VALUE && now + wait < wakeAt) {
      wakeAt = now + wait;
      var unused = scheduler.schedule(wake, wait, TimeUnit.NANOSECONDS);
    }
    return wait > 0 ? 0 : probing ? 1 : Integer.MAX_VALUE;
  }

  void rate(double perSecond) {
    rate = new RateLimit(perSecond);
  }

  void woken() {
    wakeAt = Long.MAX_VALUE;
  }

  /** How many of a lane's passages may start, which they then do. */
  int start(Lane lane, int wanted) {
    int most = Math.min(wanted, lane.waiting.size());
    if (budget.isProbing()) {
      lane.probe = true;
      budget.probeStarted();
      most = 1;
    }
    if (rate.limits()) {
      long now = ticker.getAsLong();
      most = rate.available(most, now);
      rate.take(most, now);
    }
    return most;
  }
}
