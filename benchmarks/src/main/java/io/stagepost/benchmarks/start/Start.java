package io.stagepost.benchmarks.start;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.benchmarks.BenchmarkException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One start of a service.
 *
 * @param millis from before its process was begun until it had handled the event
 * @param cpuMillis of its process by then
 */
record Start(double millis, double cpuMillis) {
  private static final String HANDLED = "handled";
  private static final int MINUTES = 1;

  /** What all services are started with; the rest is as the JVM chooses it. */
  private static final List<String> JVM =
      List.of("-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error");

  /**
   * Starts a service, waits until it has handled its event, and lets it end.
   *
   * @param options of its JVM, beside those that all have
   * @throws BenchmarkException if it does not handle the event, or does not end, within a minute
   */
  static Start of(Service service, Path root, List<String> options, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM);
    command.add(
        "-Djava.util.logging.config.file="
            + root.resolve(".mvn").resolve("test-logging.properties"));
    command.addAll(options);
    command.addAll(List.of("-cp", service.classPath(root), service.mainClass()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    long began = System.nanoTime();
    Process process = builder.start();
    CompletableFuture<?> late =
        CompletableFuture.runAsync(
            process::destroyForcibly, CompletableFuture.delayedExecutor(MINUTES, TimeUnit.MINUTES));
    try (BufferedReader out = process.inputReader(UTF_8)) {
      String line = out.readLine();
      while (line != null && !line.equals(HANDLED)) {
        line = out.readLine();
      }
      double millis = (System.nanoTime() - began) / 1e6;
      Duration cpu = process.info().totalCpuDuration().orElse(Duration.ZERO);
      process.getOutputStream().close();
      int exit = process.waitFor();
      if (line == null || exit != 0) {
        throw new BenchmarkException(
            service.key()
                + (line == null ? " has not handled its event" : " has not ended in order")
                + " within a minute, or failed with "
                + exit
                + "; its output above says why.");
      }
      return new Start(millis, cpu.toNanos() / 1e6);
    } finally {
      late.cancel(false);
      process.destroyForcibly();
    }
  }
}
