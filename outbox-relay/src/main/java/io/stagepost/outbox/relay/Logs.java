package io.stagepost.outbox.relay;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.temporal.ChronoUnit;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Where the library's log goes: to standard error, a line each. */
final class Logs {
  /** Kept, since the JDK would forget its level. */
  private static final Logger OURS = Logger.getLogger("io.stagepost");

  private Logs() {}

  /**
   * Shows it.
   *
   * @param running whether what the relay reports is wanted; else only what is asked for
   * @param verbose whether the clients' warnings and stack traces are wanted too
   */
  static void show(boolean running, boolean verbose, PrintWriter err) {
    Logger all = Logger.getLogger("");
    for (Handler handler : all.getHandlers()) {
      all.removeHandler(handler);
    }
    all.addHandler(new ToStandardError(err, verbose));
    all.setLevel(verbose ? Level.WARNING : Level.OFF);
    OURS.setLevel(running ? Level.INFO : verbose ? Level.WARNING : Level.OFF);
  }

  private static final class ToStandardError extends Handler {
    private final PrintWriter err;

    ToStandardError(PrintWriter err, boolean verbose) {
      this.err = err;
      setFormatter(new Line(verbose));
    }

    @Override
    public void publish(LogRecord record) {
      err.print(getFormatter().format(record));
      err.flush();
    }

    @Override
    public void flush() {
      err.flush();
    }

    @Override
    public void close() {
      err.flush();
    }
  }

  private static final class Line extends Formatter {
    private final boolean traces;

    Line(boolean traces) {
      this.traces = traces;
    }

    @Override
    public String format(LogRecord record) {
      Throwable thrown = record.getThrown();
      StringWriter text = new StringWriter();
      PrintWriter line = new PrintWriter(text);
      line.print(record.getInstant().truncatedTo(ChronoUnit.MILLIS));
      line.print(" " + record.getLevel() + " " + formatMessage(record));
      if (thrown != null && !traces) {
        line.print(" (" + thrown + ")");
      }
      line.println();
      if (thrown != null && traces) {
        thrown.printStackTrace(line);
      }
      return text.toString();
    }
  }
}
