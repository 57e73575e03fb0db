package io.stagepost.samples.shop;

import io.stagepost.Event;
import io.stagepost.Outcome;
import io.stagepost.inbox.JdbcInbox;
import io.stagepost.outbox.Outbox;
import io.stagepost.samples.shop.ShopEvents.OrderLine;
import io.stagepost.samples.shop.ShopEvents.PaymentDeclined;
import io.stagepost.samples.shop.ShopEvents.PaymentTaken;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * Judges order lines. Of one that it accepts or that cancels it records the payment and publishes
 * the answer, in the transaction in which the inbox records that the line was handled. All others
 * are dead-lettered, and leave nothing here.
 */
public final class PaymentService {
  private final Outbox outbox;

  PaymentService(Outbox outbox) {
    this.outbox = outbox;
  }

  public static void main(String[] args) throws Exception {
    Service service = Service.start("payment");
    service.createTables(
        """
        CREATE TABLE IF NOT EXISTS payment (
          event_id text PRIMARY KEY, line_no bigint NOT NULL, customer text NOT NULL,
          amount numeric NOT NULL, status text NOT NULL CHECK (status IN ('taken', 'declined')))""");
    Outbox outbox = Outbox.over(service.messaging(), service.database());
    outbox.createSchema();
    JdbcInbox inbox = JdbcInbox.in(service.database());
    inbox.createSchema();
    service.closeAtEnd(outbox.relay().start());

    PaymentService payment = new PaymentService(outbox);
    service
        .messaging()
        .subscribe("payment")
        .inbox(inbox)
        .onceIn(ShopEvents.LINE_PLACED, (event, db, context) -> payment.judge(event, db))
        .onceIn(ShopEvents.LINE_CANCELLED, (event, db, context) -> payment.judge(event, db))
        .onceIn(
            ShopEvents.LINE_UNREADABLE,
            (event, db, context) -> Outcome.deadLetter(event.data().reason()))
        .start();
  }

  private Outcome judge(Event<OrderLine> event, Connection db) throws SQLException {
    Verdict verdict = Verdict.on(event.data());
    return switch (verdict) {
      case ACCEPTED -> take(event, db);
      case CANCELLED -> decline(event, db, verdict.word());
      case NO_CUSTOMER, BAD_QUANTITY, NO_PRICE, NO_DESCRIPTION ->
          Outcome.deadLetter(verdict.word());
    };
  }

  private Outcome take(Event<OrderLine> event, Connection db) throws SQLException {
    OrderLine line = event.data();
    BigDecimal amount = line.amount();
    insert(db, event, amount, "taken");
    PaymentTaken answer = new PaymentTaken(line.lineNo(), line.invoice(), line.customer(), amount);
    outbox.within(db).publish(event.reply(ShopEvents.PAYMENT_TAKEN, answer));
    return Outcome.done();
  }

  private Outcome decline(Event<OrderLine> event, Connection db, String reason)
      throws SQLException {
    OrderLine line = event.data();
    BigDecimal amount = line.amount();
    insert(db, event, amount, "declined");
    PaymentDeclined answer =
        new PaymentDeclined(line.lineNo(), line.invoice(), line.customer(), amount, reason);
    outbox.within(db).publish(event.reply(ShopEvents.PAYMENT_DECLINED, answer));
    return Outcome.done();
  }

  private static void insert(
      Connection db, Event<OrderLine> event, BigDecimal amount, String status) throws SQLException {
    try (PreparedStatement insert =
        db.prepareStatement(
            """
            INSERT INTO payment (event_id, line_no, customer, amount, status)
            VALUES (?, ?, ?, ?, ?)""")) {
      insert.setString(1, event.id());
      insert.setLong(2, event.data().lineNo());
      insert.setString(3, event.data().customer());
      insert.setBigDecimal(4, amount);
      insert.setString(5, status);
      insert.executeUpdate();
    }
  }
}
