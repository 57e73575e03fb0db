package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.BenchmarkException;
import io.stagepost.benchmarks.Child;
import io.stagepost.benchmarks.Turns;
import io.stagepost.benchmarks.contestant.Load;
import io.stagepost.benchmarks.contestant.Result;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.benchmarks.contestant.outbox.Postbox.Drained;
import io.stagepost.benchmarks.contestant.outbox.PostboxDriver;
import io.stagepost.benchmarks.results.Comparison;
import io.stagepost.benchmarks.results.Comparison.Subject;
import io.stagepost.benchmarks.results.Group;
import io.stagepost.benchmarks.results.Series;
import io.stagepost.benchmarks.results.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * How quickly a backlog goes out. It is written by the contestant's own means while nothing is
 * relayed; then the relay starts, and the clock is the broker's: from the first letter appended to
 * the last. Nobody reads the topic meanwhile. A slow contestant is stopped after a while, and only
 * its rate counts; who was not stopped must have sent every letter.
 */
final class Drain {
  private static final int PER_TRANSACTION = 100;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** Some poll every ten seconds, or begin only when they think that another instance is dead. */
  private static final long STALLED_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Bench bench;
  private final boolean cold;
  private final Load load;

  /** After so many letters a contestant is stopped: all, or a slice. */
  private final int slice;

  /**
   * A drain.
   *
   * @param bench where
   * @param rows how many letters wait
   * @param slice how many of them are to be drained
   * @param cold whether each run has a new JVM and a database server just started
   */
  Drain(Bench bench, int rows, int slice, boolean cold) {
    this.bench = bench;
    this.load = Load.zipf(PostboxDriver.KEYS, rows);
    this.slice = Math.min(rows, slice);
    this.cold = cold;
  }

  Comparison measure(String name, List<Rival> others) throws Exception {
    int rounds = bench.options().rounds();
    List<Rival> rivals = new ArrayList<>(List.of(Rival.OURS));
    rivals.add(Rival.CEILING);
    rivals.addAll(others);
    List<Series> all =
        rivals.stream().map(each -> new Series(each.name(), each.drainTarget(), rounds)).toList();
    if (!cold && rounds > 1) {
      for (Rival rival : rivals) {
        bench.turn(rival, () -> once(rival));
      }
    }
    for (int round = 0; round < rounds; round++) {
      StringBuilder told = new StringBuilder();
      for (Rival rival : Turns.of(round, rivals)) {
        Result result = bench.turn(rival, () -> once(rival));
        if (result != null) {
          all.get(rivals.indexOf(rival)).add(round, result);
          told.append(String.format(Locale.ROOT, ", %s %,.0f/s", rival.name(), result.rate()));
        }
      }
      System.err.printf("%s: round %d of %d%s%n", name, round + 1, rounds, told);
    }
    return bench.compared(
        new Subject(
            Group.DRAIN,
            name,
            cold ? "drain, cold" : "drain, warm",
            String.format(Locale.ROOT, "%,d letters", load.events())
                + (slice < load.events()
                    ? String.format(Locale.ROOT, ", the first %,d", slice)
                    : ""),
            Unit.EVENTS_PER_SECOND),
        IntStream.range(0, all.size())
            .filter(who -> !bench.isOut(rivals.get(who)))
            .mapToObj(all::get)
            .toList());
  }

  private Result once(Rival rival) throws Exception {
    if (cold) {
      bench.endChildren();
    }
    return run(rival);
  }

  private Result run(Rival rival) throws Exception {
    Site site = bench.site();
    Place place = site.place();
    Child child = bench.child(rival);
    child.ask("open " + place.line());
    child.ask("fill " + load.events() + " " + PER_TRANSACTION);
    site.settle(place);
    if (cold) {
      child.ask("close");
      bench.endChildren();
      site.restartDatabase();
      child = bench.child(rival);
      child.ask("open " + place.line());
    }
    double before = Double.parseDouble(child.ask("start"));
    if (rival.equals(Rival.CEILING)) {
      Drained drained = await(child);
      double used = Double.parseDouble(child.ask("cpu")) - before;
      child.ask("close");
      site.leave(place);
      return new Result(Math.toIntExact(drained.counted()), drained.seconds(), used, 0, 0, 0, 0);
    }
    boolean stopped = await(place);
    double processor = Double.parseDouble(child.ask("cpu")) - before;
    child.ask("close");
    try (Oracle oracle = new Oracle(place, load)) {
      oracle.readAll(Oracle.appended(site, place));
      judge(rival, oracle, stopped);
      site.leave(place);
      return new Result(
          Math.toIntExact(oracle.counted()),
          oracle.seconds(),
          processor,
          stopped ? 0 : load.events() - oracle.distinct(),
          oracle.duplicates(),
          oracle.disordered(),
          0);
    }
  }

  private void judge(Rival rival, Oracle oracle, boolean stopped) {
    if (!stopped && oracle.distinct() < load.events()) {
      throw new BenchmarkException(
          String.format(
              Locale.ROOT,
              "it lost %,d of %,d letters.",
              load.events() - oracle.distinct(),
              load.events()));
    }
    if (rival.equals(Rival.OURS) && oracle.disordered() > 0) {
      throw new BenchmarkException(
          "it broke the order of its keys: " + oracle.disordered() + " came after a later one.");
    }
    if (oracle.counted() == 0) {
      throw new BenchmarkException("it sent nothing that can be measured.");
    }
  }

  /** Waits until one that sends nothing has taken out the slice. */
  private Drained await(Child child) throws Exception {
    long since = System.nanoTime();
    while (true) {
      Drained drained = Drained.parse(child.ask("drained"));
      if (drained.rows() >= slice) {
        return drained;
      }
      if (System.nanoTime() - since > STALLED_NANOS) {
        throw new BenchmarkException(
            "it took out only " + drained.rows() + " of " + slice + " letters.");
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** Waits for the slice, or for the time that a slow one has; whether it is to be cut short. */
  private boolean await(Place place) throws Exception {
    long limit = TimeUnit.SECONDS.toNanos(bench.options().seconds());
    long seen = 0;
    long since = System.nanoTime();
    long first = 0;
    while (true) {
      long appended = Oracle.appended(bench.site(), place);
      long now = System.nanoTime();
      if (appended != seen) {
        seen = appended;
        since = now;
        if (first == 0) {
          first = now;
        }
      }
      if (appended >= slice) {
        return slice < load.events();
      }
      if (first != 0 && now - first > limit) {
        return true;
      }
      if (now - since > STALLED_NANOS) {
        return false;
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }
}
