package io.stagepost.prove;

import io.stagepost.prove.Oracle.Break;
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
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** {@code outbox/prove}: see {@link Options#HELP}. */
final class Prove {
  private static final int HELD = 0;
  private static final int BROKEN = 1;
  private static final int USAGE = 2;
  private static final int VOID = 3;
  private static final int EXAMPLES = 5;
  private static final Duration DRAIN_LIMIT = Duration.ofMinutes(4);

  /** What struck so long before something broke is told with it. */
  private static final Duration SUSPECT = Duration.ofSeconds(30);

  private final Options options;
  private final Path directory;
  private final World world;
  private final Strikes strikes;
  private final long began = System.nanoTime();

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
          Path.of(System.getProperty("prove.home"), "runs", "postgresql-" + options.seed());
      delete(directory);
      Files.createDirectories(directory);
      Prove prove = new Prove(options, directory);
      try {
        code = prove.run();
      } finally {
        prove.world.close();
      }
      delete(directory.resolve("broker"));
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
        "seed %d, logs in %s; 3 relays, 2 writers, 2 consumers, %d transactions a second%s",
        options.seed(),
        directory,
        options.rate(),
        options.mutation() == Mutation.NONE ? "" : "; mutation " + options.mutation().word());
    ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor();
    var unused = ticker.scheduleAtFixedRate(this::progress, 10, 10, TimeUnit.SECONDS);
    strikes.run();
    Duration struckFor = elapsed();
    world.heal();
    for (Child writer : world.writers) {
      writer.tell("rest");
    }
    TimeUnit.SECONDS.sleep(2);
    world.writers.forEach(Child::close);
    long rest = System.nanoTime();
    boolean isDrained = awaitDrain();
    Duration drain = Duration.ofNanos(System.nanoTime() - rest);
    ticker.shutdownNow();
    progress();
    Files.write(
        directory.resolve("faults.log"),
        strikes.struck().stream().map(Struck::toString).toList());
    Oracle oracle;
    try (Connection connection = world.database.connect()) {
      oracle =
          new Oracle(
              Books.truth(connection),
              Books.log(world.broker.address(), Note.TYPE.channel()),
              Books.effects(connection));
    }
    return report(oracle, isDrained, struckFor, drain);
  }

  private boolean awaitDrain() throws InterruptedException, SQLException {
    long patience =
        TimeUnit.SECONDS.toNanos(options.mutation() == Mutation.NONE ? 60 : 15);
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
        effects = Books.count(connection, "effect");
      }
      if (pending == 0 && effects == committed) {
        return true;
      }
      if (pending + effects != before) {
        before = pending + effects;
        changed = System.nanoTime();
      }
      if (System.nanoTime() - changed > patience) {
        say("nothing moves: %d rows wait, %d effects of %d events", pending, effects, committed);
        return pending == 0;
      }
      TimeUnit.MILLISECONDS.sleep(500);
    }
    return false;
  }

  private void progress() {
    say(
        "%s %d faults, %d transactions committed, %d rolled back, %d failed; %d rows sent; %d"
            + " effects; at work: %s",
        clock(elapsed()),
        strikes.bitten(),
        World.total(world.writers, "worked"),
        World.total(world.writers, "rolled-back"),
        World.total(world.writers, "failed"),
        World.total(world.relays, "worked"),
        World.total(world.consumers, "worked"),
        String.join(
            " ",
            world.children().stream().filter(Child::isAtWork).map(Child::name).toList()));
  }

  private int report(Oracle oracle, boolean isDrained, Duration struckFor, Duration drain)
      throws IOException {
    Map<Fault, Integer> kinds = strikes.byKind();
    System.out.println();
    for (Fault fault : Fault.values()) {
      System.out.printf("%6d  %s%n", kinds.getOrDefault(fault, 0), fault.title());
    }
    long alarms = World.total(world.relays, "violations");
    long parked = World.total(world.relays, "parked");
    System.out.printf(
        Locale.ROOT,
        "%n%d transactions rolled back, %d failed, %d of them by conflict; %d events committed, %d"
            + " records published, %d of them copies; %d rows parked, %d alarms of relays; slowest"
            + " event %.1f s from writing to effect, drained in %.1f s%n",
        World.total(world.writers, "rolled-back"),
        World.total(world.writers, "failed"),
        World.total(world.writers, "conflicts"),
        oracle.committed(),
        oracle.published(),
        oracle.duplicates(),
        parked,
        alarms,
        oracle.slowest().toMillis() / 1_000.0,
        drain.toMillis() / 1_000.0);
    oracle.breaks().forEach(this::show);
    if (!isDrained) {
      diagnose();
    }
    boolean holds = oracle.holds() && isDrained && alarms == 0 && parked == 0;
    boolean isVoid =
        options.hasQuota() && strikes.bitten() < options.faults() || oracle.committed() == 0;
    String verdict = !holds ? "BROKEN" : isVoid ? "VOID" : "HELD";
    Map<String, List<Break>> breaks = oracle.breaks();
    System.out.printf(
        Locale.ROOT,
        "prove: %d faults in %s, %,d events committed: %s, %.1f %% duplicates%s%s — %s (seed %d,"
            + " postgresql)%n",
        strikes.bitten(),
        clock(struckFor),
        oracle.committed(),
        String.join(
            ", ",
            breaks.entrySet().stream()
                .map(entry -> entry.getValue().size() + " " + entry.getKey())
                .toList()),
        oracle.committed() == 0 ? 0.0 : 100.0 * oracle.duplicates() / oracle.committed(),
        alarms + parked == 0 ? "" : ", %d alarms, %d parked".formatted(alarms, parked),
        isDrained ? "" : ", stuck",
        verdict,
        options.seed());
    return !holds ? BROKEN : isVoid ? VOID : HELD;
  }

  private void show(String name, List<Break> breaks) {
    for (Break one : breaks.subList(0, Math.min(EXAMPLES, breaks.size()))) {
      say("%s: %s", name, one.what());
      strikes.struck().stream()
          .filter(
              fault ->
                  fault.from().isBefore(one.at().plusSeconds(1))
                      && fault.to().isAfter(one.at().minus(SUSPECT)))
          .forEach(fault -> System.out.println("    " + fault));
    }
  }

  private void diagnose() throws IOException {
    say("stuck; the last of what the processes say:");
    for (Child child : world.children()) {
      System.out.println("--- " + child.name() + "\n" + child.tailOfLog());
    }
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private static String clock(Duration time) {
    return "%02d:%02d".formatted(time.toMinutes(), time.toSecondsPart());
  }

  private static void say(String format, Object... values) {
    System.out.println("prove: " + format.formatted(values));
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
