package io.stagepost.benchmarks.results;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * When and where a row was measured: absolute figures belong to it.
 *
 * @param date when it began, UTC
 * @param commit of the project, with a + if something outside the results was changed since;
 *     "unknown" without Git
 * @param machine its system and its processors
 * @param jdk of everything: harness, broker, contestants
 * @param load the system's load when it began; negative if the system does not tell
 * @param rounds how many counted
 * @param services what it ran on: brokers, databases, and settings that matter
 */
public record Circumstances(
    String date,
    String commit,
    String machine,
    String jdk,
    double load,
    int rounds,
    String services) {
  /**
   * Those of now.
   *
   * @param root the project's folder
   * @param rounds how many will count
   * @param services what runs
   * @return the circumstances
   * @throws IOException if they cannot be read
   */
  public static Circumstances now(Path root, int rounds, String services) throws IOException {
    var system = ManagementFactory.getOperatingSystemMXBean();
    return new Circumstances(
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        commit(root),
        String.format(
            "%s %s, %d × %s",
            system.getName(), system.getArch(), system.getAvailableProcessors(), processor()),
        Runtime.version().toString(),
        Math.round(system.getSystemLoadAverage() * 10) / 10.0,
        rounds,
        services);
  }

  private static String processor() throws IOException {
    Path told = Path.of("/proc/cpuinfo");
    if (!Files.exists(told)) {
      return "processor";
    }
    return Files.readAllLines(told, UTF_8).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("processor");
  }

  private static String commit(Path root) {
    try {
      String head = git(root, "rev-parse", "--short=10", "HEAD");
      String changes =
          git(root, "status", "--porcelain", "--", ".", ":!benchmarks/results", ":!docs");
      return head.isEmpty() ? "unknown" : changes.isEmpty() ? head : head + "+";
    } catch (IOException noGit) {
      return "unknown";
    }
  }

  private static String git(Path root, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .directory(root.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    return new String(process.getInputStream().readAllBytes(), UTF_8).strip();
  }
}
