package io.stagepost.testkit.soak;

import io.stagepost.EventType;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.PublishLimits;
import io.stagepost.Subscription;
import io.stagepost.testkit.InMemoryTransport;
import io.stagepost.testkit.soak.Parcels.Parcel;
import io.stagepost.testkit.soak.Parcels.Zipf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Publishes events of keys drawn as Zipf's law has it, handles them in a group whose members come
 * and go, and has an oracle watch. In real time, on real threads: the seed decides what is done,
 * not how threads interleave.
 */
final class Soak {
  private static final int CHECKPOINTS = 10;
  private static final int MOST_OPEN = 20_000;
  private static final long PATIENCE_NANOS = Duration.ofSeconds(90).toNanos();

  private final int events;
  private final int keys;
  private final long seed;
  private final Random random;
  private final SoakOracle oracle;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Outcomes outcomes;
  private final InMemoryTransport base =
      InMemoryTransport.builder()
          .partitions(8)
          .discardSettled()
          .commitEvery(Duration.ofMillis(20))
          .build();
  private final Members members;
  private final AtomicBoolean over = new AtomicBoolean();
  private final List<Long> heap = new ArrayList<>();
  private final List<String> report = new ArrayList<>();

  Soak(int events, int keys, long seed) {
    this.events = events;
    this.keys = keys;
    this.seed = seed;
    this.random = new Random(seed);
    this.oracle = new SoakOracle(events, keys);
    this.outcomes = new Outcomes(seed, oracle, timer);
    this.members = new Members(base, oracle, outcomes, new Random(seed + 1));
  }

  /** Runs it; returns what was violated, none at best. */
  List<String> run(Duration pause) throws InterruptedException {
    long began = System.nanoTime();
    Messaging auditing = base.another().messaging().build();
    audit(auditing);
    members.join();
    members.join();
    Thread disturbing = new Thread(() -> disturb(pause), "soak-disturbances");
    disturbing.start();
    try (Messaging publishing =
        base.another().messaging().publishLimits(PublishLimits.defaults()).build()) {
      publish(publishing);
      awaitEnds(events);
    } finally {
      over.set(true);
      disturbing.join();
    }
    long took = System.nanoTime() - began;
    settleAll();
    members.close();
    auditing.close();
    timer.shutdown();
    describe(took / 1e9);
    return List.copyOf(oracle.violations());
  }

  /** What was given up must lie where it is read from. */
  private void audit(Messaging auditing) {
    var audit = auditing.subscribe("auditors").limits(Limits.defaults().concurrency(2));
    for (EventType<Parcel> type : List.of(Parcels.PLAIN, Parcels.LATER, Parcels.BATCH)) {
      base.create(Members.POLICY.deadLetterAddress(Parcels.CHANNEL, Members.GROUP));
      audit.on(
          Parcels.type(
              type.type(), Members.POLICY.deadLetterAddress(Parcels.CHANNEL, Members.GROUP)),
          event -> oracle.isFinal(event.data()));
    }
    Subscription deadLetters = audit.start();
    var parked = auditing.subscribe("parking-auditors").limits(Limits.defaults().concurrency(2));
    parked.on(
        Parcels.type(
            Parcels.PLAIN.type(), Members.POLICY.parkingLotAddress(Parcels.CHANNEL, Members.GROUP)),
        event -> oracle.isFinal(event.data()));
    parked.on(
        Parcels.type(
            Parcels.LATER.type(), Members.POLICY.parkingLotAddress(Parcels.CHANNEL, Members.GROUP)),
        event -> oracle.isFinal(event.data()));
    parked.start();
    if (deadLetters.state() != Subscription.State.RUNNING) {
      oracle.violation("the audit does not run");
    }
  }

  private void publish(Messaging publishing) {
    Zipf zipf = new Zipf(keys, random);
    int[] sequences = new int[keys];
    for (int id = 0; id < events; id++) {
      int key = zipf.next();
      int kind = random.nextInt(20);
      EventType<Parcel> type =
          kind < 13 ? Parcels.PLAIN : kind < 19 ? Parcels.LATER : Parcels.BATCH;
      Parcel parcel = new Parcel(id, key, ++sequences[key]);
      var unused =
          publishing
              .publish(type.event(parcel))
              .whenComplete(
                  (receipt, failure) -> {
                    if (failure != null) {
                      oracle.violation("d01: not published: " + failure);
                    }
                  });
      if (id - oracle.ended.get() > MOST_OPEN) {
        awaitEnds(id - MOST_OPEN / 2);
      }
      if ((id + 1) % Math.max(1, events / CHECKPOINTS) == 0) {
        heap.add(usedHeap());
      }
    }
  }

  /** Waits until so many have reached their end; gives up when none has for long. */
  private void awaitEnds(int count) {
    int last = -1;
    long since = System.nanoTime();
    while (oracle.ended.get() < count) {
      if (oracle.ended.get() != last) {
        last = oracle.ended.get();
        since = System.nanoTime();
      } else if (System.nanoTime() - since > PATIENCE_NANOS) {
        throw new IllegalStateException(
            "d03: stuck at "
                + last
                + " of "
                + events
                + ", seed "
                + seed
                + "; "
                + members
                + "; unsettled "
                + base.unsettled(Members.GROUP)
                + "; "
                + oracle.violations());
      }
      Members.pass(Duration.ofMillis(1));
    }
  }

  private void settleAll() {
    base.awaitSettled(Members.GROUP, Duration.ofSeconds(60));
  }

  private void disturb(Duration pause) {
    try {
      while (!over.get()) {
        members.checkBounds();
        Members.pass(pause.dividedBy(2));
        members.checkBounds();
        Members.pass(pause.dividedBy(2));
        members.disturb();
      }
    } catch (RuntimeException broken) {
      oracle.violation("disturbing failed: " + broken);
    }
  }

  private static long usedHeap() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 2; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  private void describe(double seconds) {
    report.add(String.format("seed %d: %,d events of %,d keys", seed, events, keys));
    report.add(String.format("%.1f s, %,.0f events/s", seconds, events / seconds));
    report.add(
        String.format(
            "%,d starts, %,d repeated; %,d overlaps of lost runs (allowed)",
            oracle.starts.sum(), oracle.repeated.sum(), oracle.lostOverlaps.sum()));
    report.add(
        String.format(
            "%,d transient, %,d permanent, %,d retry-after, %,d skipped, %,d cancelled",
            outcomes.transients.sum(),
            outcomes.permanents.sum(),
            outcomes.delayed.sum(),
            outcomes.skipped.sum(),
            outcomes.cancelled.sum()));
    report.add(members.toString());
    report.add("heap after GC, MiB: " + heap.stream().map(used -> used >> 20).toList());
    report.add(
        String.format(
            "ended %,d; interrupts of nobody's %,d; violations %,d",
            oracle.ended.get(), outcomes.straysSeen.sum(), oracle.violated()));
  }

  List<Long> heap() {
    return heap;
  }

  long strays() {
    return outcomes.straysSeen.sum();
  }

  List<String> report() {
    return report;
  }
}
