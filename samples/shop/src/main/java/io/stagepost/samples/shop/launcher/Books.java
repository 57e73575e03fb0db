package io.stagepost.samples.shop.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.samples.shop.PaymentService;
import io.stagepost.samples.shop.contract.PaymentContract;
import io.stagepost.samples.shop.contract.ShippingContract;
import io.stagepost.samples.shop.launcher.Audit.Evidence;
import io.stagepost.samples.shop.launcher.Audit.OrderedLine;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Message;
import io.stagepost.spi.Transport;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import javax.sql.DataSource;

/** Reads what the services have stored: in their databases, and at the broker. */
final class Books implements AutoCloseable {
  private static final String ORDER_LINES = PaymentContract.LINE_PLACED.channel();
  private static final String PAYMENTS = ShippingContract.PAYMENT_TAKEN.channel();

  private final HikariDataSource orders;
  private final HikariDataSource payment;
  private final HikariDataSource shipping;
  private final Transport transport;
  private final Supplier<Broker> broker;

  Books(
      HikariDataSource orders,
      HikariDataSource payment,
      HikariDataSource shipping,
      Transport transport,
      Supplier<Broker> broker) {
    this.orders = orders;
    this.payment = payment;
    this.shipping = shipping;
    this.transport = transport;
    this.broker = broker;
  }

  /**
   * How things stand. Read piece by piece while they move, so it need not add up before the end.
   *
   * @throws SQLException also while the services have not created their tables yet
   */
  Standing standing() throws SQLException, InterruptedException {
    List<Long> ordered =
        numbers(
            orders,
            """
            SELECT (SELECT count(*) FROM order_line), (SELECT count(*) FROM finished_import),
              (SELECT count(*) FROM stagepost_outbox)""");
    List<Long> judged =
        numbers(
            payment,
            """
            SELECT (SELECT count(*) FROM payment WHERE status = 'taken'),
              (SELECT count(*) FROM payment WHERE status = 'declined'),
              (SELECT count(*) FROM stagepost_inbox WHERE duplicate_of IS NOT NULL),
              (SELECT count(*) FROM stagepost_inbox_key WHERE refused),
              (SELECT count(*) FROM stagepost_outbox)""");
    List<Long> applied = numbers(shipping, "SELECT coalesce(sum(lines), 0) FROM customer_total");
    Standing standing =
        new Standing(
            ordered.get(1) > 0,
            ordered.get(0),
            judged.get(0),
            judged.get(1),
            judged.get(2),
            judged.get(3),
            applied.get(0),
            ordered.get(2),
            judged.get(4),
            lag("payment", ORDER_LINES),
            lag("shipping", PAYMENTS),
            0);
    return standing.isComplete() ? standing.withUnsettled(broker.get().unsettled()) : standing;
  }

  /** How far the events are. Needs the databases only. */
  Flow flow() throws SQLException {
    long published =
        numbers(
                orders,
                "SELECT (SELECT count(*) FROM order_line) - (SELECT count(*) FROM stagepost_outbox)")
            .get(0);
    List<Long> judged =
        numbers(
            payment,
            """
            SELECT (SELECT count(*) FROM payment),
              (SELECT count(*) FROM stagepost_inbox WHERE duplicate_of IS NOT NULL),
              (SELECT count(*) FROM stagepost_inbox_key WHERE refused),
              (SELECT count(*) FROM stagepost_outbox)""");
    long applied = numbers(shipping, "SELECT coalesce(sum(lines), 0) FROM customer_total").get(0);
    return new Flow(
        published,
        judged.get(0) + judged.get(1) + judged.get(2),
        judged.get(0) - judged.get(3),
        applied);
  }

  /** Makes the gate before orders, shut. */
  void makeGate() throws SQLException {
    update(orders, "CREATE TABLE gate (up_to_line bigint NOT NULL)");
    update(orders, "INSERT INTO gate VALUES (0)");
  }

  /** Lets orders take in lines up to this one. */
  void openGate(long upToLine) throws SQLException {
    update(orders, "UPDATE gate SET up_to_line = " + upToLine);
  }

  /**
   * What the services have counted. A copy of an earlier line is a duplicate of its own, not of a
   * redelivery, so one suppression of it does not count.
   */
  FaultReport.Counts faultCounts() throws SQLException {
    long redelivered = 0;
    long suppressed = 0;
    long failed = 0;
    for (DataSource service : List.of(payment, shipping)) {
      List<Long> counts =
          numbers(
              service,
              """
              SELECT coalesce(sum(greatest(begun - 1, 0)), 0),
                coalesce(sum(greatest(suppressed - (duplicate_of IS NOT NULL)::int, 0)), 0),
                coalesce(sum(failed), 0)
              FROM tally LEFT JOIN stagepost_inbox ON id = event_id""");
      redelivered += counts.get(0);
      suppressed += counts.get(1);
      failed += counts.get(2);
    }
    return new FaultReport.Counts(redelivered, suppressed, failed);
  }

  /**
   * Everything that the audit needs.
   *
   * @param injectedLine the number of the line that was to fail for good; 0 for none
   * @param repaired whether lines of nobody were replayed, and are a guest's by now
   */
  Evidence evidence(long expectedLines, long injectedLine, boolean repaired) throws SQLException {
    Map<String, BigDecimal> totals = new HashMap<>();
    query(
        shipping,
        "SELECT customer, total FROM customer_total",
        row -> totals.put(row.getString(1), row.getBigDecimal(2)));
    Set<String> taken = strings(payment, "SELECT event_id FROM payment WHERE status = 'taken'");
    Set<String> declined =
        strings(payment, "SELECT event_id FROM payment WHERE status = 'declined'");
    Map<String, Set<String>> deadLetters = deadLetters();
    if (repaired) {
      // A letter that was replayed stays where it lay: only its handling tells.
      deadLetters.keySet().removeAll(taken);
      deadLetters.keySet().removeAll(declined);
    }
    return new Evidence(
        expectedLines,
        injectedLine,
        orderedLines(repaired),
        taken,
        declined,
        strings(payment, "SELECT id FROM stagepost_inbox WHERE duplicate_of IS NOT NULL"),
        deadLetters,
        totals,
        numbers(shipping, "SELECT coalesce(sum(older), 0) FROM customer_total").get(0),
        leftovers());
  }

  private List<OrderedLine> orderedLines(boolean repaired) throws SQLException {
    List<OrderedLine> lines = new ArrayList<>();
    query(
        orders,
        """
        SELECT line_no, event_id, customer, quantity * price,
          row_number() OVER (PARTITION BY fingerprint ORDER BY line_no) > 1
        FROM order_line ORDER BY line_no""",
        row ->
            lines.add(
                new OrderedLine(
                    row.getLong(1),
                    row.getString(2),
                    row.getBoolean(5),
                    repaired && row.getString(3) != null && row.getString(3).isBlank()
                        ? PaymentService.GUEST
                        : row.getString(3),
                    row.getBigDecimal(4))));
    return lines;
  }

  /** A dead letter may lie there twice, after a crash; its event's id tells. */
  private Map<String, Set<String>> deadLetters() {
    Map<String, Set<String>> reasons = new HashMap<>();
    transport
        .browser()
        .browse(
            PaymentContract.JUDGE_POLICY.deadLetterAddress(ORDER_LINES, "payment"),
            stored ->
                reasons
                    .computeIfAbsent(
                        transport.decode(stored.message()).getId(), id -> new TreeSet<>())
                    .add(reason(stored.message())));
    return reasons;
  }

  private static String reason(Message message) {
    byte[] reason = message.header(FailureHeaders.REASON);
    return reason == null ? "unknown" : new String(reason, UTF_8);
  }

  private Map<String, Long> leftovers() throws SQLException {
    Map<String, Long> leftovers = new TreeMap<>();
    String waiting = "SELECT count(*) FROM stagepost_outbox";
    String refused = "SELECT count(*) FROM stagepost_outbox_parked";
    leftovers.put("the outbox of orders", numbers(orders, waiting).get(0));
    leftovers.put("the outbox of payment", numbers(payment, waiting).get(0));
    leftovers.put("what the broker refused of orders", numbers(orders, refused).get(0));
    leftovers.put("what the broker refused of payment", numbers(payment, refused).get(0));
    for (String topic :
        List.of(
            PaymentContract.JUDGE_POLICY.parkingLotAddress(ORDER_LINES, "payment"),
            ShippingContract.ADD_POLICY.parkingLotAddress(PAYMENTS, "shipping"),
            ShippingContract.ADD_POLICY.deadLetterAddress(PAYMENTS, "shipping"))) {
      transport.browser().browse(topic, stored -> leftovers.merge(topic, 1L, Long::sum));
    }
    return leftovers;
  }

  private long lag(String subscription, String channel) {
    return transport.topology().lag(subscription, List.of(channel)).getOrDefault(channel, 0L);
  }

  private static List<Long> numbers(DataSource database, String sql) throws SQLException {
    List<Long> numbers = new ArrayList<>();
    query(
        database,
        sql,
        row -> {
          for (int column = 1; column <= row.getMetaData().getColumnCount(); column++) {
            numbers.add(row.getLong(column));
          }
        });
    return numbers;
  }

  private static Set<String> strings(DataSource database, String sql) throws SQLException {
    Set<String> strings = new HashSet<>();
    query(database, sql, row -> strings.add(row.getString(1)));
    return strings;
  }

  private static void update(DataSource database, String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  private static void query(DataSource database, String sql, RowVisitor visitor)
      throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        visitor.visit(rows);
      }
    }
  }

  @Override
  public void close() {
    transport.close();
    orders.close();
    payment.close();
    shipping.close();
  }

  private interface RowVisitor {
    void visit(ResultSet row) throws SQLException;
  }
}
