package io.stagepost.samples.shop;

import io.stagepost.Event;
import io.stagepost.Outcome;
import io.stagepost.inbox.JdbcInbox;
import io.stagepost.outbox.Outbox;
import io.stagepost.samples.shop.ShopEvents.OrderLine;
import io.stagepost.samples.shop.ShopEvents.PaymentDeclined;
import io.stagepost.samples.shop.ShopEvents.PaymentTaken;
import io.stagepost.samples.shop.ShopEvents.PaymentTakenV1;
import io.stagepost.samples.shop.ShopEvents.PaymentTakenV2;
import java.sql.Connection;
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
    InjectedFaults faults = service.faults();
    service
        .messaging()
        .subscribe("payment")
        .inbox(inbox)
        .onceIn(
            ShopEvents.LINE_PLACED,
            faults.in(OrderLine::lineNo, (event, db, context) -> payment.judge(event, db)))
        .onceIn(
            ShopEvents.LINE_CANCELLED,
            faults.in(OrderLine::lineNo, (event, db, context) -> payment.judge(event, db)))
        .onceIn(
            ShopEvents.LINE_UNREADABLE,
            (event, db, context) -> Outcome.deadLetter(event.data().reason()))
        .start();
  }

  private Outcome judge(Event<OrderLine> event, Connection db) throws SQLException {
    OrderLine line = event.data();
    Verdict verdict = Verdict.on(line);
    return switch (verdict) {
      case ACCEPTED -> settle(event, "taken", taken(event), db);
      case CANCELLED ->
          settle(
              event,
              "declined",
              event.reply(
                  ShopEvents.PAYMENT_DECLINED,
                  new PaymentDeclined(
                      line.lineNo(),
                      line.invoice(),
                      line.customer(),
                      line.amount(),
                      verdict.word())),
              db);
      case NO_CUSTOMER, BAD_QUANTITY, NO_PRICE, NO_DESCRIPTION ->
          Outcome.deadLetter(verdict.word());
    };
  }

  /** Which release of payment a line meets: three run side by side while it is being upgraded. */
  public static int release(long lineNo) {
    return 1 + (int) (lineNo % 3);
  }

  private static Event<?> taken(Event<OrderLine> event) {
    OrderLine line = event.data();
    return switch (release(line.lineNo())) {
      case 1 ->
          event.reply(
              ShopEvents.PAYMENT_TAKEN_V1,
              new PaymentTakenV1(
                  line.lineNo(), line.invoice(), line.customer(), line.amount().toPlainString()));
      case 2 ->
          event.reply(
              ShopEvents.PAYMENT_TAKEN_V2,
              new PaymentTakenV2(line.lineNo(), line.invoice(), line.customer(), line.amount()));
      default ->
          event.reply(
              ShopEvents.PAYMENT_TAKEN,
              new PaymentTaken(
                  line.lineNo(), line.invoice(), line.customer(), line.amount(), "GBP"));
    };
  }

  private Outcome settle(Event<OrderLine> event, String status, Event<?> answer, Connection db)
      throws SQLException {
    OrderLine line = event.data();
    Sql.update(
        db,
        """
        INSERT INTO payment (event_id, line_no, customer, amount, status)
        VALUES (?, ?, ?, ?, ?)""",
        event.id(),
        line.lineNo(),
        line.customer(),
        line.amount(),
        status);
    outbox.within(db).publish(answer);
    return Outcome.done();
  }
}
