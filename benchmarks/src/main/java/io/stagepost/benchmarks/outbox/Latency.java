package io.stagepost.benchmarks.outbox;

import static java.util.Objects.requireNonNull;

import io.stagepost.benchmarks.BenchmarkException;
import io.stagepost.benchmarks.Child;
import io.stagepost.benchmarks.Turns;
import io.stagepost.benchmarks.contestant.Load;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.benchmarks.contestant.outbox.PostboxDriver;
import io.stagepost.benchmarks.results.Checks;
import io.stagepost.benchmarks.results.Comparison;
import io.stagepost.benchmarks.results.Comparison.Subject;
import io.stagepost.benchmarks.results.Group;
import io.stagepost.benchmarks.results.Series;
import io.stagepost.benchmarks.results.Unit;
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
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

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
      Checks seen, Percentiles toConsumer, Percentiles sinceIntended, Percentiles insert) {}

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

  /** What is timed, each a row for the median and one for the 99th percentile. */
  private record Way(
      String suffix, String what, boolean hasTargets, Function<Times, Percentiles> of) {}

  private static final List<Way> WAYS =
      List.of(
          new Way("", "commit → consumer", true, Times::toConsumer),
          new Way("-intended", "intended time → consumer", false, Times::sinceIntended),
          new Way("-insert", "intended time → committed", false, Times::insert));

  /** Two rows for each way. */
  List<Comparison> measure(String name, List<Rival> others) throws Exception {
    int rounds = bench.options().rounds();
    List<Rival> rivals = new ArrayList<>(List.of(Rival.OURS));
    rivals.addAll(others);
    rivals.addAll(bench.options().against().equals("none") ? List.of() : Rival.BARE);
    Map<Rival, List<Times>> all = new LinkedHashMap<>();
    rivals.forEach(rival -> all.put(rival, new ArrayList<>()));
    for (int round = 0; round < rounds; round++) {
      for (Rival rival : Turns.of(round, rivals)) {
        Times times = bench.turn(rival, () -> run(rival));
        if (times == null) {
          continue;
        }
        requireNonNull(all.get(rival)).add(times);
        System.err.printf(
            Locale.ROOT,
            "%s: round %d of %d, %s p50 %.2f p99 %.2f ms, %d lost%n",
            name,
            round + 1,
            rounds,
            rival.name(),
            times.toConsumer.half,
            times.toConsumer.most,
            times.seen.lost());
      }
    }
    rivals.stream().filter(bench::isOut).forEach(all::remove);
    List<Comparison> rows = new ArrayList<>();
    for (Way way : WAYS) {
      rows.add(row(name, way, "p50", Percentiles::half, all));
      rows.add(row(name, way, "p99", Percentiles::most, all));
    }
    return rows;
  }

  private Comparison row(
      String name,
      Way way,
      String percentile,
      ToDoubleFunction<Percentiles> value,
      Map<Rival, List<Times>> all) {
    List<Series> series = new ArrayList<>();
    all.forEach(
        (rival, times) -> {
          Double target = way.hasTargets ? target(rival, percentile) : null;
          Series one = new Series(rival.name(), target, times.size());
          for (int round = 0; round < times.size(); round++) {
            Times each = times.get(round);
            one.add(round, value.applyAsDouble(way.of.apply(each)), each.seen);
          }
          series.add(one);
        });
    return bench.compared(
        new Subject(
            Group.LATENCY,
            name + way.suffix + "-" + percentile,
            way.what + ", " + percentile,
            String.format(Locale.ROOT, "%,d letters, %,d/s", load.events(), perSecond),
            Unit.MILLIS),
        series);
  }

  private static @Nullable Double target(Rival rival, String percentile) {
    if (rival.equals(Rival.OURS)) {
      return null;
    }
    if (Rival.BARE.contains(rival)) {
      return percentile.equals("p50") ? Double.valueOf(OF_BARE_KAFKA) : null;
    }
    return Double.valueOf(1);
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
        new Checks(processor / load.events() * 1e6, lost, oracle.duplicates(), oracle.disordered()),
        Percentiles.of(toConsumer, lost),
        Percentiles.of(sinceIntended, lost),
        Percentiles.of(insert, 0));
  }
}
