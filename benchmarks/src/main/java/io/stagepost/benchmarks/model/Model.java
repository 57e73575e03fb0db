package io.stagepost.benchmarks.model;

import io.stagepost.benchmarks.contestant.Load;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Prints the tables of docs/scaling.md that are simulated: the model beside what was measured, and
 * what it says where nothing was. The same at every run.
 */
public final class Model {
  private static final int PARTITIONS = 4;
  private static final int PROCESSORS = 2;

  /** Of the bound's row on both JDKs: what a sleep of 10 ms takes there above 10 ms. */
  private static final double OVERRUN = 0.19e-3;

  /**
   * A measured point of docs/performance.md.
   *
   * @param cpu microseconds of a processor for an event
   * @param measured events a second, the median
   */
  private record Point(
      String row, int jdk, Load load, int workers, double waits, double cpu, double measured) {}

  private Model() {}

  /**
   * Prints them.
   *
   * @param args none
   */
  public static void main(String[] args) {
    check();
    keys();
    window();
    waiting();
  }

  private static List<Point> points() {
    Load hot10 = Load.zipf(1_000, 6_000);
    Load hot1 = Load.zipf(1_000, 15_000);
    Load even256 = Load.uniform(10_000, 75_000);
    Load even1000 = Load.uniform(10_000, 100_000);
    Load computed = Load.zipf(1_000, 60_000);
    Load noop = Load.zipf(1_000, 300_000);
    // Where few events come in a second, the processor time of a row is mostly the JVM's own, so
    // the waiting rows with hot keys take that of the row with 1,000 workers.
    return List.of(
        new Point("wait-10ms-zipf", 17, hot10, 256, 10e-3, 41.5, 807),
        new Point("wait-10ms-zipf", 25, hot10, 256, 10e-3, 21.7, 818),
        new Point("wait-1ms-zipf", 17, hot1, 256, 1e-3, 41.5, 5_678),
        new Point("wait-1ms-zipf", 25, hot1, 256, 1e-3, 21.7, 6_597),
        new Point("wait-10ms-uniform-256", 17, even256, 256, 10e-3, 43.6, 21_519),
        new Point("wait-10ms-uniform-256", 25, even256, 256, 10e-3, 26.8, 24_693),
        new Point("wait-10ms-uniform-1000", 17, even1000, 1_000, 10e-3, 41.5, 43_190),
        new Point("wait-10ms-uniform-1000", 25, even1000, 1_000, 10e-3, 21.7, 84_710),
        new Point("compute-50us", 17, computed, 16, 0, 77.3, 23_696),
        new Point("compute-50us", 25, computed, 16, 0, 37.8, 52_831),
        new Point("consume-noop", 17, noop, 16, 0, 10.9, 141_257),
        new Point("consume-noop", 25, noop, 16, 0, 7.8, 195_647));
  }

  private static void check() {
    print("| row | JDK | CPU µs/event | bound/s | simulated/s | measured/s | error |");
    print("|---|---|---|---|---|---|---|");
    for (Point point : points()) {
      double wait = point.waits == 0 ? 0 : point.waits + OVERRUN;
      Shape shape = Shape.of(point.workers).on(PROCESSORS, point.cpu * 1e-6);
      double bound = ClosedForms.bound(shape, point.load.hottestShare(), wait);
      double rate =
          Simulation.run(shape, Source.backlog(point.load, PARTITIONS), () -> wait).rate();
      print(
          "| %s | %d | %.1f | %,.0f | %,.0f | %,.0f | %+.0f %% |",
          point.row,
          point.jdk,
          point.cpu,
          bound,
          rate,
          point.measured,
          100 * (rate / point.measured - 1));
    }
  }

  /** How many keys it takes to keep the workers busy. */
  private static void keys() {
    print(
        "%n| keys | p₁ | 16 workers: bound/s | simulated/s | 256 workers: bound/s | simulated/s |");
    print("|---|---|---|---|---|---|");
    for (int keys : new int[] {10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000}) {
      Load load = Load.zipf(keys, 100_000);
      StringBuilder line = new StringBuilder();
      for (int workers : new int[] {16, 256}) {
        Shape shape = Shape.of(workers);
        line.append(
            String.format(
                Locale.ROOT,
                " %,.0f | %,.0f |",
                ClosedForms.bound(shape, load.hottestShare(), 10e-3),
                Simulation.run(shape, Source.backlog(load, PARTITIONS), () -> 10e-3).rate()));
      }
      print("| %,d | %.3f |%s", keys, load.hottestShare(), line);
    }
  }

  /** What the bound of events in flight does while a hot key piles up. */
  private static void window() {
    Load load = Load.zipf(10_000, 100_000);
    double bound = ClosedForms.bound(Shape.of(256), load.hottestShare(), 10e-3);
    print("%n| in flight | 1 partition | 4 | 16 | 64 | of a bound of %,.0f/s |", bound);
    print("|---|---|---|---|---|---|");
    for (int inFlight : new int[] {256, 1_000, 4_000, 16_000}) {
      StringBuilder line = new StringBuilder();
      for (int partitions : new int[] {1, 4, 16, 64}) {
        Shape shape = Shape.of(256).inFlight(inFlight);
        double rate = Simulation.run(shape, Source.backlog(load, partitions), () -> 10e-3).rate();
        line.append(String.format(Locale.ROOT, " %.2f |", rate / bound));
      }
      print("| %,d |%s |", inFlight, line);
    }
  }

  /** How long events wait for a worker or for their key, where they come one by one. */
  private static void waiting() {
    print("%n| of the bound | no common keys: Erlang C, ms | simulated | Zipf, 10,000 keys |");
    print("|---|---|---|---|");
    int workers = 16;
    double mean = 10e-3;
    Load distinct = Load.uniform(2_000_000, 400_000);
    Load zipf = Load.zipf(10_000, 400_000);
    for (double busy : new double[] {0.5, 0.7, 0.8, 0.9, 0.95}) {
      double hot = ClosedForms.bound(Shape.of(workers), zipf.hottestShare(), mean);
      print(
          "| %.2f | %.2f | %.2f | %.2f |",
          busy,
          1e3 * ClosedForms.erlangWait(workers, busy * workers, mean),
          1e3 * open(distinct, busy * workers / mean, workers, mean).waiting(),
          1e3 * open(zipf, busy * hot, workers, mean).waiting());
    }
  }

  private static Simulation.Outcome open(Load load, double rate, int workers, double mean) {
    Random random = new Random(11);
    return Simulation.run(
        Shape.of(workers),
        Source.open(load, rate, 5),
        () -> -mean * Math.log(1 - random.nextDouble()));
  }

  private static void print(String format, Object... arguments) {
    System.out.println(String.format(Locale.ROOT, format, arguments));
  }
}
