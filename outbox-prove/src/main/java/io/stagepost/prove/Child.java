package io.stagepost.prove;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A process of the run, started again whenever it dies, with what it has counted over all its
 * lives. It ends with the run, whose end closes its standard input. Thread-safe.
 */
final class Child implements AutoCloseable {
  private static final long AT_WORK_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);
  private static final int TAIL = 12;

  private final Wiring wiring;
  private final Class<?> main;
  private final Path log;
  private final Map<String, Long> earlier = new HashMap<>();
  private final Map<String, Long> current = new HashMap<>();
  private @Nullable Process process;
  private long workedAt = System.nanoTime() - AT_WORK_NANOS;
  private boolean busy;
  private boolean closed;

  Child(Wiring wiring, Class<?> main, Path log) {
    this.wiring = wiring;
    this.main = main;
    this.log = log;
  }

  String name() {
    return wiring.name();
  }

  synchronized void start() {
    if (closed) {
      return;
    }
    current.forEach((name, value) -> earlier.merge(name, value, Long::sum));
    current.clear();
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "-Xmx160m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-Djava.util.logging.SimpleFormatter.format=%1$tT.%1$tL %4$s %3$s %5$s%6$s%n",
                main.getName()));
    command.addAll(wiring.arguments());
    try {
      Process started =
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      process = started;
      Role.start(name(), () -> listen(started));
      var unused = started.onExit().thenAcceptAsync(this::died);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private void died(Process dead) {
    synchronized (this) {
      if (closed || dead != process) {
        return;
      }
    }
    // A moment's delay: one that cannot start should not take the processor from the others.
    CompletableFuture.delayedExecutor(
            300 + ThreadLocalRandom.current().nextInt(500), TimeUnit.MILLISECONDS)
        .execute(this::start);
  }

  private void listen(Process from) {
    try (BufferedReader in = from.inputReader(StandardCharsets.UTF_8)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        heard(line);
      }
    } catch (IOException dead) {
      // its end
    }
  }

  /** Takes {@code name=value} pairs. */
  private synchronized void heard(String line) {
    for (String pair : line.trim().split(" ", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        String name = pair.substring(0, equals);
        long value = Long.parseLong(pair.substring(equals + 1));
        Long before = current.put(name, value);
        if (name.equals("worked") && value > (before == null ? 0 : before)) {
          workedAt = System.nanoTime();
        }
      }
    }
  }

  /** What it has counted in all its lives, but for the last tenth of a second of each. */
  synchronized long total(String counter) {
    return earlier.getOrDefault(counter, 0L) + current.getOrDefault(counter, 0L);
  }

  /** Whether it lives, has done something just now, and nothing else is being done to it. */
  synchronized boolean isAtWork() {
    return !busy
        && process != null
        && process.isAlive()
        && System.nanoTime() - workedAt < AT_WORK_NANOS;
  }

  /** Has nothing else done to it until {@link #leave()}; false if something is. */
  synchronized boolean take() {
    boolean free = !busy;
    busy = true;
    return free;
  }

  synchronized void leave() {
    busy = false;
  }

  /** Ends it by SIGKILL, to be started again. */
  void kill() throws InterruptedException {
    Process victim = running();
    victim.destroyForcibly().waitFor();
  }

  Signals.Stopped stop() throws IOException {
    return Signals.stop(List.of(running().pid()));
  }

  /** Gives an order. */
  void tell(String order) throws IOException {
    var input = running().getOutputStream();
    input.write((order + "\n").getBytes(StandardCharsets.UTF_8));
    input.flush();
  }

  private synchronized Process running() {
    if (process == null) {
      throw new IllegalStateException(name() + " was never started");
    }
    return process;
  }

  /** The last lines of its log. */
  String tailOfLog() throws IOException {
    if (!Files.exists(log)) {
      return "";
    }
    List<String> lines =
        new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL), lines.size()));
  }

  @Override
  public void close() {
    Process last;
    synchronized (this) {
      closed = true;
      last = process;
    }
    if (last != null) {
      last.destroyForcibly();
    }
  }
}
