package io.stagepost.benchmarks.micro;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs the micro-benchmarks and prints a table; {@code benchmarks/run --micro --help}. */
public final class Micro {
  private static final String HELP =
      """
      benchmarks/run --micro: JMH benchmarks, with the bytes that each operation allocates.

        --quick      one fork and short iterations: under a minute
        --only NAME  those whose name contains NAME: encode, decode, handOff, ledger
        --json FILE  write JMH's JSON there, too
        --check      exit with 1 if a step of ours allocates over a twentieth and 16 bytes more
                     than benchmarks/results/allocation.json says
        --keep       write what our steps allocate into that file
        --help       this
      """;

  private Micro() {}

  /**
   * Runs them.
   *
   * @param args the options
   * @throws RunnerException if JMH cannot
   * @throws IOException if what was allocated cannot be kept
   */
  public static void main(String[] args) throws RunnerException, IOException {
    boolean quick = false;
    boolean check = false;
    boolean keep = false;
    String only = "";
    String json = "";
    for (Iterator<String> rest = List.of(args).iterator(); rest.hasNext(); ) {
      String option = rest.next();
      switch (option) {
        case "--quick" -> quick = true;
        case "--check" -> check = true;
        case "--keep" -> keep = true;
        case "--only" -> only = value(option, rest);
        case "--json" -> json = value(option, rest);
        case "--help", "-h" -> {
          System.out.print(HELP);
          return;
        }
        default -> wrong("There is no option " + option + " with --micro.");
      }
    }
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("io\\.stagepost\\..*" + Pattern.quote(only))
            .addProfiler(GCProfiler.class)
            .jvmArgsAppend("-Xms1g", "-Xmx1g")
            .forks(quick ? 1 : 3)
            .warmupIterations(quick ? 3 : 5)
            .warmupTime(TimeValue.seconds(1))
            .measurementIterations(quick ? 3 : 5)
            .measurementTime(TimeValue.seconds(1));
    if (!json.isEmpty()) {
      options.resultFormat(ResultFormatType.JSON).result(json);
    }
    Allocation allocation = new Allocation();
    try {
      print(new Runner(options.build()).run(), allocation);
    } catch (NoBenchmarksException none) {
      wrong("No micro-benchmark has a name with \"" + only + "\" in it.");
    }
    Path root = Path.of(requireNonNull(System.getProperty("stagepost.root"), "stagepost.root"));
    Path kept = root.resolve("benchmarks").resolve("results").resolve("allocation.json");
    if (check) {
      List<String> worse = allocation.worseThan(kept);
      worse.forEach(System.err::println);
      if (!worse.isEmpty()) {
        System.exit(1);
      }
    }
    if (keep) {
      allocation.keep(kept);
    }
  }

  private static void print(Collection<RunResult> results, Allocation allocation) {
    System.out.println();
    System.out.println("| step | ns | ± (99.9 %) | bytes allocated |");
    System.out.println("|---|---|---|---|");
    for (RunResult result : results) {
      Result<?> time = result.getPrimaryResult();
      StringBuilder name = new StringBuilder(time.getLabel());
      for (String param : result.getParams().getParamsKeys()) {
        name.append(", ").append(param).append(' ').append(result.getParams().getParam(param));
      }
      double allocated =
          requireNonNull(result.getSecondaryResults().get("gc.alloc.rate.norm")).getScore();
      allocation.add(name.toString(), allocated);
      System.out.printf(
          Locale.ROOT,
          "| %s | %,.0f | %,.0f | %,.0f |%n",
          name,
          time.getScore(),
          time.getScoreError(),
          allocated);
    }
  }

  private static String value(String option, Iterator<String> rest) {
    if (!rest.hasNext()) {
      wrong(option + " needs a value.");
    }
    return rest.next();
  }

  private static void wrong(String what) {
    System.err.println(what + " benchmarks/run --micro --help tells what there is.");
    System.exit(2);
  }
}
