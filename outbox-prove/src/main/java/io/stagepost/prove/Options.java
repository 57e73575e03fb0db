package io.stagepost.prove;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/**
 * What a run is asked for.
 *
 * @param database which
 * @param faults how many faults must bite; fewer make the run void
 * @param limit how long faults are made at most
 * @param seed of the plan of faults
 * @param rate how many transactions a second the writers begin, all together
 * @param pipelined whether relays send a key's next row before the last is answered
 * @param mutation what is broken on purpose
 */
record Options(
    Dialect database,
    int faults,
    Duration limit,
    long seed,
    int rate,
    boolean pipelined,
    Mutation mutation) {
  static final String HELP =
      """
      Usage: outbox/prove [--database NAME] [--faults N] [--minutes M] [--seed S] [--rate N]
                          [--pipelined yes] [--mutation NAME]
      Real writers, relays, consumers, database and Kafka; kills, stops and cuts them off at random;
      then checks that nothing uncommitted was published, nothing committed was lost, keys kept
      their order, and every event took effect once.
        --database NAME   postgresql (without one) or mariadb
        --faults N        ends after N faults that have bitten (300; without limit with --minutes);
                          0 makes none for the minutes, and then nothing that was
                          confirmed may be published twice
        --minutes M       ends making faults after M minutes (one for every 10 faults, at least 3;
                          1 with --faults 0)
        --seed S          of the plan of faults (random; the last line tells it)
        --rate N          transactions a second (100)
        --pipelined yes   relays send a key's next event before the last is answered, as they do by
                          default: what fails may then be passed by what was on its way, and by
                          nothing else
        --mutation NAME   breaks something on purpose, which the oracle must find:
                          %s
      Exit code 0: every promise held; 1: one was broken; 2: usage; 3: void, too few faults bit."""
          .formatted(
              Arrays.stream(Mutation.values())
                  .filter(mutation -> mutation != Mutation.NONE)
                  .map(Mutation::word)
                  .collect(Collectors.joining(", ")));

  static Options parse(String... arguments) {
    Dialect database = Dialect.ALL.get(0);
    int faults = -1;
    double minutes = 0;
    long seed = ThreadLocalRandom.current().nextInt(1_000_000);
    int rate = 100;
    boolean pipelined = false;
    Mutation mutation = Mutation.NONE;
    for (int i = 0; i < arguments.length; i += 2) {
      String name = arguments[i];
      if (i + 1 == arguments.length) {
        throw new UsageException(name + " wants a value; --help tells the options");
      }
      String value = arguments[i + 1];
      try {
        switch (name) {
          case "--database" -> database = database(value);
          case "--faults" -> faults = value.equals("0") ? 0 : positive(Integer.parseInt(value));
          case "--minutes" -> minutes = positive(Double.parseDouble(value));
          case "--seed" -> seed = Long.parseLong(value);
          case "--rate" -> rate = positive(Integer.parseInt(value));
          case "--pipelined" -> pipelined = value.equals("yes");
          case "--mutation" -> mutation = mutation(value);
          default -> throw new UsageException(name + " is no option; --help tells them");
        }
      } catch (NumberFormatException bad) {
        throw new UsageException(name + " " + value + ": that is no number from 1 to a million");
      }
    }
    int wanted = faults >= 0 ? faults : minutes > 0 ? Integer.MAX_VALUE : 300;
    double usual = wanted == 0 ? 1 : Math.max(3, wanted / 10.0);
    double limit = minutes > 0 ? minutes : usual;
    return new Options(
        database,
        wanted,
        Duration.ofMillis((long) (limit * 60_000)),
        seed,
        rate,
        pipelined,
        mutation);
  }

  private static int positive(int number) {
    return (int) positive((double) number);
  }

  private static double positive(double number) {
    if (!(number > 0 && number <= 1_000_000)) {
      throw new NumberFormatException();
    }
    return number;
  }

  private static Dialect database(String word) {
    Dialect dialect = Dialect.of(word);
    if (dialect == null) {
      throw new UsageException("--database " + word + " is not there; --help tells them");
    }
    return dialect;
  }

  private static Mutation mutation(String word) {
    return Arrays.stream(Mutation.values())
        .filter(mutation -> mutation.word().equals(word))
        .findFirst()
        .orElseThrow(
            () -> new UsageException("--mutation " + word + " is not there; --help tells them"));
  }

  /** Whether a number of faults was asked for. */
  boolean hasQuota() {
    return faults != Integer.MAX_VALUE;
  }
}
