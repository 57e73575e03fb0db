package io.stagepost.samples.shop;

import io.stagepost.Event;
import io.stagepost.outbox.Outbox;
import io.stagepost.samples.shop.contract.OrderLine;
import io.stagepost.samples.shop.contract.OrdersContract;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * Takes in order lines: writes each and its event in one transaction. A relay publishes the events.
 *
 * <p>An import that was cut short begins again at the top and passes over what is there already.
 * Several workers share a file, since a transaction mostly waits for the disk: each reads all of it
 * and takes the lines of its share of the keys, so that lines of one key stay in order.
 */
public final class OrdersService {
  private static final int WORKERS = 4;

  private final DataSource database;
  private final Outbox outbox;
  private final Pace pace;
  private final Gate gate;

  OrdersService(DataSource database, Outbox outbox, Pace pace, Gate gate) {
    this.database = database;
    this.outbox = outbox;
    this.pace = pace;
    this.gate = gate;
  }

  public static void main(String[] args) throws Exception {
    Service service = Service.start("orders");
    service.createTables(
        """
        CREATE TABLE IF NOT EXISTS order_line (
          line_no bigint PRIMARY KEY, event_id text NOT NULL UNIQUE, fingerprint text NOT NULL,
          invoice text, stock_code text, description text, quantity bigint, price numeric,
          customer text)""",
        "CREATE TABLE IF NOT EXISTS finished_import (file text PRIMARY KEY, lines bigint NOT NULL)");
    service.messaging().prepare(OrdersContract.CONTRACT);
    Outbox outbox = Outbox.over(service.messaging(), service.database());
    outbox.createSchema();
    service.closeAtEnd(outbox.relay().start());
    Pace pace = Pace.of(Service.optionalSetting("SHOP_RATE"));
    Gate gate =
        Service.optionalSetting("SHOP_FAULT_SEED").isPresent()
            ? new Gate(service.database())
            : Gate.OPEN;
    new OrdersService(service.database(), outbox, pace, gate)
        .importFile(Path.of(Service.setting("SHOP_INPUT")));
  }

  /** Imports a file; returns when all its lines are committed. */
  void importFile(Path file) throws InterruptedException, ExecutionException, SQLException {
    BitSet imported = imported();
    ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
    try {
      List<Future<Long>> shares = new ArrayList<>();
      for (int worker = 0; worker < WORKERS; worker++) {
        int share = worker;
        shares.add(workers.submit(() -> importShare(file, share, imported)));
      }
      long lines = 0;
      for (Future<Long> share : shares) {
        lines += share.get();
      }
      markFinished(file, lines);
    } finally {
      workers.shutdownNow();
    }
  }

  private long importShare(Path file, int share, BitSet imported) throws Exception {
    long lines = 0;
    try (OrderLineFile input = OrderLineFile.open(file);
        Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      for (Line line = input.next(); line != null; line = input.next()) {
        Event<?> event = line.event();
        if (Math.floorMod(String.valueOf(event.key()).hashCode(), WORKERS) == share) {
          lines++;
          if (!imported.get(Math.toIntExact(line.lineNo()))) {
            pace.await(line.lineNo());
            gate.await(line.lineNo());
            place(connection, line, event);
          }
        }
      }
    }
    return lines;
  }

  /**
   * Writes a line and its event in one transaction. Or nothing, if the line is there by now: the
   * last commit of a process that was killed may come after the next one has looked.
   */
  private void place(Connection connection, Line line, Event<?> event) throws SQLException {
    if (insert(connection, event.id(), line)) {
      outbox.within(connection).publish(event);
    }
    connection.commit();
  }

  /** The numbers of the lines that are there. */
  private BitSet imported() throws SQLException {
    BitSet imported = new BitSet();
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT line_no FROM order_line")) {
      while (rows.next()) {
        imported.set(Math.toIntExact(rows.getLong(1)));
      }
    }
    return imported;
  }

  private static boolean insert(Connection connection, String eventId, Line line)
      throws SQLException {
    OrderLine order = line instanceof Line.Ordered ordered ? ordered.order() : null;
    int rows =
        order != null
            ? Sql.update(
                connection,
                """
                INSERT INTO order_line (line_no, event_id, fingerprint, invoice, stock_code,
                  description, quantity, price, customer)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""",
                order.lineNo(),
                eventId,
                order.fingerprint(),
                order.invoice(),
                order.stockCode(),
                order.description(),
                order.quantity(),
                order.price(),
                order.customer())
            : Sql.update(
                connection,
                """
                INSERT INTO order_line (line_no, event_id, fingerprint)
                VALUES (?, ?, ?) ON CONFLICT DO NOTHING""",
                line.lineNo(),
                eventId,
                line.fingerprint());
    return rows == 1;
  }

  private void markFinished(Path file, long lines) throws SQLException {
    try (Connection connection = database.getConnection()) {
      Sql.update(
          connection,
          "INSERT INTO finished_import (file, lines) VALUES (?, ?) ON CONFLICT DO NOTHING",
          file.toString(),
          lines);
    }
  }

  /** How fast lines are taken in: as fast as can be, or so many per second, to be watched. */
  record Pace(double linesPerSecond, long start) {
    static Pace of(Optional<String> linesPerSecond) {
      return new Pace(
          linesPerSecond.map(Double::valueOf).orElse(Double.POSITIVE_INFINITY), System.nanoTime());
    }

    void await(long line) throws InterruptedException {
      long due = start + (long) (line / linesPerSecond * 1e9);
      TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
    }
  }
}
