package io.stagepost.testkit.soak;

import io.stagepost.Context;
import io.stagepost.Event;
import io.stagepost.Outcome;
import io.stagepost.testkit.soak.Parcels.Parcel;
import io.stagepost.testkit.soak.SoakOracle.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** What handlers do: decided by a hash of seed, event and attempt. */
final class Outcomes {
  private final long seed;
  private final SoakOracle oracle;
  private final ScheduledExecutorService timer;
  private final CountDownLatch never = new CountDownLatch(1);
  final LongAdder transients = new LongAdder();
  final LongAdder permanents = new LongAdder();
  final LongAdder delayed = new LongAdder();
  final LongAdder skipped = new LongAdder();
  final LongAdder cancelled = new LongAdder();
  final LongAdder straysSeen = new LongAdder();

  /** While it is on, whatever handlers call is down. */
  volatile boolean outage;

  Outcomes(long seed, SoakOracle oracle, ScheduledExecutorService timer) {
    this.seed = seed;
    this.oracle = oracle;
    this.timer = timer;
  }

  private int draw(Parcel parcel, int attempt) {
    long hash = (seed * 31 + parcel.id()) * 31 + attempt;
    hash = (hash ^ (hash >>> 30)) * 0xBF58476D1CE4E5B9L;
    hash = (hash ^ (hash >>> 27)) * 0x94D049BB133111EBL;
    return (int) Math.floorMod(hash ^ (hash >>> 31), 1_000_000L);
  }

  Outcome handle(Event<Parcel> event, Context context) throws InterruptedException {
    if (Thread.currentThread().isInterrupted() && !context.isCancelled()) {
      straysSeen.increment();
    }
    Parcel parcel = event.data();
    Run run = oracle.begin(parcel.key(), context.isCancelled());
    try {
      oracle.started(parcel);
      return decide(parcel, context.attempt());
    } finally {
      oracle.end(run);
    }
  }

  private Outcome decide(Parcel parcel, int attempt) throws InterruptedException {
    int drawn = draw(parcel, attempt);
    if (outage || drawn < 2_000) {
      transients.increment();
      throw new IllegalStateException("a transient failure");
    }
    if (drawn < 2_500) {
      permanents.increment();
      throw new UnsupportedOperationException("a permanent failure");
    }
    if (drawn < 3_000) {
      return Outcome.deadLetter("asked for");
    }
    if (drawn < 3_500) {
      return Outcome.park("asked for");
    }
    if (drawn < 5_000) {
      delayed.increment();
      return Outcome.retryAfter(Duration.ofMillis(1));
    }
    if (drawn < 5_050) {
      cancelled.increment();
      never.await(); // until its time is over
    }
    if (drawn < 20_000) {
      skipped.increment();
      oracle.isFinal(parcel);
      return Outcome.skip("asked for");
    }
    oracle.isFinal(parcel);
    return Outcome.done();
  }

  CompletionStage<Outcome> handleLater(Event<Parcel> event, Context context) {
    Parcel parcel = event.data();
    Run run = oracle.begin(parcel.key(), context.isCancelled());
    oracle.started(parcel);
    CompletableFuture<Outcome> later = new CompletableFuture<>();
    int drawn = draw(parcel, context.attempt());
    if (drawn >= 5_000 && drawn < 5_050) {
      var unused =
          context
              .cancellation()
              .thenRun(
                  () -> {
                    cancelled.increment();
                    oracle.end(run);
                    later.completeExceptionally(new IllegalStateException("cancelled"));
                  });
      return later;
    }
    Runnable completion =
        () -> {
          try {
            Outcome outcome = decide(parcel, context.attempt());
            oracle.end(run);
            later.complete(outcome);
          } catch (InterruptedException | RuntimeException failure) {
            oracle.end(run);
            later.completeExceptionally(failure);
          }
        };
    if (drawn % 50 == 0) {
      var unused = timer.schedule(completion, 1 + drawn % 3, TimeUnit.MILLISECONDS);
    } else {
      timer.execute(completion);
    }
    return later;
  }

  void handleBatch(List<Event<Parcel>> events) {
    Map<Integer, Run> runs = new HashMap<>();
    try {
      List<Parcel> parcels = new ArrayList<>();
      for (Event<Parcel> event : events) {
        Parcel parcel = event.data();
        parcels.add(parcel);
        runs.computeIfAbsent(parcel.key(), oracle::beginInBatch);
        oracle.started(parcel);
      }
      for (Parcel parcel : parcels) {
        int drawn = draw(parcel, 1);
        if (drawn < 500) {
          permanents.increment();
          throw new UnsupportedOperationException("a permanent failure in a batch");
        }
      }
      if (outage || draw(parcels.get(0), (int) System.nanoTime()) < 2_000) {
        transients.increment();
        throw new IllegalStateException("a transient failure of a batch");
      }
      parcels.forEach(oracle::isFinal);
    } finally {
      runs.values().forEach(oracle::end);
    }
  }
}
