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
 * @param suites whose rows
 * @param rounds how many rounds count
 * @param events how many events the quickest rows have
 * @param backlog how many letters wait in a row with a backlog; 0 for what each row has of its own
 * @param seconds for how long something is measured that has no end of its own
 * @param minutes how long a foreign transaction is held
 * @param quick only the rows chosen for it
 * @param only a part of the rows' names; empty for all
 * @param against a part of the names of those that have an outbox; empty for all, "none" for ours
 *     alone
 * @param json where the figures go; null for the project's own file
 * @param recordings a folder for a flight recording of each contestant; null for none
 * @param rabbitMq which RabbitMQ
 * @param database which database has outbox and inbox
 * @param charts to draw the charts instead
 * @param help only to print the help
 */
public record Options(
    Suites suites,
    int rounds,
    int events,
    int backlog,
    int seconds,
    int minutes,
    boolean quick,
    String only,
    String against,
    @Nullable Path json,
    @Nullable Path recordings,
    RabbitFixture.Version rabbitMq,
    Database database,
    boolean charts,
    boolean help) {
  /** The help, but for the list of rows. */
  public static final String HELP =
      """
      benchmarks/run: side-by-side measurements on brokers and databases that it starts and stops
      itself. Without an option it runs the rows of publishing and consuming, five rounds.

        --quick          a few rows of all, three rounds: under ten minutes
        --outbox         the rows of outbox and inbox instead
        --all            both, and the start of a service
        --only NAME      the rows of all whose name contains NAME; with --outbox, of its rows
        --rounds N       rounds that count, 1 or more (5; with --quick 3); with 1 nobody warms up:
                         a check that everything runs, not a measurement, and no figures are kept
        --events N       events of the quickest rows, 1000 or more (300000); slower rows have a
                         share of them
        --rows N         letters of a backlog, 1000 or more (100000; of a replay 1000000 on Kafka
                         and 200000 on RabbitMQ)
        --seconds N      for how long a slow drain, and a row without an end of its own, runs (10)
        --minutes N      for how long the held rows hold a foreign transaction (10)
        --against NAME   of those that have an outbox only the ones whose name contains NAME; none:
                         ours alone (all; with --quick debezium-tuned)
        --rabbitmq V     which RabbitMQ: 4.3 (unless said otherwise) or 4.0
        --database D     which database outbox and inbox use: postgresql (unless said otherwise), or
                         mariadb: their rows alone, without the peers, kept as mariadb-NAME
        --json FILE      keep the figures there instead of in benchmarks/results/latest.json
        --record FOLDER  write a flight recording of each contestant into FOLDER, and a flame
                         graph of it (SVG)
        --charts         measure nothing; draw docs/performance/*.svg from the kept figures, and
                         print their table
        --replay BROKER  short for --only replay-BROKER: kafka or amqp
        --micro          run the micro-benchmarks instead; benchmarks/run --micro --help
        --sizes          compare the sizes of payloads instead
        --model          a queueing model of the engine, beside what was measured
        --costs [OF]     what keys, subscriptions and partitions cost: engine, subscriptions or
                         partitions
        --help           this

      JAVA_HOME chooses the JDK of everything: build, broker, contestants.
      Progress goes to standard error, the table (Markdown) to standard output. Kept figures take the
      place of those of the same rows; other rows stay in the file. Exits with 1 if a contestant
      failed, lost an event or broke an order that it promises, and with 2 if an option is wrong.

      Rows:
      """;

  /** Whose rows. */
  public enum Suites {
    /** Publishing and consuming on brokers. */
    BROKERS,
    /** Outbox and inbox. */
    OUTBOX,
    /** All. */
    ALL
  }

  /** Whose tables outbox and inbox use. */
  public enum Database {
    /** PostgreSQL, where all peers are at home. */
    POSTGRESQL,
    /** MariaDB. */
    MARIADB
  }

  /**
   * Reads them.
   *
   * @param arguments the command line's
   * @return the options
   * @throws BenchmarkException if one is wrong
   */
  public static Options parse(List<String> arguments) {
    Suites suites = null;
    int rounds = 0;
    int events = 300_000;
    int backlog = 0;
    int seconds = 10;
    int minutes = 10;
    boolean quick = false;
    String only = "";
    String against = null;
    Path json = null;
    Path recordings = null;
    RabbitFixture.Version rabbitMq = RabbitFixture.Version.V4_3;
    Database database = Database.POSTGRESQL;
    boolean charts = false;
    boolean help = false;
    for (Iterator<String> rest = arguments.iterator(); rest.hasNext(); ) {
      String option = rest.next();
      switch (option) {
        case "--outbox" -> suites = Suites.OUTBOX;
        case "--all" -> suites = Suites.ALL;
        case "--quick" -> quick = true;
        case "--only" -> only = value(option, rest);
        case "--replay" -> only = "replay-" + value(option, rest);
        case "--against" -> against = value(option, rest);
        case "--rounds" -> rounds = atLeast(1, option, value(option, rest));
        case "--events" -> events = atLeast(1_000, option, value(option, rest));
        case "--rows" -> backlog = atLeast(1_000, option, value(option, rest));
        case "--seconds" -> seconds = atLeast(1, option, value(option, rest));
        case "--minutes" -> minutes = atLeast(1, option, value(option, rest));
        case "--json" -> json = writable(option, value(option, rest));
        case "--record" -> recordings = Path.of(value(option, rest)).toAbsolutePath();
        case "--rabbitmq" -> rabbitMq = version(option, value(option, rest));
        case "--database" -> database = database(option, value(option, rest));
        case "--charts" -> charts = true;
        case "--help", "-h" -> help = true;
        default ->
            throw new BenchmarkException(
                "There is no option " + option + "; benchmarks/run --help lists them.");
      }
    }
    if (database == Database.MARIADB) {
      if (suites == Suites.ALL) {
        throw new BenchmarkException(
            "--database mariadb has the rows of outbox and inbox alone; leave out --all.");
      }
      suites = Suites.OUTBOX;
    }
    if (suites == null) {
      suites = quick || !only.isEmpty() ? Suites.ALL : Suites.BROKERS;
    }
    if (rounds == 0) {
      rounds = quick ? 3 : 5;
    }
    if (against == null) {
      against = quick ? "debezium-tuned" : "";
    }
    return new Options(
        suites,
        rounds,
        events,
        backlog,
        seconds,
        minutes,
        quick,
        only,
        against,
        json,
        recordings,
        rabbitMq,
        database,
        charts,
        help);
  }

  /**
   * Whether to see that everything runs, rather than how fast.
   *
   * @return with one round
   */
  public boolean isOnlyCheck() {
    return rounds == 1;
  }

  /**
   * Whether a row is asked for, of a suite that is.
   *
   * @param row which
   * @return whether it is to run
   */
  public boolean includes(Suite.Offer row) {
    return switch (row.when()) {
      case QUICK -> row.name().contains(only);
      case FULL -> row.name().contains(only) && !quick;
      case NAMED -> row.name().equals(only) && !quick;
    };
  }

  /**
   * How many letters wait.
   *
   * @param otherwise unless something was said
   * @return 1000 or more
   */
  public int backlogOr(int otherwise) {
    return backlog == 0 ? otherwise : backlog;
  }

  /**
   * What a contestant's JVM needs to write a flight recording.
   *
   * @param name of the recording
   * @return options of the JVM; none if no recordings were asked for
   */
  public List<String> recording(String name) {
    return recordings == null
        ? List.of()
        : List.of(
            "-Xlog:jfr+startup=error",
            "-XX:FlightRecorderOptions=stackdepth=256",
            "-XX:StartFlightRecording=settings=profile,filename="
                + recordings.resolve(name + ".jfr"));
  }

  private static String value(String option, Iterator<String> rest) {
    if (!rest.hasNext()) {
      throw new BenchmarkException(option + " needs a value; benchmarks/run --help tells which.");
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

  private static RabbitFixture.Version version(String option, String value) {
    return switch (value) {
      case "4.0" -> RabbitFixture.Version.V4_0;
      case "4.3" -> RabbitFixture.Version.V4_3;
      default ->
          throw new BenchmarkException(option + " is \"" + value + "\"; give it 4.0 or 4.3.");
    };
  }

  private static Database database(String option, String value) {
    return switch (value) {
      case "postgresql" -> Database.POSTGRESQL;
      case "mariadb" -> Database.MARIADB;
      default ->
          throw new BenchmarkException(
              option + " is \"" + value + "\"; give it postgresql or mariadb.");
    };
  }

  private static Path writable(String option, String value) {
    Path file = Path.of(value).toAbsolutePath();
    Path folder = file.getParent();
    if (folder == null || !Files.isDirectory(folder) || Files.isDirectory(file)) {
      throw new BenchmarkException(
          option + " is \"" + value + "\"; give it a file in a folder that exists already.");
    }
    return file;
  }
}
