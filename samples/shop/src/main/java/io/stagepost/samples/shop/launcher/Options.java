package io.stagepost.samples.shop.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The options of the command.
 *
 * @param broker what carries the events
 * @param rate lines per second at most; empty for as fast as can be
 * @param faultSeed what to make the plan of faults of; empty for no faults
 * @param repair the command that replays dead letters once payment was mended; empty for none
 */
record Options(
    Path input,
    Path report,
    Broker.Kind broker,
    boolean keep,
    Optional<String> rate,
    OptionalLong faultSeed,
    Optional<Path> repair,
    boolean help) {
  static final String USAGE =
      """
      usage: samples/shop/run [--input FILE] [--report FILE.json] [--transport kafka|amqp]
                              [--rate N] [--repair COMMAND] [--keep | --faults [--seed N]]

        --input FILE        order lines as CSV; default: %s
        --report FILE.json  where the report goes; default: %s
        --transport NAME    what carries the events: kafka, or amqp for RabbitMQ; default: kafka
        --rate N            take in N lines per second at most, to have time to watch
        --repair COMMAND    afterwards give payment its next release, which books what nobody has
                            ordered to a guest; run the command, which is to replay dead letters
                            of the broker in DLQ_BROKER; and audit what came of it
        --keep              leave the broker and the database running afterwards
        --faults            meanwhile kill payment and the broker, cut connections, stop consumers,
                            let handlers fail, and one line for good; wants some hundred lines
        --seed N            repeat the faults of the run that reported this seed
        --help              this text

      Exit code: 0 the books reconcile, 1 they do not or the run failed, 2 wrong usage or input,
      3 they do, but the run is void: not every fault struck three times with events in flight.
      """;

  private static final String INPUT = "--input";
  private static final String REPORT = "--report";
  private static final String RATE = "--rate";
  private static final String TRANSPORT = "--transport";
  private static final String REPAIR = "--repair";
  private static final String KEEP = "--keep";
  private static final String FAULTS = "--faults";
  private static final String SEED = "--seed";
  private static final String HELP = "--help";

  static Options parse(List<String> args, Path home) throws UsageException {
    Map<String, String> given = new HashMap<>();
    Deque<String> rest = new ArrayDeque<>(args);
    while (!rest.isEmpty()) {
      String[] option = rest.remove().split("=", 2);
      String name = option[0];
      String value =
          switch (name) {
            case INPUT, REPORT, RATE, TRANSPORT, SEED, REPAIR ->
                option.length == 2 ? option[1] : valueOf(name, rest);
            case KEEP, FAULTS, HELP -> {
              if (option.length == 2) {
                throw new UsageException(name + " takes no value");
              }
              yield "";
            }
            default -> throw new UsageException("unknown option " + name);
          };
      if (given.put(name, value) != null) {
        throw new UsageException(name + " is given twice");
      }
    }
    if (given.containsKey(KEEP) && given.containsKey(FAULTS)) {
      throw new UsageException(
          "--keep and --faults exclude each other: the proxy before the broker ends with the run");
    }
    if (given.containsKey(REPAIR) && given.containsKey(FAULTS)) {
      throw new UsageException("--repair and --faults exclude each other");
    }
    return new Options(
        given.containsKey(INPUT) ? Path.of(given.get(INPUT)) : defaultInput(home),
        writable(given.containsKey(REPORT) ? Path.of(given.get(REPORT)) : defaultReport(home)),
        broker(given.getOrDefault(TRANSPORT, Broker.Kind.KAFKA.transport())),
        given.containsKey(KEEP),
        rate(given.getOrDefault(RATE, "")),
        faultSeed(given.containsKey(FAULTS), given.get(SEED)),
        Optional.ofNullable(given.get(REPAIR)).map(Path::of),
        given.containsKey(HELP));
  }

  static String usage(Path home) {
    return USAGE.formatted(defaultInput(home), defaultReport(home));
  }

  private static Path defaultInput(Path home) {
    return home.resolve("data").resolve("orderlines.csv");
  }

  private static Path defaultReport(Path home) {
    return home.resolve("target").resolve("report.json");
  }

  private static String valueOf(String name, Deque<String> rest) throws UsageException {
    if (rest.isEmpty()) {
      throw new UsageException(name + " needs a value");
    }
    return rest.remove();
  }

  private static Broker.Kind broker(String transport) throws UsageException {
    for (Broker.Kind kind : Broker.Kind.values()) {
      if (kind.transport().equals(transport)) {
        return kind;
      }
    }
    throw new UsageException("%s is %s; there are kafka and amqp".formatted(TRANSPORT, transport));
  }

  private static Path writable(Path report) throws UsageException {
    Path file = report.toAbsolutePath();
    Path directory = file.getParent();
    try {
      if (directory != null) {
        Files.createDirectories(directory);
      }
    } catch (IOException failure) {
      throw new UsageException("the report's directory cannot be made: " + failure);
    }
    if (directory == null || !Files.isWritable(directory)) {
      throw new UsageException("the report cannot be written to the directory " + directory);
    }
    return file;
  }

  private static OptionalLong faultSeed(boolean faults, @Nullable String seed)
      throws UsageException {
    if (seed == null) {
      return faults
          ? OptionalLong.of(ThreadLocalRandom.current().nextInt(1, 1_000_000))
          : OptionalLong.empty();
    }
    if (!faults) {
      throw new UsageException(SEED + " is for " + FAULTS + ", which is not given");
    }
    if (!seed.matches("[0-9]{1,18}")) {
      throw new UsageException(SEED + " is " + seed + "; it must be a whole number");
    }
    return OptionalLong.of(Long.parseLong(seed));
  }

  private static Optional<String> rate(String text) throws UsageException {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (!text.matches("[0-9]{1,6}(\\.[0-9]{1,6})?") || Double.parseDouble(text) == 0) {
      throw new UsageException(RATE + " is " + text + "; it must be a number above zero");
    }
    return Optional.of(text);
  }
}
