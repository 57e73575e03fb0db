package io.stagepost.prove;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Signals to processes of the run, by their ids. */
final class Signals {
  /**
   * Waits for the end of its input to continue them: so they also go on when this run is killed.
   */
  private static final String STOP =
      "trap '' INT HUP; kill -STOP \"$@\" && echo stopped || echo gone; read -r end;"
          + " kill -CONT \"$@\"";

  private static final int AWAIT_SECONDS = 2;

  private Signals() {}

  /** A process and all below it. */
  static List<Long> family(long pid) {
    return ProcessHandle.of(pid).stream()
        .flatMap(head -> Stream.concat(Stream.of(head), head.descendants()))
        .map(ProcessHandle::pid)
        .toList();
  }

  /** Ends processes by SIGKILL, at once. */
  static void kill(List<Long> pids) throws InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", "-KILL"));
    pids.forEach(pid -> command.add(pid.toString()));
    try {
      new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start().waitFor();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    for (Long pid : pids) {
      ProcessHandle.of(pid).ifPresent(Signals::awaitEnd);
    }
  }

  /** Nobody may reap what was another's child, so the wait is short. */
  private static void awaitEnd(ProcessHandle process) {
    process.onExit().completeOnTimeout(process, AWAIT_SECONDS, TimeUnit.SECONDS).join();
  }

  /** Processes that are stopped, until this is closed. */
  static final class Stopped implements AutoCloseable {
    private final Process shell;
    private final boolean stopped;

    private Stopped(Process shell) throws IOException {
      this.shell = shell;
      this.stopped = "stopped".equals(shell.inputReader().readLine());
    }

    /** Whether all were there. */
    boolean isTrue() {
      return stopped;
    }

    /** Continues them. */
    @Override
    public void close() throws IOException {
      shell.getOutputStream().close();
      shell.onExit().join();
    }
  }

  /** Stops processes by SIGSTOP. */
  static Stopped stop(List<Long> pids) throws IOException {
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", STOP, "stop"));
    pids.forEach(pid -> command.add(pid.toString()));
    return new Stopped(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start());
  }
}
