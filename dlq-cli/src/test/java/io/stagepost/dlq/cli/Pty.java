package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process at a terminal that a person sits at: util-linux's {@code script} makes one. */
final class Pty implements AutoCloseable {
  static final char CTRL_C = 3;
  private static final Duration SLOW = Duration.ofSeconds(60);

  private final Process process;
  private final StringBuilder screen = new StringBuilder();
  private final Thread reader = new Thread(this::read, "terminal");

  Pty(ProcessBuilder script) throws IOException {
    process = script.redirectErrorStream(true).start();
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    try (Reader output = new InputStreamReader(process.getInputStream(), UTF_8)) {
      char[] some = new char[1024];
      for (int count = output.read(some); count >= 0; count = output.read(some)) {
        synchronized (screen) {
          screen.append(some, 0, count);
        }
      }
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  /** Until the terminal shows this. */
  void awaitText(String text) {
    await()
        .atMost(SLOW)
        .untilAsserted(
            () ->
                assertThat(shown())
                    .as("%s", process.isAlive() ? "at work" : "ended")
                    .contains(text));
  }

  void type(String keys) throws IOException {
    process.getOutputStream().write(keys.getBytes(UTF_8));
    process.getOutputStream().flush();
  }

  /** How it ended. */
  int exitCode() throws InterruptedException {
    assertThat(process.waitFor(SLOW.toSeconds(), TimeUnit.SECONDS)).as(shown()).isTrue();
    reader.join(SLOW.toMillis());
    return process.exitValue();
  }

  String shown() {
    synchronized (screen) {
      return screen.toString();
    }
  }

  /** What was written from line begin to line end, also if it was written over later. */
  List<String> lines() {
    return Arrays.stream(shown().split("[\r\n]+", -1))
        .map(line -> line.replaceAll("\u001b\\[[0-9;]*[a-zA-Z]", ""))
        .toList();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
