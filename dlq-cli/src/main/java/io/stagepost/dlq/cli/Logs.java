package io.stagepost.dlq.cli;

import java.io.PrintWriter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * What the library and the brokers' clients log: nothing of it is shown unless asked for, since
 * what matters of it comes as an error as well.
 */
final class Logs {
  private Logs() {}

  static void show(boolean verbose, PrintWriter err) {
    Logger all = Logger.getLogger("");
    for (Handler handler : all.getHandlers()) {
      all.removeHandler(handler);
    }
    all.setLevel(verbose ? Level.WARNING : Level.OFF);
    if (verbose) {
      all.addHandler(new ToStandardError(err));
    }
  }

  private static final class ToStandardError extends Handler {
    private final PrintWriter err;

    ToStandardError(PrintWriter err) {
      this.err = err;
      setFormatter(new SimpleFormatter());
    }

    @Override
    public void publish(LogRecord record) {
      err.print(Remedies.in(getFormatter().format(record)));
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
}
