package io.stagepost.benchmarks.command;

import static java.util.Objects.requireNonNull;

import io.stagepost.benchmarks.BenchmarkException;
import io.stagepost.benchmarks.BrokerRows;
import io.stagepost.benchmarks.Options;
import io.stagepost.benchmarks.Suite;
import io.stagepost.benchmarks.outbox.OutboxRows;
import io.stagepost.benchmarks.profile.FlameGraph;
import io.stagepost.benchmarks.replay.ReplayRows;
import io.stagepost.benchmarks.results.Charts;
import io.stagepost.benchmarks.results.Results;
import io.stagepost.benchmarks.start.StartRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs rows, prints their table, keeps their figures; {@code benchmarks/run --help} says more. */
public final class Benchmarks {
  private Benchmarks() {}

  /**
   * Runs them.
   *
   * @param args the options
   * @throws Exception if a broker or a database cannot be started
   */
  public static void main(String[] args) throws Exception {
    int exit;
    try {
      exit = run(Options.parse(List.of(args)));
    } catch (BenchmarkException wrong) {
      System.err.println(wrong.getMessage());
      exit = 2;
    }
    System.exit(exit);
  }

  private static int run(Options options) throws Exception {
    Suite brokers = new BrokerRows(options);
    Suite outbox = new OutboxRows(options);
    Suite replay = new ReplayRows(options);
    Suite start = new StartRows(options);
    if (options.help()) {
      System.out.print(Options.HELP);
      Stream.of(brokers, outbox, replay, start)
          .flatMap(suite -> suite.offers().stream())
          .forEach(row -> System.out.printf("  %-24s%s%s%n", row.name(), row.what(), when(row)));
      return 0;
    }
    Path root = Path.of(requireNonNull(System.getProperty("stagepost.root"), "stagepost.root"));
    Path kept = root.resolve("benchmarks").resolve("results").resolve("latest.json");
    if (options.json() != null) {
      kept = options.json();
    }
    if (options.charts()) {
      if (!Files.exists(kept)) {
        throw new BenchmarkException("There are no figures in " + kept + "; measure some first.");
      }
      Results results = Results.of(kept);
      Charts.draw(results, root.resolve("docs").resolve("performance"));
      System.out.print(results.table());
      return 0;
    }
    if (options.recordings() != null) {
      Files.createDirectories(options.recordings());
    }
    List<Suite> suites =
        switch (options.suites()) {
          case BROKERS -> List.of(brokers);
          case OUTBOX -> List.of(outbox);
          case ALL -> List.of(brokers, outbox, replay, start);
        };
    Map<Suite, Set<String>> chosen = chosen(suites, options);
    Results results = new Results();
    int failed = 0;
    try {
      for (Map.Entry<Suite, Set<String>> each : chosen.entrySet()) {
        failed += each.getKey().measure(each.getValue(), root, results);
      }
    } finally {
      keep(results, options, kept);
    }
    if (options.recordings() != null) {
      draw(options.recordings());
    }
    return failed == 0 ? 0 : 1;
  }

  /** A flame graph beside each flight recording. */
  private static void draw(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path recording : files.filter(file -> file.toString().endsWith(".jfr")).toList()) {
        String name = recording.getFileName().toString().replace(".jfr", "");
        FlameGraph.draw(recording, name, folder.resolve(name + ".svg"));
      }
    }
  }

  /** Also what came to something before the rest failed. */
  private static void keep(Results results, Options options, Path kept) throws IOException {
    if (results.rows().isEmpty()) {
      return;
    }
    System.out.print(results.table());
    if (!options.isOnlyCheck() || options.json() != null) {
      results.mergeInto(kept);
      System.err.println("The figures are in " + kept + "; --charts draws them.");
    }
  }

  private static String when(Suite.Offer row) {
    return switch (row.when()) {
      case QUICK -> " (quick)";
      case FULL -> "";
      case NAMED -> " (only by its whole name)";
    };
  }

  private static Map<Suite, Set<String>> chosen(List<Suite> suites, Options options) {
    Map<Suite, Set<String>> chosen = new LinkedHashMap<>();
    for (Suite suite : suites) {
      Set<String> names =
          suite.offers().stream()
              .filter(options::includes)
              .map(Suite.Offer::name)
              .collect(Collectors.toSet());
      if (!names.isEmpty()) {
        chosen.put(suite, names);
      }
    }
    if (chosen.isEmpty()) {
      throw new BenchmarkException(
          "No row"
              + (options.quick() ? " of the quick ones" : "")
              + " has a name with \""
              + options.only()
              + "\" in it; benchmarks/run --help lists the rows.");
    }
    return chosen;
  }
}
