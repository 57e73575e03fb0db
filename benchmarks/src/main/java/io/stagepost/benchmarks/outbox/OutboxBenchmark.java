package io.stagepost.benchmarks.outbox;

import static java.util.Objects.requireNonNull;

import io.stagepost.benchmarks.BenchmarkException;
import io.stagepost.benchmarks.Folders;
import io.stagepost.benchmarks.Report;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Runs the rows and prints their tables; {@code benchmarks/run --outbox --help} tells the options.
 */
public final class OutboxBenchmark {
  private OutboxBenchmark() {}

  private interface Work {
    List<Report.Measured> on(Bench bench, Notes notes) throws Exception;
  }

  private record Row(String name, String what, boolean quick, Work work) {}

  private static final int LARGE = 10_000_000;
  private static final int SLICE = 300_000;

  private static final List<Row> ROWS =
      List.of(
          new Row(
              "drain-warm",
              "a backlog, relayed by a JVM that has drained before",
              true,
              (bench, notes) ->
                  List.of(
                      new Drain(bench, bench.options().rows(), Integer.MAX_VALUE, false)
                          .measure("drain-warm", bench.options().of(Rival.OUTBOXES)))),
          new Row(
              "drain-cold",
              "the same by a new JVM, from a database server just started",
              false,
              (bench, notes) ->
                  List.of(
                      new Drain(bench, bench.options().rows(), Integer.MAX_VALUE, true)
                          .measure("drain-cold", bench.options().of(Rival.OUTBOXES)))),
          new Row(
              "latency-100",
              "commit to consumer at 100/s",
              true,
              (bench, notes) ->
                  new Latency(bench, 100)
                      .measure("latency-100", bench.options().of(Rival.OUTBOXES), notes)),
          new Row(
              "latency-1000",
              "commit to consumer at 1,000/s",
              true,
              (bench, notes) ->
                  new Latency(bench, 1_000)
                      .measure("latency-1000", bench.options().of(Rival.OUTBOXES), notes)),
          new Row(
              "tax-1",
              "transactions with one letter, and without",
              true,
              (bench, notes) ->
                  List.of(
                      new Spin(bench).tax("tax-1", 1, bench.options().of(Rival.OUTBOXES), notes))),
          new Row(
              "tax-10",
              "transactions with ten letters, and without",
              false,
              (bench, notes) ->
                  List.of(
                      new Spin(bench)
                          .tax("tax-10", 10, bench.options().of(Rival.OUTBOXES), notes))),
          inbox("inbox-alone", "the inbox one by one, the letter's row alone", 1, "nothing"),
          inbox("inbox-effect", "the inbox one by one, with an effect row", 1, "business"),
          inbox(
              "inbox-batch",
              "the inbox by hundreds, with an effect row for each hundred",
              100,
              "business"));

  private static Row inbox(String name, String what, int letters, String effect) {
    return new Row(
        name,
        what + ", beside the same SQL by hand",
        true,
        (bench, notes) -> List.of(new Spin(bench).inbox(name, what, letters, effect)));
  }

  /** Too long for a run of all; they run when their name is said. */
  private static final List<Row> LONG =
      List.of(
          new Row(
              "drain-slice",
              "the first 300,000 of a backlog of 10,000,000, ours alone: 3 minutes a run",
              false,
              (bench, notes) ->
                  List.of(new Drain(bench, LARGE, SLICE, false).measure("drain-slice", List.of()))),
          new Row(
              "held-xid",
              "the relay beside a foreign transaction that has written; --minutes",
              false,
              (bench, notes) -> held(bench, "held-xid", Held.What.XID, notes)),
          new Row(
              "held-snapshot",
              "the same beside one that only reads",
              false,
              (bench, notes) -> held(bench, "held-snapshot", Held.What.SNAPSHOT, notes)));

  private static List<Report.Measured> held(Bench bench, String name, Held.What what, Notes notes)
      throws Exception {
    new Held(bench).measure(name, what, notes);
    return List.of();
  }

  /**
   * Runs them.
   *
   * @param args the options
   * @throws Exception if the database or the broker cannot be started
   */
  public static void main(String[] args) throws Exception {
    int exit;
    try {
      exit = run(OutboxOptions.parse(List.of(args)));
    } catch (BenchmarkException wrong) {
      System.err.println(wrong.getMessage());
      exit = 2;
    }
    System.exit(exit);
  }

  private static int run(OutboxOptions options) throws Exception {
    if (options.help()) {
      System.out.print(OutboxOptions.HELP);
      ROWS.forEach(row -> print(row, row.quick() ? " (quick)" : ""));
      LONG.forEach(row -> print(row, " (only by its whole name)"));
      return 0;
    }
    List<Row> rows =
        Stream.concat(
                ROWS.stream()
                    .filter(row -> row.name().contains(options.only()))
                    .filter(row -> row.quick() || !options.quick()),
                LONG.stream().filter(row -> row.name().equals(options.only())))
            .toList();
    if (rows.isEmpty()) {
      throw new BenchmarkException(
          "No row has a name with \""
              + options.only()
              + "\" in it; benchmarks/run --outbox --help lists them.");
    }
    return measure(rows, options);
  }

  private static void print(Row row, String when) {
    System.out.printf("  %-24s%s%s%n", row.name(), row.what(), when);
  }

  private static int measure(List<Row> rows, OutboxOptions options) throws Exception {
    Path root = Path.of(requireNonNull(System.getProperty("stagepost.root"), "stagepost.root"));
    if (options.recordings() != null) {
      Files.createDirectories(options.recordings());
    }
    Report report = new Report();
    Notes notes = new Notes();
    int failed = 0;
    Path folder = Files.createTempDirectory("stagepost-benchmarks");
    String settings;
    double loadBefore = load();
    try (Site site = new Site(folder)) {
      settings = site.settings();
      try (Bench bench = new Bench(root, site, options)) {
        for (Row row : rows) {
          try {
            row.work().on(bench, notes).forEach(report::add);
          } catch (BenchmarkException failure) {
            System.err.println("FAILED " + row.name() + ": " + failure.getMessage());
            failed++;
          }
          bench.nextRow();
        }
        failed += bench.failures();
      }
    } finally {
      Folders.delete(folder);
    }
    System.out.printf(
        Locale.ROOT,
        "JDK %s, %d processors, load %.1f before and %.1f after, %d rounds. PostgreSQL: %s. min / median / max.%n%n",
        Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        loadBefore,
        load(),
        options.rounds(),
        settings);
    System.out.print(report.markdown());
    System.out.print(notes);
    if (options.json() != null) {
      Files.writeString(options.json(), report.json());
    }
    return failed == 0 ? 0 : 1;
  }

  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }
}
