package io.stagepost.prove;

import io.stagepost.prove.Oracle.Break;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Prints what came of a run; its last line sums up. */
final class Report {
  private static final int EXAMPLES = 5;

  /** What struck so long before something broke is told with it. */
  private static final Duration SUSPECT = Duration.ofSeconds(30);

  private final Options options;
  private final World world;
  private final Strikes strikes;

  Report(Options options, World world, Strikes strikes) {
    this.options = options;
    this.world = world;
    this.strikes = strikes;
  }

  /**
   * Prints.
   *
   * @param isDrained whether the outbox was empty in the end, and nothing moved any more
   * @param struckFor how long faults were made
   * @param drain how long it took afterwards
   * @return the exit code
   */
  int print(Oracle oracle, Copies copies, boolean isDrained, Duration struckFor, Duration drain)
      throws IOException {
    printFaults(copies);
    printFigures(oracle, drain);
    oracle.breaks().forEach(this::printBreaks);
    printBreaks("explained", oracle.explained());
    if (!isDrained) {
      diagnose();
    }
    long alarms = World.total(world.relays, "violations");
    long parked = World.total(world.relays, "parked");
    boolean holds =
        oracle.holds()
            && isDrained
            && alarms + parked == 0
            && (options.faults() > 0 || copies.unaccounted() == 0);
    boolean isVoid =
        (options.hasQuota() && strikes.bitten() < options.faults()) || oracle.committed() == 0;
    System.out.printf(
        Locale.ROOT,
        "prove: %d faults in %s, %,d events committed: %s, %d order breaks explained, %.1f %%"
            + " duplicates%s%s — %s (seed %d, %s%s)%n",
        strikes.bitten(),
        clock(struckFor),
        oracle.committed(),
        oracle.breaks().entrySet().stream()
            .map(entry -> entry.getValue().size() + " " + entry.getKey())
            .collect(Collectors.joining(", ")),
        oracle.explained().size(),
        oracle.committed() == 0 ? 0.0 : 100.0 * oracle.duplicates() / oracle.committed(),
        alarms + parked == 0 ? "" : ", %d alarms, %d parked".formatted(alarms, parked),
        isDrained ? "" : ", stuck",
        !holds ? "BROKEN" : isVoid ? "VOID" : "HELD",
        options.seed(),
        options.database().word(),
        options.pipelined() ? ", pipelined" : "");
    return !holds ? Prove.BROKEN : isVoid ? Prove.VOID : Prove.HELD;
  }

  private void printFaults(Copies copies) {
    Map<Fault, Integer> kinds = strikes.byKind();
    System.out.printf("%n%6s %8s%n", "faults", "copies");
    for (Fault fault : Fault.values()) {
      System.out.printf(
          Locale.ROOT,
          "%6d %,8d  %s%n",
          kinds.getOrDefault(fault, 0),
          copies.byFault().getOrDefault(fault, 0),
          fault.title());
    }
    System.out.printf(
        Locale.ROOT, "%6s %,8d  no answer in time, and none of these%n", "", copies.slow());
    System.out.printf(Locale.ROOT, "%6s %,8d  none of these%n", "", copies.unaccounted());
  }

  private void printFigures(Oracle oracle, Duration drain) {
    System.out.printf(
        Locale.ROOT,
        "%n%,d transactions rolled back, %,d failed, %,d of them by conflict; %,d records"
            + " published, %,d of them copies; the slowest event %.1f s from writing to publishing,"
            + " %.1f s to its effect; drained in %.1f s%n",
        World.total(world.writers, "rolled-back"),
        World.total(world.writers, "failed"),
        World.total(world.writers, "conflicts"),
        oracle.published(),
        oracle.duplicates(),
        oracle.slowestPublished().toMillis() / 1_000.0,
        oracle.slowestEffect().toMillis() / 1_000.0,
        drain.toMillis() / 1_000.0);
  }

  private void printBreaks(String name, List<Break> breaks) {
    for (Break one : breaks.subList(0, Math.min(EXAMPLES, breaks.size()))) {
      System.out.println(name + ": " + one.what());
      strikes.struck().stream()
          .filter(
              fault ->
                  fault.from().isBefore(one.at().plusSeconds(1))
                      && fault.to().isAfter(one.at().minus(SUSPECT)))
          .forEach(fault -> System.out.println("    " + fault));
    }
  }

  private void diagnose() throws IOException {
    System.out.println("stuck; the last that the processes have said:");
    for (Child child : world.children()) {
      System.out.println("--- " + child.name() + "\n" + child.tailOfLog());
    }
  }

  /** As minutes and seconds. */
  static String clock(Duration time) {
    return "%02d:%02d".formatted(time.toMinutes(), time.toSecondsPart());
  }
}
