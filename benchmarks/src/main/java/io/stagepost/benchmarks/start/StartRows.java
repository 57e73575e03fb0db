package io.stagepost.benchmarks.start;

import static java.util.Objects.requireNonNull;

import io.stagepost.benchmarks.BenchmarkException;
import io.stagepost.benchmarks.Folders;
import io.stagepost.benchmarks.Options;
import io.stagepost.benchmarks.Suite;
import io.stagepost.benchmarks.results.Circumstances;
import io.stagepost.benchmarks.results.Comparison;
import io.stagepost.benchmarks.results.Comparison.Subject;
import io.stagepost.benchmarks.results.Group;
import io.stagepost.benchmarks.results.Results;
import io.stagepost.benchmarks.results.Series;
import io.stagepost.benchmarks.results.Spread;
import io.stagepost.benchmarks.results.Unit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.common.utils.AppInfoParser;
import org.jspecify.annotations.Nullable;

/**
 * Services that are started again and again: how long until the first event is handled, and how
 * many jars of which size they take.
 */
public final class StartRows implements Suite {
  private static final String ROW = "start";

  /** One start is a noisy figure: the median of so many is a round's. */
  private static final int STARTS = 3;

  /** Ours may take so much longer than raw clients. */
  private static final double BEYOND_RAW_MILLIS = 300;

  private final Options options;

  /**
   * The row.
   *
   * @param options how it is measured
   */
  public StartRows(Options options) {
    this.options = options;
  }

  @Override
  public List<Offer> offers() {
    return List.of(
        new Offer(
            ROW, "a service with Kafka and an outbox, until its first event; its jars", When.FULL));
  }

  @Override
  public int measure(Set<String> names, Path root, Results results) throws Exception {
    Path folder = Files.createTempDirectory("stagepost-benchmarks");
    try (Site site = new Site(folder)) {
      Circumstances now =
          Circumstances.now(root, options.rounds(), "Kafka " + AppInfoParser.getVersion());
      starts(root, site, now, results);
      jars(root, now, results);
      return 0;
    } catch (BenchmarkException failure) {
      System.err.println("FAILED " + ROW + ": " + failure.getMessage());
      return 1;
    } finally {
      Folders.delete(folder);
    }
  }

  private void starts(Path root, Site site, Circumstances now, Results results)
      throws IOException, ExecutionException, InterruptedException {
    for (Service service : Service.values()) { // its files are in memory then
      var unused = start(service, root, site, List.of());
    }
    Figures millis = new Figures(now.rounds());
    Figures cpu = new Figures(now.rounds());
    List<Service> turn = new ArrayList<>(List.of(Service.values()));
    for (int round = 0; round < now.rounds(); round++) {
      Map<Service, List<Start>> starts = new EnumMap<>(Service.class);
      for (int i = 0; i < STARTS; i++) {
        for (Service service : turn) {
          starts
              .computeIfAbsent(service, first -> new ArrayList<>())
              .add(
                  start(
                      service,
                      root,
                      site,
                      options.recording(ROW + "-" + service.key() + "-" + round + "-" + i)));
        }
        Collections.rotate(turn, -1);
      }
      for (Service service : turn) {
        List<Start> all = requireNonNull(starts.get(service));
        millis.add(service, round, median(all, Start::millis));
        cpu.add(service, round, median(all, Start::cpuMillis));
      }
      System.err.printf(
          Locale.ROOT, "%s: round %d of %d, ms %s%n", ROW, round + 1, now.rounds(), starts);
    }
    String amount = "median of " + STARTS + " starts";
    double raw = Spread.of(millis.of(Service.RAW)).median();
    results.add(
        millis.compared(
            new Subject(
                Group.START, ROW, "from start to the first event handled", amount, Unit.MILLIS),
            Map.of(Service.RAW, raw / (raw + BEYOND_RAW_MILLIS)),
            now));
    results.add(
        cpu.compared(
            new Subject(Group.START, ROW + "-cpu", "processor time of that", amount, Unit.MILLIS),
            Map.of(),
            now));
    System.err.println(beyondRaw(millis));
  }

  private static Start start(Service service, Path root, Site site, List<String> jvm)
      throws IOException, ExecutionException, InterruptedException {
    Start start = Start.of(service, root, jvm, site.arguments(service));
    site.forgetGroup(service);
    return start;
  }

  private static double median(List<Start> starts, ToDoubleFunction<Start> figure) {
    return Spread.of(starts.stream().mapToDouble(figure).toArray()).median();
  }

  /** The target is a difference; in the table it is the ratio that comes to the same. */
  private static String beyondRaw(Figures millis) {
    double[] ours = millis.of(Service.OURS);
    double[] raw = millis.of(Service.RAW);
    double[] beyond = new double[ours.length];
    Arrays.setAll(beyond, round -> ours[round] - raw[round]);
    Spread spread = Spread.of(beyond);
    return String.format(
        Locale.ROOT,
        "%s: ours takes %.0f / %.0f / %.0f ms longer than raw clients; at most %.0f: %s",
        ROW,
        spread.min(),
        spread.median(),
        spread.max(),
        BEYOND_RAW_MILLIS,
        spread.median() <= BEYOND_RAW_MILLIS ? "met" : "missed");
  }

  private static void jars(Path root, Circumstances now, Results results) throws IOException {
    Figures jars = new Figures(1);
    Figures mebibytes = new Figures(1);
    for (Service service : Service.values()) {
      List<Long> sizes = service.jars(root);
      jars.add(service, 0, sizes.size());
      mebibytes.add(
          service, 0, sizes.stream().mapToLong(Long::longValue).sum() / (1024.0 * 1024.0));
    }
    Map<Service, Double> fewer = Map.of(Service.SPRING, 1.0);
    results.add(
        jars.compared(
            new Subject(Group.START, ROW + "-jars", "jars on its class path", "once", Unit.JARS),
            fewer,
            now));
    results.add(
        mebibytes.compared(
            new Subject(Group.START, ROW + "-size", "size of these jars", "once", Unit.MEBIBYTES),
            fewer,
            now));
  }

  /** Of each service, round by round. */
  private static final class Figures {
    private final int rounds;
    private final Map<Service, double[]> values = new EnumMap<>(Service.class);

    Figures(int rounds) {
      this.rounds = rounds;
    }

    void add(Service service, int round, double value) {
      values.computeIfAbsent(service, first -> new double[rounds])[round] = value;
    }

    double[] of(Service service) {
      return requireNonNull(values.get(service), service.key());
    }

    Comparison compared(Subject subject, Map<Service, Double> targets, Circumstances now) {
      return subject.of(
          series(Service.OURS, null),
          List.of(
              series(Service.RAW, targets.get(Service.RAW)),
              series(Service.SPRING, targets.get(Service.SPRING))),
          now);
    }

    private Series series(Service service, @Nullable Double target) {
      Series series = new Series(service.key(), target, rounds);
      for (int round = 0; round < rounds; round++) {
        series.add(round, of(service)[round]);
      }
      return series;
    }
  }
}
