package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Runs the command: within this process, or as one of its own. */
final class Cli {
  private Cli() {}

  /**
   * What came of it.
   *
   * @param code the exit code
   * @param out standard output
   * @param err standard error
   */
  record Result(int code, String out, String err) {}

  static Result run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = DlqCommand.run(new PrintWriter(out), new PrintWriter(err), args);
    return new Result(code, out.toString(), err.toString());
  }

  /** As the script starts it, but for the archive of classes. */
  static ProcessBuilder process(String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(classPath());
    command.add("io.stagepost.dlq.cli.DlqCommand");
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("DLQ_BROKER");
    builder.environment().remove("COLUMNS");
    return builder;
  }

  /** The command's, and that of the tests. */
  static String classPath() {
    String tests = System.getProperty("surefire.test.class.path");
    return Arrays.stream(
            (tests == null ? System.getProperty("java.class.path") : tests)
                .split(File.pathSeparator))
        .filter(entry -> !entry.contains("slf4j-simple")) // which is the tests'
        .collect(Collectors.joining(File.pathSeparator));
  }

  static Result finish(Process process) throws IOException, InterruptedException {
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    return new Result(process.waitFor(), out, err);
  }
}
