package io.stagepost.benchmarks.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.OperatingSystemMXBean;
import io.stagepost.dlq.Filter;
import io.stagepost.dlq.Ledger;
import io.stagepost.dlq.Letters;
import io.stagepost.dlq.Plan;
import io.stagepost.dlq.Planner;
import io.stagepost.dlq.Replay;
import io.stagepost.dlq.Terms;
import io.stagepost.spi.Transport;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** The JVM of one run: does it, and prints its figures, each as a name and a number. */
final class Contestant {
  static final String FIGURE = "figure ";

  private Contestant() {}

  /** What it does. */
  enum Side {
    OURS,
    RAW
  }

  public static void main(String[] args) throws Exception {
    Side side = Side.valueOf(args[0]);
    Site site = new Site(Site.Kind.valueOf(args[1]), args[2], args[3], args[4]);
    if (side == Side.OURS) {
      ours(site);
    } else {
      if (site.kind() == Site.Kind.KAFKA) { // as ours does before it replays
        Watch peek = new Watch();
        RawCopy.read(site, letter -> {});
        peek.stop("peek");
      }
      Watch replay = new Watch();
      long copied = site.kind() == Site.Kind.KAFKA ? RawCopy.kafka(site) : RawCopy.amqp(site);
      replay.stop("replay");
      figure("letters", (double) copied);
    }
    figure("peak MiB", peakMebibytes());
    Runtime.getRuntime().exit(0);
  }

  private static void ours(Site site) throws IOException {
    String ledgerAddress = site.letters() + ".ledger-" + UUID.randomUUID();
    try (Transport transport = site.connect();
        Ledger ledger = Ledger.of(transport, ledgerAddress, "benchmark")) {
      ledger.provision(site.letters());
      Letters letters = Letters.on(transport);
      Watch peek = new Watch();
      letters.read(site.letters(), Filter.all(), letter -> true);
      peek.stop("peek");
      Watch grouping = new Watch();
      figure("groups", letters.groups(site.letters(), Filter.all()).size());
      grouping.stop("grouping");
      Watch planning = new Watch();
      Plan plan =
          Planner.of(transport, ledger, "benchmark")
              .on(Terms.replay().to(site.target()))
              .plan(site.letters());
      planning.stop("plan");
      Watch replay = new Watch();
      Replay.Report report =
          new Replay(transport, ledger, plan, Replay.Settings.defaults()).run(progress -> {});
      replay.stop("replay");
      if (report.outcome() != Replay.Report.Outcome.DONE) {
        throw new IllegalStateException(report.toString());
      }
      figure("letters", (double) report.progress().noted());
    }
  }

  /** Wall time, and the processor time of the whole process, in seconds. */
  private static final class Watch {
    private static final OperatingSystemMXBean SYSTEM =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private final long start = System.nanoTime();
    private final long cpu = SYSTEM.getProcessCpuTime();

    void stop(String what) {
      figure(what, (System.nanoTime() - start) / 1e9);
      figure(what + " cpu", (SYSTEM.getProcessCpuTime() - cpu) / 1e9);
    }
  }

  private static void figure(String name, double value) {
    System.out.println(FIGURE + name + "=" + value);
  }

  /** The most memory that this process has had, all of it, as Linux tells. */
  private static double peakMebibytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status"), UTF_8).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToDouble(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024.0)
        .findFirst()
        .orElse(0);
  }
}
