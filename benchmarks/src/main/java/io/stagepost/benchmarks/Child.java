package io.stagepost.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.benchmarks.contestant.Driver;
import io.stagepost.benchmarks.contestant.Job;
import io.stagepost.benchmarks.contestant.Result;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A contestant's JVM: of the harness's JDK, with the same options for all, alive for all rounds of
 * a row and idle while others run. It ends when its input does, so it cannot outlive the harness.
 */
final class Child implements AutoCloseable {
  private static final List<String> OPTIONS =
      List.of("-Xms1g", "-Xmx1g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error");

  private final String name;
  private final Process process;
  private final BufferedReader out;
  private final BufferedWriter in;

  private Child(String name, Process process) {
    this.name = name;
    this.process = process;
    this.out = process.inputReader(UTF_8);
    this.in = process.outputWriter(UTF_8);
  }

  /**
   * Starts one.
   *
   * @param root the project's folder
   * @param contestant whom
   * @param options further options of the JVM
   */
  static Child start(Path root, Contender contestant, List<String> options) throws IOException {
    Path target = root.resolve(contestant.launch().module()).resolve("target");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(OPTIONS);
    command.add(
        "-Djava.util.logging.config.file="
            + root.resolve(".mvn").resolve("test-logging.properties"));
    command.addAll(options);
    command.add("-cp");
    command.add(
        target.resolve("classes")
            + File.pathSeparator
            + target.resolve("lib")
            + File.separator
            + "*");
    command.add(contestant.launch().mainClass());
    command.add(contestant.launch().argument());
    return new Child(
        contestant.name(),
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  Result run(Job job) throws IOException {
    in.write(job.line());
    in.newLine();
    in.flush();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith(Driver.RESULT)) {
        return Result.parse(line.substring(Driver.RESULT.length()));
      }
      if (line.startsWith(Driver.FAILED)) {
        throw new BenchmarkException(
            name + " failed: " + line.substring(Driver.FAILED.length()) + " (its trace is above).");
      }
    }
    throw new BenchmarkException(
        name + ": its JVM ended in the middle of a run; its output above says why.");
  }

  @Override
  public void close() throws IOException {
    try {
      in.close();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
