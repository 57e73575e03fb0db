package io.stagepost.samples.shop;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Runs {@code expected/Expected.java}, which knows the rules and nothing of the shop's code. */
public final class ExpectedProgram {
  private ExpectedProgram() {}

  /** Compares a report with what is expected of an input; empty if it is as expected. */
  public static String differences(Path report, Path input)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                Path.of("expected", "Expected.java").toString(),
                "--compare",
                report.toString(),
                input.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (!process.waitFor(1, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IOException("Expected.java does not end");
    }
    return process.exitValue() == 0 ? "" : output;
  }
}
