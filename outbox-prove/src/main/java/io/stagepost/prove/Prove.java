package io.stagepost.prove;

import io.stagepost.prove.Oracle.Seen;
import io.stagepost.prove.Strikes.Struck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** {@code outbox/prove}: see {@link Options#HELP}. */
final class Prove {
  static final int HELD = 0;
  static final int BROKEN = 1;
  static final int VOID = 3;
  private static final int USAGE = 2;
  private static final Duration DRAIN_LIMIT = Duration.ofMinutes(4);

  private final Options options;
  private final Path directory;
  private final World world;
  private final Strikes strikes;
  private final long began;

  private Prove(Options options, Path directory) throws Exception {
    this.options = options;
    this.directory = directory;
    boolean mounts = Boolean.getBoolean("prove.mount");
    this.world = new World(directory, options, mounts);
    Set<Fault> without = EnumSet.noneOf(Fault.class);
    if (!world.database.mayBeFilled()) {
      without.add(Fault.DATABASE_FULL);
      say("the database's disk is not filled: that takes root, and a kernel that lets it mount");
    }
    this.strikes = new Strikes(world, new Plan(options.seed(), without), options);
    this.began = System.nanoTime();
  }

  /** Runs, and exits with the code that tells. */
  public static void main(String[] arguments) {
    if (Arrays.asList(arguments).contains("--help")) {
      System.out.println(Options.HELP);
      System.exit(HELD);
    }
    int code = BROKEN;
    try {
      Options options = Options.parse(arguments);
      Path directory =
          Path.of(
              System.getProperty("prove.home"),
              "runs",
              options.database().word() + "-" + options.seed());
      delete(directory);
      Files.createDirectories(directory);
      Prove prove = new Prove(options, directory);
      try {
        code = prove.run();
      } finally {
        prove.world.close();
      }
      if (code == HELD) {
        prove.clean();
      }
    } catch (UsageException usage) {
      System.err.println(usage.getMessage());
      code = USAGE;
    } catch (Exception unexpected) {
      unexpected.printStackTrace();
      say("the run itself failed, which proves nothing");
      code = VOID;
    }
    System.exit(code);
  }

  private int run() throws Exception {
    say(
        "seed %d, logs in %s; 3 relays, 2 writers, 2 consumers, %d transactions a second%s"
            .formatted(
                options.seed(),
                directory,
                options.rate(),
                options.mutation() == Mutation.NONE
                    ? ""
                    : "; mutation " + options.mutation().word()));
    ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor();
    var unused = ticker.scheduleAtFixedRate(this::progress, 10, 10, TimeUnit.SECONDS);
    strikes.run();
    Duration struckFor = elapsed();
    world.heal();
    world.writers.forEach(Child::close);
    TimeUnit.SECONDS.sleep(2); // until the server has noticed
    long rest = System.nanoTime();
    boolean isDrained = awaitDrain();
    Duration drain = Duration.ofNanos(System.nanoTime() - rest);
    ticker.shutdownNow();
    progress();
    Files.write(
        directory.resolve("faults.log"), strikes.struck().stream().map(Struck::toString).toList());
    List<Seen> log = Books.log(world.broker.address(), Note.TYPE.channel());
    List<Attempt> sends = SendBook.read(directory);
    Oracle oracle;
    try (Connection connection = world.database.connect()) {
      oracle =
          new Oracle(
              Books.truth(connection), log, Books.effects(connection), sends, options.pipelined());
    }
    Copies copies = new Copies(log, sends, strikes.struck());
    return new Report(options, world, strikes).print(oracle, copies, isDrained, struckFor, drain);
  }

  private boolean awaitDrain() throws InterruptedException, SQLException {
    long patience = TimeUnit.SECONDS.toNanos(options.mutation() == Mutation.NONE ? 60 : 15);
    long until = System.nanoTime() + DRAIN_LIMIT.toNanos();
    long before = -1;
    long changed = System.nanoTime();
    while (System.nanoTime() < until) {
      long pending;
      long committed;
      long effects;
      try (Connection connection = world.database.connect()) {
        pending = world.outbox.pending();
        committed = Books.count(connection, "truth");
        effects = Books.count(connection, "(select distinct event from effect) e");
      }
      if (pending == 0 && effects == committed) {
        return true;
      }
      if (pending + effects != before) {
        before = pending + effects;
        changed = System.nanoTime();
      }
      if (System.nanoTime() - changed > patience) {
        say(
            "nothing moves: %d rows wait, %d effects of %d events"
                .formatted(pending, effects, committed));
        return pending == 0;
      }
      TimeUnit.MILLISECONDS.sleep(500);
    }
    return false;
  }

  private void progress() {
    say(
        "%s %d faults, %d transactions committed, %d rolled back, %d failed; %d rows sent; %d"
                .formatted(
                    Report.clock(elapsed()),
                    strikes.bitten(),
                    World.total(world.writers, "worked"),
                    World.total(world.writers, "rolled-back"),
                    World.total(world.writers, "failed"),
                    World.total(world.relays, "worked"),
                    World.total(world.consumers, "worked"))
            + " effects; at work: "
            + String.join(
                " ", world.children().stream().filter(Child::isAtWork).map(Child::name).toList()));
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private static void say(String text) {
    System.out.println("prove: " + text);
  }

  /** Leaves the logs; a file system of the database's own goes with the run. */
  private void clean() throws IOException {
    delete(directory.resolve("broker"));
    if (!world.database.mayBeFilled()) {
      delete(directory.resolve("database"));
    }
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
