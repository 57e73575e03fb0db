package io.stagepost.testkit.soak;

import io.stagepost.testkit.soak.Parcels.Parcel;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Keeps its own books of a soak, from what handlers see: which events have reached their end, who
 * runs for a key, and what has started first. Thread-safe; some bits for an event.
 */
final class SoakOracle {
  private static final int MOST_VIOLATIONS = 20;
  private static final long GRACE_NANOS = 1_000_000_000;

  /** A handler that runs for a key. */
  static final class Run {
    private final int key;
    private final int epoch;
    private final boolean lostBefore;
    private volatile boolean ended;

    private Run(int key, int epoch, boolean lostBefore) {
      this.key = key;
      this.epoch = epoch;
      this.lostBefore = lostBefore;
    }
  }

  final LongAdder starts = new LongAdder();
  final LongAdder repeated = new LongAdder();
  final LongAdder lostOverlaps = new LongAdder();
  final AtomicInteger ended = new AtomicInteger();
  private final AtomicIntegerArray endedBits;
  private final AtomicIntegerArray lastStarted;
  private final AtomicReferenceArray<@Nullable Run> running;
  private final Collection<String> violations = new ConcurrentLinkedQueue<>();
  private final AtomicInteger violated = new AtomicInteger();

  /** Odd while assignments are being lost. */
  private final AtomicInteger epoch = new AtomicInteger();

  private volatile long lastLoss = System.nanoTime() - GRACE_NANOS;

  SoakOracle(int events, int keys) {
    endedBits = new AtomicIntegerArray((events + 31) / 32);
    lastStarted = new AtomicIntegerArray(keys);
    running = new AtomicReferenceArray<>(keys);
  }

  /** Loses assignments: what runs meanwhile, and what began before, may overlap (rule D04). */
  void losing(Runnable loss) {
    epoch.incrementAndGet();
    try {
      loss.run();
    } finally {
      lastLoss = System.nanoTime();
      epoch.incrementAndGet();
    }
  }

  /** A handler begins; whether its assignment was lost before, as far as it is told. */
  Run begin(int key, boolean isLost) {
    Run run = new Run(key, epoch.get(), isLost);
    Run before = running.getAndSet(key, run);
    if (before != null && !before.ended) {
      if (run.lostBefore || before.lostBefore || mayBeLost(before) || mayBeLost(run)) {
        lostOverlaps.increment();
      } else {
        violation("d04: two handlers run for key " + key);
      }
    }
    return run;
  }

  /** The same for a batch, which is not told of a loss: it has a moment to notice. */
  Run beginInBatch(int key) {
    return begin(key, System.nanoTime() - lastLoss < GRACE_NANOS);
  }

  private boolean mayBeLost(Run run) {
    return (run.epoch & 1) == 1 || run.epoch != epoch.get();
  }

  void end(Run run) {
    run.ended = true;
    running.compareAndSet(run.key, run, null);
  }

  /** An event is tried: for the first time only after all before it of its key. */
  void started(Parcel parcel) {
    starts.increment();
    int last = lastStarted.get(parcel.key());
    if (parcel.sequence() <= last) {
      repeated.increment();
    } else if (parcel.sequence() != last + 1
        || !lastStarted.compareAndSet(parcel.key(), last, parcel.sequence())) {
      if (lastStarted.get(parcel.key()) < parcel.sequence()) {
        violation("d04: " + parcel + " starts first although the last one was " + last);
      }
    }
  }

  /** An event has reached its end: handled, skipped, or read from where it was given up to. */
  void isFinal(Parcel parcel) {
    int bit = 1 << (parcel.id() & 31);
    if ((endedBits.getAndUpdate(parcel.id() >> 5, bits -> bits | bit) & bit) == 0) {
      ended.incrementAndGet();
    }
  }

  void violation(String what) {
    if (violated.getAndIncrement() < MOST_VIOLATIONS) {
      violations.add(what);
    }
  }

  int violated() {
    return violated.get();
  }

  Collection<String> violations() {
    return violations;
  }
}
