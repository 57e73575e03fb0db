package io.stagepost.benchmarks.model;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/**
 * Prints the tables of docs/scaling.md that are measured. Processor time, heap and threads are
 * those of this JVM, so that what else the machine does shows little.
 */
public final class Costs {
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private static final int ROUNDS = 5;

  private Costs() {}

  /**
   * Prints them.
   *
   * @param args what to measure: {@code engine}, {@code subscriptions}, {@code partitions}; all
   *     three if empty
   * @throws Exception if a broker cannot be started, or an event does not come
   */
  public static void main(String[] args) throws Exception {
    for (String what :
        args.length == 0 ? new String[] {"engine", "subscriptions", "partitions"} : args) {
      switch (what) {
        case "engine" -> engine();
        case "subscriptions" -> {
          SubscriptionCosts.inMemory(1, 10, 100, 500);
          SubscriptionCosts.onKafka(1, 10, 50);
        }
        case "partitions" -> SubscriptionCosts.ofPartitions(1, 30, 100, 300, 1_000, 2_000);
        default -> throw new IllegalArgumentException("Nothing to measure called " + what);
      }
    }
  }

  private static void engine() throws Exception {
    print("| keys | events | ns/event | bytes allocated/event | heap kept, KiB |");
    print("|---|---|---|---|---|");
    for (int keys : new int[] {10, 1_000, 100_000, 10_000_000}) {
      try (EngineCosts engine = new EngineCosts(16, 1_000)) {
        int events = Math.max(keys, 2_000_000);
        engine.handle(keys, events);
        long before = usedHeap();
        double nanos = Double.MAX_VALUE;
        for (int i = 0; i < ROUNDS; i++) {
          double all = cpuNanos(() -> engine.handle(keys, events));
          nanos = Math.min(nanos, (all - cpuNanos(() -> EngineCosts.make(keys, events))) / events);
        }
        long allocated = engine.allocated(keys);
        print(
            "| %,d | %,d | %.0f | %d | %d |",
            keys, events, nanos, allocated, (usedHeap() - before) / 1024);
      }
    }
    print("%n| waiting in the engine | bytes of heap for each event, beside the event |");
    print("|---|---|");
    for (int lanes : new int[] {100_000, 1_000, 1}) {
      try (EngineCosts engine = new EngineCosts(1, 100_001)) {
        print("| 100,000 events in %,d lanes | %d |", lanes, engine.heapOfWaiting(lanes, 100_000));
      }
    }
  }

  // ---- for all of them

  /** Of all threads of the process, the collector's and compiler's included. */
  static double cpuNanos(Callable<?> what) throws Exception {
    long before = SYSTEM.getProcessCpuTime();
    Object unused = what.call();
    return SYSTEM.getProcessCpuTime() - before;
  }

  /** After a collection. */
  static long usedHeap() {
    System.gc();
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** How many threads there are of each name beside some, numbers and identifiers left out. */
  static Map<String, Integer> threads(Set<Thread> before) {
    Map<String, Integer> counts = new TreeMap<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (!before.contains(thread)) {
        counts.merge(thread.getName().replaceAll("[0-9].*", "#"), 1, Integer::sum);
      }
    }
    return counts;
  }

  static void print(String format, Object... arguments) {
    System.out.println(String.format(Locale.ROOT, format, arguments));
  }
}
