package io.stagepost.samples.shop;

import io.stagepost.Event;
import io.stagepost.Outcome;
import io.stagepost.inbox.JdbcInbox;
import io.stagepost.samples.shop.ShopEvents.PaymentDeclined;
import io.stagepost.samples.shop.ShopEvents.PaymentTaken;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Keeps a read model: for each customer, how many lines were settled and what they come to. Adding
 * is not idempotent; the inbox is what lets each answer be added once. Payments of older versions
 * are read as the newest.
 */
public final class ShippingService {
  private ShippingService() {}

  public static void main(String[] args) throws Exception {
    Service service = Service.start("shipping");
    service.createTables(
        """
        CREATE TABLE IF NOT EXISTS customer_total (
          customer text PRIMARY KEY, lines bigint NOT NULL, older bigint NOT NULL,
          total numeric NOT NULL)""");
    JdbcInbox inbox = JdbcInbox.in(service.database());
    inbox.createSchema();
    InjectedFaults faults = service.faults();
    service
        .messaging()
        .subscribe("shipping")
        .inbox(inbox)
        .onceIn(
            ShopEvents.PAYMENT_TAKEN,
            faults.in(
                PaymentTaken::lineNo,
                (event, db, context) ->
                    add(db, event.data().customer(), event.data().amount(), isOlder(event))))
        .onceIn(
            ShopEvents.PAYMENT_DECLINED,
            faults.in(
                PaymentDeclined::lineNo,
                (event, db, context) ->
                    add(db, event.data().customer(), event.data().amount(), false)))
        .start();
  }

  /** Whether it was published as an older version; it is handled as the newest all the same. */
  private static boolean isOlder(Event<PaymentTaken> event) {
    return !event.toCloudEvent().getType().equals(event.type().type());
  }

  private static Outcome add(Connection db, String customer, BigDecimal amount, boolean older)
      throws SQLException {
    Sql.update(
        db,
        """
        INSERT INTO customer_total (customer, lines, older, total) VALUES (?, 1, ?, ?)
        ON CONFLICT (customer) DO UPDATE SET
          lines = customer_total.lines + 1, older = customer_total.older + excluded.older,
          total = customer_total.total + excluded.total""",
        customer,
        older ? 1 : 0,
        amount);
    return Outcome.done();
  }
}
