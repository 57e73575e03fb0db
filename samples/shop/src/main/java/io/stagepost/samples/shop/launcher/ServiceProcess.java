package io.stagepost.samples.shop.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A service as a process of its own, started again whenever it dies. It ends with the launcher,
 * whose end closes its standard input. Thread-safe.
 */
final class ServiceProcess implements AutoCloseable {
  private static final int RESTARTS = 10;
  private static final int TAIL = 25;

  private final String name;
  private final Class<?> main;
  private final Map<String, String> environment;
  private final Path log;
  private final Terminal terminal;
  private final Consumer<String> failure;
  private @Nullable Process process;
  private int restarts;
  private boolean closed;

  /**
   * A service, not yet started.
   *
   * @param failure told when it has died too often
   */
  ServiceProcess(
      String name,
      Class<?> main,
      Map<String, String> environment,
      Path log,
      Terminal terminal,
      Consumer<String> failure) {
    this.name = name;
    this.main = main;
    this.environment = environment;
    this.log = log;
    this.terminal = terminal;
    this.failure = failure;
  }

  synchronized void start() {
    terminal.say("%s is process %d".formatted(name, launch().pid()));
  }

  private Process launch() {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.log.org.apache.kafka=error",
            "-Dorg.slf4j.simpleLogger.log.com.rabbitmq.client.amqp=error",
            "-Djava.util.logging.SimpleFormatter.format=%1$tT.%1$tL %4$s %3$s %5$s%6$s%n",
            main.getName());
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    try {
      Process started = builder.start();
      process = started;
      var unused = started.onExit().thenAcceptAsync(this::died);
      return started;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private synchronized void died(Process dead) {
    if (closed || dead != process) {
      return;
    }
    if (restarts == RESTARTS) {
      failure.accept(
          "%s died %d times, the last time with exit code %d"
              .formatted(name, RESTARTS + 1, dead.exitValue()));
      return;
    }
    restarts++;
    // A moment's delay: a service that cannot start should not take the processor from the others.
    CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS).execute(() -> restart(dead));
  }

  private synchronized void restart(Process dead) {
    if (!closed) {
      terminal.say(
          "%s (process %d) died with exit code %d; restarted as process %d"
              .formatted(name, dead.pid(), dead.exitValue(), launch().pid()));
    }
  }

  /**
   * Ends it by SIGKILL, to be started again as after any death.
   *
   * @return false if it was not running
   */
  boolean kill() throws InterruptedException {
    Process victim;
    synchronized (this) {
      victim = process;
    }
    if (victim == null || !victim.isAlive()) {
      return false;
    }
    victim.destroyForcibly().waitFor();
    return true;
  }

  /** Ends it in order, and starts its next release, which knows one setting more. */
  void upgrade(String variable, String value) {
    close();
    synchronized (this) {
      environment.put(variable, value);
      closed = false;
      start();
    }
  }

  /** Makes ready to stop it, so that to stop it takes no time; null if it is not running. */
  @Nullable Stopper stopper() throws IOException {
    Process running;
    synchronized (this) {
      running = process;
    }
    return running == null || !running.isAlive() ? null : Stopper.of(running.pid());
  }

  /**
   * Stops a process by SIGSTOP, until it is closed. A shell waits for the end of its input to
   * continue the process, so that it also goes on, and ends, when this process is killed.
   */
  static final class Stopper implements AutoCloseable {
    private static final String SCRIPT =
        "trap '' INT HUP; read -r begin || exit; kill -STOP \"$1\" && echo stopped || echo gone;"
            + " read -r end; kill -CONT \"$1\"";

    private final Process shell;

    private Stopper(Process shell) {
      this.shell = shell;
    }

    private static Stopper of(long pid) throws IOException {
      return new Stopper(
          new ProcessBuilder("/bin/sh", "-c", SCRIPT, "stop", Long.toString(pid))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start());
    }

    /** Stops it; returns false if it is gone. */
    boolean stop() throws IOException {
      shell.getOutputStream().write('\n');
      shell.getOutputStream().flush();
      return "stopped".equals(shell.inputReader().readLine());
    }

    /** Continues it. */
    @Override
    public void close() throws IOException {
      shell.getOutputStream().close();
      shell.onExit().join();
    }
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

  String name() {
    return name;
  }

  /** Asks it to end, without waiting; returns what to wait for, if there is anything. */
  synchronized @Nullable Process stop() {
    closed = true;
    if (process != null) {
      try {
        process.getOutputStream().close();
      } catch (IOException gone) {
        process.destroy();
      }
    }
    return process;
  }

  /** Waits for its end, and makes sure of it. */
  @Override
  public void close() {
    Process last = stop();
    try {
      if (last != null && !last.waitFor(10, TimeUnit.SECONDS)) {
        last.destroyForcibly().waitFor();
      }
    } catch (InterruptedException interrupted) {
      last.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
