package io.stagepost.samples.shop;

import io.stagepost.Context;
import io.stagepost.Event;
import io.stagepost.Outcome;
import io.stagepost.SubscriptionBuilder;
import io.stagepost.inbox.JdbcInbox;
import io.stagepost.outbox.Outbox;
import io.stagepost.samples.shop.contract.OrderLine;
import io.stagepost.samples.shop.contract.PaymentContract;
import io.stagepost.samples.shop.contract.PaymentDeclined;
import io.stagepost.samples.shop.contract.PaymentHandlers;
import io.stagepost.samples.shop.contract.PaymentPublisher;
import io.stagepost.samples.shop.contract.PaymentTaken;
import io.stagepost.samples.shop.contract.PaymentTakenV1;
import io.stagepost.samples.shop.contract.PaymentTakenV2;
import io.stagepost.samples.shop.contract.UnreadableLine;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Judges order lines. Of one that it accepts or that cancels it records the payment and publishes
 * the answer, in the transaction in which the inbox records that the line was handled. All others
 * are dead-lettered, and leave nothing here. How often and how long it tries is not said here but
 * in its contract, {@code payment.asyncapi.yaml}.
 */
public final class PaymentService implements PaymentHandlers<Connection> {
  /** To whom its next release books what was ordered by nobody. */
  public static final String GUEST = "guest";

  private final Outbox outbox;
  private final InjectedFaults faults;
  private final boolean guests;

  PaymentService(Outbox outbox, InjectedFaults faults, boolean guests) {
    this.outbox = outbox;
    this.faults = faults;
    this.guests = guests;
  }

  public static void main(String[] args) throws Exception {
    Service service = Service.start("payment");
    service.createTables(
        """
        CREATE TABLE IF NOT EXISTS payment (
          event_id text PRIMARY KEY, line_no bigint NOT NULL, customer text NOT NULL,
          amount numeric NOT NULL, status text NOT NULL CHECK (status IN ('taken', 'declined')))""");
    service.messaging().prepare(PaymentContract.CONTRACT);
    Outbox outbox = Outbox.over(service.messaging(), service.database());
    outbox.createSchema();
    JdbcInbox inbox = JdbcInbox.in(service.database());
    inbox.createSchema();
    service.closeAtEnd(outbox.relay().start());
    PaymentHandlers.subscribe(
            service.messaging(),
            inbox,
            new PaymentService(
                outbox, service.faults(), Service.optionalSetting("SHOP_GUESTS").isPresent()))
        .forEach(SubscriptionBuilder::start);
  }

  @Override
  public Outcome linePlaced(Event<OrderLine> event, Connection db, Context context)
      throws Exception {
    return faults.in(OrderLine::lineNo, this::judge).handle(event, db, context);
  }

  @Override
  public Outcome lineCancelled(Event<OrderLine> event, Connection db, Context context)
      throws Exception {
    return faults.in(OrderLine::lineNo, this::judge).handle(event, db, context);
  }

  @Override
  public Outcome lineUnreadable(Event<UnreadableLine> event, Connection db, Context context) {
    return Outcome.deadLetter(event.data().reason());
  }

  private Outcome judge(Event<OrderLine> event, Connection db, Context context)
      throws SQLException {
    OrderLine line = guests ? withGuest(event.data()) : event.data();
    Verdict verdict = Verdict.on(line);
    switch (verdict) {
      case ACCEPTED -> {
        record(event.id(), line, "taken", db);
        tellTaken(event, line, PaymentPublisher.within(outbox.within(db)));
      }
      case CANCELLED -> {
        record(event.id(), line, "declined", db);
        PaymentPublisher.within(outbox.within(db))
            .paymentDeclined(
                event,
                new PaymentDeclined(
                    line.lineNo(),
                    line.invoice(),
                    line.customer(),
                    Line.amount(line),
                    verdict.word()));
      }
      case NO_CUSTOMER, BAD_QUANTITY, NO_PRICE, NO_DESCRIPTION -> {
        return Outcome.deadLetter(verdict.word());
      }
    }
    return Outcome.done();
  }

  /** Which release of payment a line meets: three run side by side while it is being upgraded. */
  public static int release(long lineNo) {
    return 1 + (int) (lineNo % 3);
  }

  @SuppressWarnings("deprecation") // the older releases tell what they told in their day
  private static void tellTaken(
      Event<OrderLine> event, OrderLine line, PaymentPublisher<@Nullable Void> tell) {
    switch (release(line.lineNo())) {
      case 1 ->
          tell.paymentTakenV1(
              event,
              new PaymentTakenV1(
                  line.lineNo(),
                  line.invoice(),
                  line.customer(),
                  Line.amount(line).toPlainString()));
      case 2 ->
          tell.paymentTakenV2(
              event,
              new PaymentTakenV2(
                  line.lineNo(), line.invoice(), line.customer(), Line.amount(line)));
      default ->
          tell.paymentTaken(
              event,
              new PaymentTaken(
                  line.lineNo(), line.invoice(), line.customer(), Line.amount(line), "GBP"));
    }
  }

  private static OrderLine withGuest(OrderLine line) {
    return line.customer().isBlank()
        ? new OrderLine(
            line.lineNo(),
            line.fingerprint(),
            line.invoice(),
            line.stockCode(),
            line.description(),
            line.quantity(),
            line.invoicedAt(),
            line.price(),
            GUEST,
            line.country())
        : line;
  }

  private static void record(String eventId, OrderLine line, String status, Connection db)
      throws SQLException {
    Sql.update(
        db,
        """
        INSERT INTO payment (event_id, line_no, customer, amount, status)
        VALUES (?, ?, ?, ?, ?)""",
        eventId,
        line.lineNo(),
        line.customer(),
        Line.amount(line),
        status);
  }
}
