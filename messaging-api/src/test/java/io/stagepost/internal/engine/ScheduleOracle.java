package io.stagepost.internal.engine;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Watches a schedule from outside the engine: every start, join, end and settlement, and says what
 * is broken.
 */
final class ScheduleOracle {
  /** How long the first probe waits, and at least every one after a failed one. */
  static final long PROBE_PAUSE = 20_000_000;

  /** Who is busy with a key: a delivery alone, or a batch with some deliveries of it. */
  private static final class Holder {
    final Object who;
    int count = 1;

    Holder(Object who) {
      this.who = who;
    }
  }

  private final Engine.Bounds bounds;
  private final RetryBudget budget;
  private final LongSupplier ticker;
  private final double interval;
  private final double burst;
  private final Map<String, Holder> busy = new HashMap<>();
  private final Map<String, Integer> lastFirstStart = new HashMap<>();
  private final Set<TestDelivery> begun = new HashSet<>();
  private final Set<TestDelivery> active = new HashSet<>();

  /** What runs of the second partition, and how much that may be. */
  private int second;

  private final int mostOfSecond;
  private int running;

  /** Whether the engine was told to close, and has heard it. */
  boolean closed;

  private double fullAt;
  private @Nullable AssertionError first;
  private @Nullable TestDelivery probe;
  private long probeNotBefore;

  ScheduleOracle(Engine.Bounds bounds, RetryBudget budget, LongSupplier ticker) {
    this.bounds = bounds;
    this.budget = budget;
    this.ticker = ticker;
    this.interval = 1e9 / bounds.rate();
    // A tenth of the handlers is left to what is more urgent.
    this.mostOfSecond =
        bounds.concurrency() - Ready.reserve(bounds.concurrency(), bounds.priorities().size() - 1);
    // A tenth of a second's worth, at least one; and what turns that have begun may start still.
    this.burst =
        Math.max(interval, 1e8) + interval * bounds.concurrency() * (bounds.turn() - 1) + 2;
  }

  /** Kept as well as thrown, since the engine takes what is thrown for a fault of the road. */
  void check(boolean holds, String what) {
    if (!holds) {
      AssertionError violation = new AssertionError(what);
      first = first == null ? violation : first;
      throw violation;
    }
  }

  void check(boolean holds, String what, Object of) {
    if (!holds) {
      check(false, what + ": " + of);
    }
  }

  void throwFirst() {
    if (first != null) {
      throw first;
    }
  }

  /** A passage travels, alone as far as is known. */
  void started(TestDelivery delivery) {
    occupied();
    second += isSecond(delivery);
    check(second <= mostOfSecond, "takes the places of what is more urgent", delivery.number);
    String key = delivery.keyText();
    if (key != null) {
      check(busy.put(key, new Holder(delivery)) == null, "overlap of key", key);
    }
    begins(delivery);
    if (budget.isProbing()) {
      check(probe == null, "two probes at once, the second", delivery.number);
      check(ticker.getAsLong() >= probeNotBefore, "a probe too early", delivery.number);
      probe = delivery;
    }
  }

  /** A passage that travels has joined a batch. */
  void gathers(TestDelivery delivery, Object batch) {
    running--;
    second -= isSecond(delivery);
    String key = delivery.keyText();
    if (key != null) {
      busy.put(key, new Holder(batch));
    }
  }

  /** A passage has followed another one of its lane into its batch. */
  void followed(TestDelivery delivery, Object batch) {
    String key = delivery.keyText();
    Holder holder = key == null ? null : busy.get(key);
    check(holder != null && holder.who == batch, "follows into another batch", delivery.number);
    if (holder != null) {
      holder.count++;
    }
    begins(delivery);
  }

  private void begins(TestDelivery delivery) {
    check(delivery.assignment().isHeld(), "starts what is not held", delivery.number);
    check(delivery.settled.get() == 0, "starts what is settled", delivery.number);
    check(!closed, "starts after close", delivery.number);
    check(active.add(delivery), "runs twice at once", delivery.number);
    String key = delivery.keyText();
    if (begun.add(delivery) && key != null) {
      Integer last = lastFirstStart.put(key, delivery.number);
      check(last == null || last < delivery.number, "first starts out of order of key", key);
    }
    if (interval > 0) {
      long now = ticker.getAsLong();
      fullAt = Math.max(fullAt, (double) now) + interval;
      check(fullAt - now <= burst, "faster than the limit of rate", delivery.number);
    }
  }

  private static int isSecond(TestDelivery delivery) {
    return delivery.address().equals(Schedule.SECOND) ? 1 : 0;
  }

  /** A handler, or that of a batch, begins. */
  void occupied() {
    running++;
    check(running <= bounds.concurrency(), "more run at once than may", running);
  }

  void vacated() {
    running--;
  }

  /** A passage has ended its try; unless it was in a batch, it makes room for another. */
  void ended(TestDelivery delivery, boolean inBatch, boolean again) {
    if (!inBatch) {
      vacated();
      second -= isSecond(delivery);
    }
    check(active.remove(delivery), "ended twice", delivery.number);
    String key = delivery.keyText();
    Holder holder = key == null ? null : busy.get(key);
    if (holder != null && --holder.count == 0) {
      busy.remove(key);
    }
    if (probe == delivery) {
      probe = null;
      if (again) {
        probeNotBefore = ticker.getAsLong() + PROBE_PAUSE;
      }
    }
  }

  void probes(boolean begins) {
    check(begins == budget.isProbing(), "told of the wrong state", begins);
    if (begins) {
      probe = null;
      probeNotBefore = ticker.getAsLong() + PROBE_PAUSE;
    }
  }

  /** What runs, or gathers in a batch. */
  Set<TestDelivery> active() {
    return active;
  }

  int running() {
    return running;
  }
}
