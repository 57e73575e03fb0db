package io.stagepost.samples.shop.launcher;

import java.io.PrintStream;
import java.time.Duration;

/**
 * What people watch: messages, and a status line that is rewritten in place on a terminal and
 * repeated every other second elsewhere. Thread-safe.
 */
final class Terminal {
  private static final Duration REPEAT = Duration.ofSeconds(2);

  private final PrintStream out;
  private final boolean inPlace;
  private final int columns;
  private String shown = "";
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
    if (inPlace) {
      out.print(shown);
    }
    out.flush();
  }

  /** Shows how things stand now. */
  synchronized void status(String line) {
    if (inPlace) {
      wipe();
      shown = line.length() < columns ? line : line.substring(0, columns - 1);
      out.print(shown);
      out.flush();
    } else if (System.nanoTime() - lastStatus >= REPEAT.toNanos()) {
      lastStatus = System.nanoTime();
      out.println(line);
      out.flush();
    }
  }

  /** Shows how things stood at last, and keeps it. */
  synchronized void lastStatus(String line) {
    wipe();
    shown = "";
    out.println(line);
    out.flush();
  }

  private void wipe() {
    if (inPlace && !shown.isEmpty()) {
      out.print("\r\033[K");
    }
  }
}
