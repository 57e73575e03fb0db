package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.BenchmarkException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was asked for on the command line.
 *
 * @param rounds how many rounds count
 * @param rows how many letters a backlog has
 * @param seconds for how long something is measured that has no end of its own
 * @param quick only the rows chosen for it
 * @param only a part of the rows' names; empty for all
 * @param against a part of the contestants' names; empty for all, "none" for ours alone
 * @param json where the figures go; null for nowhere
 * @param recordings a folder for a flight recording of each contestant; null for none
 * @param minutes how long a foreign transaction is held
 * @param help only to print the help
 */
record OutboxOptions(
    int rounds,
    int rows,
    int seconds,
    boolean quick,
    String only,
    String against,
    @Nullable Path json,
    @Nullable Path recordings,
    int minutes,
    boolean help) {
  static final String HELP =
      """
      benchmarks/run --outbox: the outbox and the inbox beside others, on a PostgreSQL and a Kafka
      that it starts and stops itself.

        --quick          the rows that say most, three rounds
        --only NAME      the rows whose name contains NAME
        --against NAME   only the contestants whose name contains NAME, beside ours; none: ours alone
        --rounds N       rounds that count, 1 or more (5; with --quick 3); with 1 nobody warms up:
                         a check that everything runs, not a measurement
        --rows N         letters of a backlog, 1000 or more (100000)
        --seconds N      for how long a slow drain, and a row without an end of its own, runs (10)
        --minutes N      for how long the held rows hold a foreign transaction (10)
        --json FILE      write the figures there, too
        --record FOLDER  write a flight recording of each contestant into FOLDER
        --help           this

      Rows:
      """;

  static OutboxOptions parse(List<String> arguments) {
    int rounds = 0;
    int rows = 100_000;
    int seconds = 10;
    boolean quick = false;
    String only = "";
    String against = "";
    Path json = null;
    Path recordings = null;
    int minutes = 10;
    boolean help = false;
    for (Iterator<String> rest = arguments.iterator(); rest.hasNext(); ) {
      String option = rest.next();
      switch (option) {
        case "--quick" -> quick = true;
        case "--only" -> only = value(option, rest);
        case "--against" -> against = value(option, rest);
        case "--rounds" -> rounds = atLeast(1, option, value(option, rest));
        case "--rows" -> rows = atLeast(1_000, option, value(option, rest));
        case "--seconds" -> seconds = atLeast(1, option, value(option, rest));
        case "--minutes" -> minutes = atLeast(1, option, value(option, rest));
        case "--json" -> json = Path.of(value(option, rest)).toAbsolutePath();
        case "--record" -> recordings = Path.of(value(option, rest)).toAbsolutePath();
        case "--help", "-h" -> help = true;
        default ->
            throw new BenchmarkException(
                "There is no option " + option + "; benchmarks/run --outbox --help lists them.");
      }
    }
    if (rounds == 0) {
      rounds = quick ? 3 : 5;
    }
    return new OutboxOptions(
        rounds, rows, seconds, quick, only, against, json, recordings, minutes, help);
  }

  /** Those of the contestants that were asked for. */
  List<Rival> of(List<Rival> rivals) {
    return rivals.stream().filter(rival -> rival.name().contains(against)).toList();
  }

  private static String value(String option, Iterator<String> rest) {
    if (!rest.hasNext()) {
      throw new BenchmarkException(
          option + " needs a value; benchmarks/run --outbox --help tells which.");
    }
    return rest.next();
  }

  private static int atLeast(int least, String option, String value) {
    try {
      int number = Integer.parseInt(value);
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException noNumber) {
      throw new BenchmarkException(
          option + " is \"" + value + "\"; give it a whole number from " + least + ".");
    }
    throw new BenchmarkException(
        option + " is " + value + "; give it a whole number from " + least + ".");
  }
}
