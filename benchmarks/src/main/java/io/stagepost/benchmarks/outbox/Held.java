package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.Child;
import io.stagepost.benchmarks.contestant.outbox.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;

/**
 * What our relay takes of the processors for each letter, minute by minute, at 1,000 letters a
 * second, while somebody else's transaction stays open: the first minute without it, then as many
 * with it as were asked for, and one more after it has ended. The relay has a JVM and a database
 * session of its own, so both are measured apart from the writers.
 */
final class Held {
  private static final int PER_SECOND = 1_000;
  private static final int LETTERS = 60 * PER_SECOND;

  /** As Linux counts the processor time of a process: in hundredths of a second. */
  private static final double TICKS = 100;

  private static final String RELAY = "relay";

  private final Bench bench;

  Held(Bench bench) {
    this.bench = bench;
  }

  /** What is held open. */
  enum What {
    /** A transaction that has written a row. */
    XID,
    /** A transaction that only reads, by one snapshot. */
    SNAPSHOT
  }

  /** Prints a table: each row is a minute. */
  void measure(String name, What what) throws Exception {
    int minutes = bench.options().minutes();
    System.out.printf(
        "%s: processor time of the relay, by minute%n%n"
            + "| minute | held | letters sent | relay, µs/letter | its session, µs/letter |%n"
            + "|---|---|---|---|---|%n",
        name);
    Site site = bench.site();
    Place place = site.place();
    Child writer = bench.child(Rival.OURS);
    Child relay = bench.child(Rival.RELAY);
    writer.ask("open " + place.line());
    relay.ask(
        "open "
            + new Place(
                    place.database() + "?ApplicationName=" + RELAY,
                    place.user(),
                    place.brokers(),
                    place.topic(),
                    place.folder())
                .line());
    double client = Double.parseDouble(relay.ask("start"));
    double session = 0;
    long sent = 0;
    try (Connection foreign = DriverManager.getConnection(place.database(), place.user(), "")) {
      for (int minute = 0; minute < minutes + 2; minute++) {
        boolean held = minute > 0 && minute <= minutes;
        if (minute == 1) {
          hold(foreign, what);
        } else if (minute == minutes + 1) {
          foreign.rollback();
        }
        writer.ask("pace " + LETTERS + " " + PER_SECOND + " " + Path.of(place.folder(), "times"));
        double clientNow = Double.parseDouble(relay.ask("cpu"));
        double sessionNow = sessionSeconds(place);
        long sentNow = Oracle.appended(site, place);
        double letters = Math.max(1, sentNow - sent);
        System.out.printf(
            Locale.ROOT,
            "| %d | %s | %,d | %.1f | %.1f |%n",
            minute,
            held ? "yes" : "no",
            sentNow - sent,
            (clientNow - client) / letters * 1e6,
            (sessionNow - session) / letters * 1e6);
        client = clientNow;
        session = sessionNow;
        sent = sentNow;
      }
    }
    relay.ask("close");
    writer.ask("close");
    site.leave(place);
  }

  private static void hold(Connection foreign, What what) throws SQLException {
    foreign.setAutoCommit(false);
    if (what == What.SNAPSHOT) {
      foreign.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    }
    try (Statement statement = foreign.createStatement()) {
      statement.execute(
          what == What.XID
              ? "INSERT INTO business (note) VALUES ('held')"
              : "SELECT count(*) FROM business");
    }
  }

  /** What the server's processes that serve the relay have used so far. */
  private static double sessionSeconds(Place place) throws SQLException, IOException {
    double sum = 0;
    try (Connection connection = DriverManager.getConnection(place.database(), place.user(), "");
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT pid FROM pg_stat_activity WHERE application_name = '" + RELAY + "'")) {
      while (rows.next()) {
        String stat = Files.readString(Path.of("/proc/" + rows.getInt(1) + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        sum += (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS;
      }
    }
    return sum;
  }
}
