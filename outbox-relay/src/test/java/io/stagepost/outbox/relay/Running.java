package io.stagepost.outbox.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The command as a process of its own, and what it writes. */
final class Running implements AutoCloseable {
  /**
   * What came of a command within this process.
   *
   * @param code the exit code
   * @param out standard output
   * @param err standard error
   */
  record Result(int code, String out, String err) {}

  private final Process process;
  private final Path out;
  private final Path err;

  private Running(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /** Runs the command within this process. */
  static Result here(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = RelayCommand.run(new PrintWriter(out), new PrintWriter(err), words);
    return new Result(code, out.toString(), err.toString());
  }

  /** Starts the command, with an environment of its own. */
  static Running start(Path folder, Map<String, String> environment, String... words)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                String.join(File.pathSeparator, classPath()),
                RelayCommand.class.getName()));
    command.addAll(List.of(words));
    return start(folder, environment, command);
  }

  /** Starts a command of any kind. */
  static Running start(Path folder, Map<String, String> environment, List<String> command)
      throws IOException {
    Path out = Files.createTempFile(folder, "relay", ".out");
    Path err = Files.createTempFile(folder, "relay", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("RELAY_"));
    builder.environment().putAll(environment);
    return new Running(builder.start(), out, err);
  }

  /** Without the tests' own log. */
  static List<String> classPath() {
    String tests = System.getProperty("surefire.test.class.path");
    return Arrays.stream(
            (tests == null ? System.getProperty("java.class.path") : tests)
                .split(File.pathSeparator))
        .filter(entry -> !entry.contains("slf4j-simple"))
        .toList();
  }

  String out() {
    return read(out);
  }

  String err() {
    return read(err);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  boolean isStarted() {
    if (!process.isAlive()) {
      throw new AssertionError("It ended with " + process.exitValue() + ": " + err());
    }
    return out().contains("state=started");
  }

  /** SIGTERM. */
  void terminate() {
    process.destroy();
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
  }

  /** Waits for its end. */
  int exitCode() throws InterruptedException {
    if (!process.waitFor(180, TimeUnit.SECONDS)) {
      throw new AssertionError("It does not end: " + out() + err());
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
