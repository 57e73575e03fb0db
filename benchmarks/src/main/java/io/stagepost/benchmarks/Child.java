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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A contestant's JVM: of the harness's JDK, with the same options for all, alive for all rounds of
 * a row and idle while others run. It ends when its input does, so it cannot outlive the harness.
 */
public final class Child implements AutoCloseable {
  private static final List<String> OPTIONS =
      List.of("-Xms1g", "-Xmx1g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error");

  private final Process process;
  private final BufferedReader out;
  private final BufferedWriter in;

  private Child(Process process) {
    this.process = process;
    this.out = process.inputReader(UTF_8);
    this.in = process.outputWriter(UTF_8);
  }

  /**
   * Starts one.
   *
   * @param root the project's folder
   * @param launch what to start
   * @param options of its JVM, after those that all have
   * @return the running child
   * @throws IOException if it cannot be started
   */
  public static Child start(Path root, Launch launch, List<String> options) throws IOException {
    Path target = root.resolve(launch.module()).resolve("target");
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
    command.add(launch.mainClass());
    command.add(launch.argument());
    return new Child(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  Result run(Job job) throws IOException {
    return Result.parse(ask(job.line()));
  }

  /**
   * Has it do something.
   *
   * @param line what
   * @return its answer
   * @throws IOException if it cannot be reached
   * @throws BenchmarkException if it failed
   */
  public String ask(String line) throws IOException {
    in.write(line);
    in.newLine();
    in.flush();
    for (String said = out.readLine(); said != null; said = out.readLine()) {
      if (said.startsWith(Driver.RESULT)) {
        return said.substring(Driver.RESULT.length());
      }
      if (said.startsWith(Driver.FAILED)) {
        throw new BenchmarkException(
            "it failed: " + said.substring(Driver.FAILED.length()) + " (its trace is above).");
      }
    }
    throw new BenchmarkException(
        "its JVM ended in the middle of a run; its output above says why.");
  }

  /**
   * Its process.
   *
   * @return the process id
   */
  public long pid() {
    return process.pid();
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

  /** Children by what was launched; all end together. */
  static final class Family implements AutoCloseable {
    private final Path root;
    private final Map<Launch, Child> children = new HashMap<>();

    Family(Path root) {
      this.root = root;
    }

    /** The child that does this contender's jobs, started when it is first asked for. */
    Child of(Contender contender, List<String> options) throws IOException {
      Child child = children.get(contender.launch());
      if (child == null) {
        child = start(root, contender.launch(), options);
        children.put(contender.launch(), child);
      }
      return child;
    }

    @Override
    public void close() throws IOException {
      for (Child child : children.values()) {
        child.close();
      }
    }
  }
}
