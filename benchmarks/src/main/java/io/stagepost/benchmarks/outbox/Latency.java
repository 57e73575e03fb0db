package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.BenchmarkException;
import io.stagepost.benchmarks.Child;
import io.stagepost.benchmarks.Report;
import io.stagepost.benchmarks.Series;
import io.stagepost.benchmarks.contestant.Load;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.benchmarks.contestant.outbox.PostboxDriver;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * From commit to consumer, while letters are written at intended times, one to a transaction, and
 * relayed by the process that writes them. What never came is counted first, and stands in the
 * percentiles as what took for ever. Of Kafka alone, which commits nothing, the time counts from
 * when the letter was meant to be sent.
 */
final class Latency {
  /** So long the beginning of each run does not count. */
  private static final int WARM_SECONDS = 3;

  /** So long after the last was written, a letter that has not come is lost. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private static final double OF_BARE_KAFKA = 1 / 3.0;

  private final Bench bench;
  private final int perSecond;
  private final Load load;
  private final int warm;

  Latency(Bench bench, int perSecond) {
    this.bench = bench;
    this.perSecond = perSecond;
    this.warm = perSecond * WARM_SECONDS;
    this.load =
        Load.zipf(PostboxDriver.KEYS, perSecond * (WARM_SECONDS + bench.options().seconds()));
  }

  /** What a run came to, in milliseconds. */
  private record Times(
      int lost,
      long again,
      long disordered,
      double cpuMicros,
      Percentiles toConsumer,
      Percentiles sinceIntended,
      Percentiles insert) {}

  private record Percentiles(double half, double most) {
    /** Of those that came, and of so many that never did. */
    static Percentiles of(Histogram histogram, long lost) {
      return new Percentiles(at(histogram, lost, 0.5), at(histogram, lost, 0.99));
    }

    private static double at(Histogram histogram, long lost, double share) {
      long came = histogram.getTotalCount();
      double rank = share * (came + lost);
      return rank > came
          ? Double.POSITIVE_INFINITY
          : histogram.getValueAtPercentile(100 * rank / came) / 1e6;
    }
  }

  /** Two rows: the median and the 99th percentile. */
  List<Report.Measured> measure(String name, List<Rival> others, Notes notes) throws Exception {
    int rounds = bench.options().rounds();
    List<Rival> rivals = new ArrayList<>(List.of(Rival.OURS));
    rivals.addAll(others);
    List<Rival> bare = bench.options().against().equals("none") ? List.of() : Rival.BARE;
    rivals.addAll(bare);
    List<Series> half = new ArrayList<>();
    List<Series> most = new ArrayList<>();
    for (Rival rival : rivals) {
      boolean isBare = bare.contains(rival);
      Double target = rival.equals(Rival.OURS) ? null : Double.valueOf(isBare ? OF_BARE_KAFKA : 1);
      half.add(new Series(rival.name(), target, rounds));
      most.add(new Series(rival.name(), isBare ? null : target, rounds));
    }
    Map<Rival, List<Times>> all = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      for (int turn = 0; turn < rivals.size(); turn++) {
        int who = (round + turn) % rivals.size();
        Rival rival = rivals.get(who);
        Times times = bench.turn(rival, () -> run(rival));
        if (times == null) {
          continue;
        }
        half.get(who)
            .add(round, times.toConsumer.half, times.cpuMicros, times.again, times.disordered);
        most.get(who)
            .add(round, times.toConsumer.most, times.cpuMicros, times.again, times.disordered);
        all.computeIfAbsent(rival, none -> new ArrayList<>()).add(times);
        System.err.printf(
            Locale.ROOT,
            "%s: round %d of %d, %s p50 %.2f p99 %.2f ms, %d lost%n",
            name,
            round + 1,
            rounds,
            rival.name(),
            times.toConsumer.half,
            times.toConsumer.most,
            times.lost);
      }
    }
    for (int who = rivals.size() - 1; who > 0; who--) {
      if (bench.isOut(rivals.get(who))) {
        half.remove(who);
        most.remove(who);
        all.remove(rivals.get(who));
      }
    }
    note(name, all, notes);
    String what = String.format(Locale.ROOT, "commit → consumer at %,d/s", perSecond);
    return List.of(
        measured(name + "-p50", what + ", p50", half),
        measured(name + "-p99", what + ", p99", most));
  }

  private static Report.Measured measured(String name, String what, List<Series> all) {
    return new Report.Measured(
        name, what, Report.Unit.MILLIS, all.get(0), all.subList(1, all.size()));
  }

  private static void note(String name, Map<Rival, List<Times>> all, Notes notes) {
    notes.table(
        name + ", ms: min / median / max",
        "contestant",
        "never came",
        "insert p50",
        "insert p99",
        "intended → consumer p50",
        "p99");
    all.forEach(
        (rival, times) ->
            notes.line(
                rival.name(),
                String.valueOf(times.stream().mapToInt(Times::lost).sum()),
                spread(times.stream().mapToDouble(each -> each.insert.half).toArray()),
                spread(times.stream().mapToDouble(each -> each.insert.most).toArray()),
                spread(times.stream().mapToDouble(each -> each.sinceIntended.half).toArray()),
                spread(times.stream().mapToDouble(each -> each.sinceIntended.most).toArray())));
  }

  private static String spread(double[] values) {
    return Series.Spread.of(values).text("%.2f");
  }

  private Times run(Rival rival) throws Exception {
    Place place = bench.site().place();
    Child child = bench.child(rival);
    child.ask("open " + place.line());
    bench.site().settle(place);
    double before = Double.parseDouble(child.ask("start"));
    try (Oracle oracle = new Oracle(place, load)) {
      Path file = Path.of(place.folder(), "times");
      Thread reader = new Thread(() -> read(oracle, file), "consumer");
      reader.start();
      child.ask("pace " + load.events() + " " + perSecond + " " + file);
      reader.join();
      double processor = Double.parseDouble(child.ask("cpu")) - before;
      child.ask("close");
      bench.site().leave(place);
      return times(rival, oracle, file, processor);
    }
  }

  /** Until all have come, or those that have not are lost. */
  private void read(Oracle oracle, Path written) {
    long end = 0;
    while (oracle.distinct() < load.events() && (end == 0 || System.nanoTime() - end < 0)) {
      oracle.poll();
      if (end == 0 && Files.exists(written)) {
        end = System.nanoTime() + PATIENCE_NANOS;
      }
    }
  }

  private Times times(Rival rival, Oracle oracle, Path file, double processor) throws IOException {
    boolean bare = Rival.BARE.contains(rival);
    Histogram toConsumer = new Histogram(3);
    Histogram sinceIntended = new Histogram(3);
    Histogram insert = new Histogram(3);
    int lost = 0;
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      for (int i = 0; i < load.events(); i++) {
        long intended = in.readLong();
        long committed = in.readLong();
        if (i < warm) {
          continue;
        }
        insert.recordValue(committed - intended);
        long received = oracle.received(i);
        if (received == 0) {
          lost++;
          continue;
        }
        sinceIntended.recordValue(received - intended);
        // a relay may be quicker than the writer's thread learns of its commit
        toConsumer.recordValue(Math.max(0, received - (bare ? intended : committed)));
      }
    }
    if (rival.equals(Rival.OURS) && oracle.disordered() > 0) {
      throw new BenchmarkException(
          "it broke the order of its keys: " + oracle.disordered() + " came after a later one.");
    }
    return new Times(
        lost,
        oracle.duplicates(),
        oracle.disordered(),
        processor / load.events() * 1e6,
        Percentiles.of(toConsumer, lost),
        Percentiles.of(sinceIntended, lost),
        Percentiles.of(insert, 0));
  }
}
