package io.stagepost.benchmarks;

import static java.util.Objects.requireNonNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs the rows and prints a table; {@code benchmarks/run --help} tells the options. A round runs
 * every contestant of a row once, in turn first; some rounds before them warm up and do not count.
 */
public final class Benchmarks {
  private Benchmarks() {}

  /**
   * Runs them.
   *
   * @param args the options
   * @throws Exception if the broker cannot be started
   */
  public static void main(String[] args) throws Exception {
    int exit;
    try {
      exit = run(Options.parse(List.of(args)));
    } catch (Options.Wrong wrong) {
      System.err.println(wrong.getMessage());
      exit = 2;
    }
    System.exit(exit);
  }

  private static int run(Options options) throws Exception {
    List<Row> all = Rows.all(options.events());
    if (options.help()) {
      System.out.print(Options.HELP);
      all.forEach(
          row ->
              System.out.printf(
                  "  %-24s%s%s%n", row.name(), row.what(), row.quick() ? " (quick)" : ""));
      return 0;
    }
    List<Row> rows = all.stream().filter(options::includes).toList();
    if (rows.isEmpty()) {
      throw new Options.Wrong(
          "No row"
              + (options.quick() ? " of the quick ones" : "")
              + " has a name with \""
              + options.only()
              + "\" in it; the rows are "
              + String.join(", ", all.stream().map(Row::name).toList())
              + ".");
    }
    return measure(rows, options);
  }

  private static int measure(List<Row> rows, Options options) throws Exception {
    Path root = Path.of(requireNonNull(System.getProperty("stagepost.root"), "stagepost.root"));
    if (options.recordings() != null) {
      Files.createDirectories(options.recordings());
    }
    Report report = new Report();
    int failed = 0;
    Path folder = Files.createTempDirectory("stagepost-benchmarks");
    String brokers;
    try (Broker.Started started = new Broker.Started(folder, options);
        Child.Family shared = new Child.Family(root)) {
      for (Row row : rows) {
        try (Child.Family own = new Child.Family(root)) {
          Child.Family family = options.isOnlyCheck() ? shared : own;
          report.add(Run.of(row, family, options, started.of(row.broker())));
        } catch (BenchmarkException failure) {
          System.err.println("FAILED " + row.name() + ": " + failure.getMessage());
          failed++;
        }
      }
      brokers = started.names();
    } finally {
      Folders.delete(folder);
    }
    System.out.printf(
        "JDK %s, %d processors, %d rounds of up to %,d events, %s on the same machine. min / median / max.%n%n",
        Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        options.rounds(),
        options.events(),
        brokers);
    System.out.print(report.markdown());
    if (options.json() != null) {
      Files.writeString(options.json(), report.json());
    }
    return failed == 0 ? 0 : 1;
  }
}
