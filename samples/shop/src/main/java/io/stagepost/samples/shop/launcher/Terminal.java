package io.stagepost.samples.shop.launcher;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What people watch: messages, and below them how things stand, rewritten in place on a terminal
 * and repeated every other second elsewhere. Thread-safe.
 */
final class Terminal {
  private static final Duration REPEAT = Duration.ofSeconds(2);

  private final PrintStream out;
  private final boolean inPlace;
  private final int columns;
  private List<String> shown = List.of();
  private long lastStatus = System.nanoTime() - REPEAT.toNanos();

  Terminal(PrintStream out, boolean inPlace, int columns) {
    this.out = out;
    this.inPlace = inPlace;
    this.columns = columns;
  }

  /** Says something that stays. */
  synchronized void say(String message) {
    wipe();
    out.println(message);
    show();
  }

  /** Shows how things stand now. */
  synchronized void status(List<String> lines) {
    if (inPlace) {
      wipe();
      shown = lines;
      show();
    } else if (System.nanoTime() - lastStatus >= REPEAT.toNanos()) {
      lastStatus = System.nanoTime();
      out.println(inOne(lines));
    }
  }

  /** Shows how things stood at last, and keeps it. */
  synchronized void lastStatus(List<String> lines) {
    wipe();
    shown = List.of();
    out.println(inPlace ? String.join(System.lineSeparator(), lines) : inOne(lines));
  }

  private static String inOne(List<String> lines) {
    return lines.stream().map(String::strip).collect(Collectors.joining(" | "));
  }

  private void show() {
    for (String line : shown) {
      out.println(line.length() < columns ? line : line.substring(0, columns - 1));
    }
  }

  private void wipe() {
    if (!shown.isEmpty()) {
      out.print("\033[" + shown.size() + "A\033[J"); // up to the first line, and clear from there
    }
  }
}
