package io.stagepost.samples.shop;

import io.stagepost.Context;
import io.stagepost.Event;
import io.stagepost.Outcome;
import io.stagepost.SubscriptionBuilder;
import io.stagepost.inbox.JdbcInbox;
import io.stagepost.samples.shop.contract.PaymentDeclined;
import io.stagepost.samples.shop.contract.PaymentTaken;
import io.stagepost.samples.shop.contract.PaymentTakenV1;
import io.stagepost.samples.shop.contract.PaymentTakenV2;
import io.stagepost.samples.shop.contract.ShippingHandlers;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Keeps a read model: for each customer, how many lines were settled and what they come to. Adding
 * is not idempotent; the inbox is what lets each answer be added once. Payments of older versions
 * are read as the newest.
 */
@SuppressWarnings("deprecation") // older versions are still in the log
public final class ShippingService implements ShippingHandlers<Connection> {
  private final InjectedFaults faults;

  private ShippingService(InjectedFaults faults) {
    this.faults = faults;
  }

  public static void main(String[] args) throws Exception {
    Service service = Service.start("shipping");
    service.createTables(
        """
        CREATE TABLE IF NOT EXISTS customer_total (
          customer text PRIMARY KEY, lines bigint NOT NULL, older bigint NOT NULL,
          total numeric NOT NULL)""");
    JdbcInbox inbox = JdbcInbox.in(service.database());
    inbox.createSchema();
    ShippingHandlers.subscribe(service.messaging(), inbox, new ShippingService(service.faults()))
        .forEach(SubscriptionBuilder::start);
  }

  @Override
  public Outcome paymentTaken(Event<PaymentTaken> event, Connection db, Context context)
      throws Exception {
    return faults
        .in(
            PaymentTaken::lineNo,
            (taken, connection, same) ->
                add(connection, taken.data().customer(), taken.data().amount(), isOlder(taken)))
        .handle(event, db, context);
  }

  @Override
  public Outcome paymentDeclined(Event<PaymentDeclined> event, Connection db, Context context)
      throws Exception {
    return faults
        .in(
            PaymentDeclined::lineNo,
            (declined, connection, same) ->
                add(connection, declined.data().customer(), declined.data().amount(), false))
        .handle(event, db, context);
  }

  @Override
  public PaymentTakenV2 toPaymentTakenV2(PaymentTakenV1 older) {
    return new PaymentTakenV2(
        older.lineNo(), older.invoice(), older.customer(), new BigDecimal(older.amount()));
  }

  @Override
  public PaymentTaken toPaymentTaken(PaymentTakenV2 older) {
    return new PaymentTaken(
        older.lineNo(), older.invoice(), older.customer(), older.amount(), "GBP");
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
