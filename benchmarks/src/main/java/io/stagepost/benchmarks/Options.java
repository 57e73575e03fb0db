package io.stagepost.benchmarks;

import io.stagepost.testkit.fixture.RabbitFixture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was asked for on the command line.
 *
 * @param rounds how many rounds count
 * @param events how many events the quickest rows have
 * @param quick only the rows chosen for it
 * @param only a part of the rows' names; empty for all
 * @param json where the figures go; null for nowhere
 * @param recordings a folder for a flight recording of each contestant; null for none
 * @param rabbitMq which RabbitMQ
 * @param help only to print the help
 */
record Options(
    int rounds,
    int events,
    boolean quick,
    String only,
    @Nullable Path json,
    @Nullable Path recordings,
    RabbitFixture.Version rabbitMq,
    boolean help) {
  static final String HELP =
      """
      benchmarks/run: side-by-side measurements on brokers that it starts and stops itself.

        --quick          the rows that say most, three rounds: a few minutes
        --only NAME      the rows whose name contains NAME
        --rounds N       rounds that count, 1 or more (5; with --quick 3); with 1 rows share JVMs and
                         do not warm up: a check that everything runs, not a measurement
        --events N       events of the quickest rows, 1000 or more (300000); slower rows have a
                         share of them
        --json FILE      write the figures there, too
        --record FOLDER  write a flight recording of each contestant into FOLDER
        --rabbitmq V     which RabbitMQ: 4.3 (unless said otherwise) or 4.0
        --micro          run the micro-benchmarks instead; benchmarks/run --micro --help
        --help           this

      JAVA_HOME chooses the JDK of everything: build, broker, contestants.
      Progress goes to standard error, the table (Markdown) to standard output. Exits with 1 if a
      contestant lost an event or broke an order that it promises, and with 2 if an option is wrong.

      Rows:
      """;

  /** Thrown for what the user can mend on the command line. */
  static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Wrong(String message) {
      super(message);
    }
  }

  static Options parse(List<String> arguments) {
    int rounds = 0;
    int events = 300_000;
    boolean quick = false;
    String only = "";
    Path json = null;
    Path recordings = null;
    RabbitFixture.Version rabbitMq = RabbitFixture.Version.V4_3;
    boolean help = false;
    for (Iterator<String> rest = arguments.iterator(); rest.hasNext(); ) {
      String option = rest.next();
      switch (option) {
        case "--quick" -> quick = true;
        case "--only" -> only = value(option, rest);
        case "--rounds" -> rounds = atLeast(1, option, value(option, rest));
        case "--events" -> events = atLeast(1_000, option, value(option, rest));
        case "--json" -> json = writable(option, value(option, rest));
        case "--record" -> recordings = Path.of(value(option, rest)).toAbsolutePath();
        case "--rabbitmq" -> rabbitMq = version(option, value(option, rest));
        case "--help", "-h" -> help = true;
        default ->
            throw new Wrong("There is no option " + option + "; benchmarks/run --help lists them.");
      }
    }
    if (rounds == 0) {
      rounds = quick ? 3 : 5;
    }
    return new Options(rounds, events, quick, only, json, recordings, rabbitMq, help);
  }

  /** Whether to see that everything runs, rather than how fast. */
  boolean isOnlyCheck() {
    return rounds == 1;
  }

  boolean includes(Row row) {
    return row.name().contains(only) && (!quick || row.quick());
  }

  private static String value(String option, Iterator<String> rest) {
    if (!rest.hasNext()) {
      throw new Wrong(option + " needs a value; benchmarks/run --help tells which.");
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
      throw new Wrong(option + " is \"" + value + "\"; give it a whole number from " + least + ".");
    }
    throw new Wrong(option + " is " + value + "; give it a whole number from " + least + ".");
  }

  private static RabbitFixture.Version version(String option, String value) {
    return switch (value) {
      case "4.0" -> RabbitFixture.Version.V4_0;
      case "4.3" -> RabbitFixture.Version.V4_3;
      default -> throw new Wrong(option + " is \"" + value + "\"; give it 4.0 or 4.3.");
    };
  }

  private static Path writable(String option, String value) {
    Path file = Path.of(value).toAbsolutePath();
    Path folder = file.getParent();
    if (folder == null || !Files.isDirectory(folder) || Files.isDirectory(file)) {
      throw new Wrong(
          option + " is \"" + value + "\"; give it a file in a folder that exists already.");
    }
    return file;
  }
}
