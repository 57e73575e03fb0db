package io.stagepost.dlq.cli;

import io.stagepost.dlq.Replay;
import io.stagepost.dlq.Replay.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Shows how far a run is, on standard error: a bar that is drawn again and again on a terminal, and
 * elsewhere a line every few seconds. Not thread-safe.
 */
final class ProgressLine implements Replay.Listener {
  private static final Duration BETWEEN = Duration.ofSeconds(5);
  private static final int BAR = 20;

  private final PrintWriter err;
  private final int columns;
  private final String done;
  private final long begun = System.nanoTime();
  private long told = begun - BETWEEN.toNanos();
  private boolean isDrawn;

  /**
   * For a run.
   *
   * @param columns how wide the terminal is; 0 if there is none
   * @param done what has happened to a letter: sent, parked
   */
  ProgressLine(PrintWriter err, int columns, String done) {
    this.err = err;
    this.columns = columns;
    this.done = done;
  }

  @Override
  public void progress(Progress progress) {
    long now = System.nanoTime();
    if (columns > 0) {
      String line = line(progress, now - begun);
      int room = columns - 1;
      err.print("\r" + (line.length() > room ? line.substring(0, room) : line) + "\u001b[K");
      err.flush();
      isDrawn = true;
    } else if (now - told >= BETWEEN.toNanos()) {
      told = now;
      err.println(line(progress, now - begun));
      err.flush();
    }
  }

  /** Leaves the bar where it is. */
  void end() {
    if (isDrawn) {
      err.println();
      err.flush();
    }
  }

  private String line(Progress progress, long nanos) {
    long ready = progress.before() + progress.noted();
    long failed = progress.refused() + progress.unknown();
    double rate = nanos == 0 ? 0 : progress.noted() * 1e9 / nanos;
    long left = progress.planned() - ready - failed;
    StringBuilder text = new StringBuilder();
    if (columns > 60) {
      int full =
          (int) (progress.planned() == 0 ? BAR : BAR * (ready + failed) / progress.planned());
      text.append('[').append("=".repeat(full)).append(" ".repeat(BAR - full)).append("] ");
    }
    text.append(ready).append('/').append(progress.planned()).append(' ').append(done);
    text.append(String.format(Locale.ROOT, ", %.0f/s", rate));
    if (left > 0 && rate > 0) {
      text.append(", ")
          .append(Time.shortly(Duration.ofSeconds((long) (left / rate))))
          .append(" left");
    }
    if (progress.died() > 0) {
      text.append(", ").append(progress.died()).append(" came back");
    }
    if (failed > 0) {
      text.append(", ").append(failed).append(" failed: ").append(groups(progress.failedGroups()));
    }
    return text.toString();
  }

  private static String groups(Map<String, Long> groups) {
    return groups.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(5)
        .map(each -> each.getKey() + " " + each.getValue())
        .collect(Collectors.joining(", "));
  }
}
