package io.stagepost.samples.shop;

import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.schema.Avro;
import io.stagepost.schema.Json;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import org.jspecify.annotations.Nullable;

/** The contract of the shop: its channels, its event types, and what they carry. */
public final class ShopEvents {
  /** From orders to payment: one event for each line of the CSV. Ordered by invoice. */
  public static final String ORDER_LINES = "shop.orderlines";

  /** From payment to shipping: what became of order lines. Ordered by customer. */
  public static final String PAYMENTS = "shop.payments";

  public static final EventType<OrderLine> LINE_PLACED = orderLine("com.shop.orderline.placed.v1");

  public static final EventType<OrderLine> LINE_CANCELLED =
      orderLine("com.shop.orderline.cancelled.v1");

  public static final EventType<UnreadableLine> LINE_UNREADABLE =
      EventType.of("com.shop.orderline.unreadable.v1", UnreadableLine.class)
          .source("urn:shop:orders")
          .channel(ORDER_LINES)
          .key(UnreadableLine::fingerprint)
          .idempotencyKey(UnreadableLine::fingerprint)
          .codec(Json.codec());

  /** As payment told it at first. Payments of all three versions may lie in the log. */
  public static final EventType<PaymentTakenV1> PAYMENT_TAKEN_V1 =
      EventType.of("com.shop.payment.taken.v1", PaymentTakenV1.class)
          .source("urn:shop:payment")
          .channel(PAYMENTS)
          .key(PaymentTakenV1::customer)
          .codec(Json.codec());

  /** With a number for an amount. */
  public static final EventType<PaymentTakenV2> PAYMENT_TAKEN_V2 =
      EventType.of("com.shop.payment.taken.v2", PaymentTakenV2.class)
          .source("urn:shop:payment")
          .channel(PAYMENTS)
          .key(PaymentTakenV2::customer)
          .codec(Json.codec())
          .upcasting(
              PAYMENT_TAKEN_V1,
              old ->
                  new PaymentTakenV2(
                      old.lineNo(), old.invoice(), old.customer(), new BigDecimal(old.amount())));

  /** With a currency, and in Avro. Until then all payments were in pounds. */
  public static final EventType<PaymentTaken> PAYMENT_TAKEN =
      EventType.of("com.shop.payment.taken.v3", PaymentTaken.class)
          .source("urn:shop:payment")
          .channel(PAYMENTS)
          .key(PaymentTaken::customer)
          .codec(Avro.codec())
          .upcasting(
              PAYMENT_TAKEN_V2,
              old ->
                  new PaymentTaken(
                      old.lineNo(), old.invoice(), old.customer(), old.amount(), "GBP"));

  public static final EventType<PaymentDeclined> PAYMENT_DECLINED =
      EventType.of("com.shop.payment.declined.v1", PaymentDeclined.class)
          .source("urn:shop:payment")
          .channel(PAYMENTS)
          .key(PaymentDeclined::customer)
          .codec(Json.codec());

  private ShopEvents() {}

  /** A line of the CSV. Its fingerprint tells exact copies, and only those, to be the same. */
  public sealed interface Line {
    /** Its place in the file; the header is line 1. */
    long lineNo();

    /** SHA-256 of its bytes, in hexadecimal. */
    String fingerprint();
  }

  /** A line that could be read. A field that is empty in the CSV is empty here. */
  public record OrderLine(
      long lineNo,
      String fingerprint,
      String invoice,
      String stockCode,
      String description,
      long quantity,
      LocalDateTime invoicedAt,
      BigDecimal price,
      String customer,
      String country)
      implements Line {

    /** Whether it takes back what was ordered before. */
    public boolean cancels() {
      return invoice.startsWith("C");
    }

    /** Quantity times price, exactly. */
    public BigDecimal amount() {
      return price.multiply(BigDecimal.valueOf(quantity));
    }
  }

  /**
   * A line that could not be read, as it was: as text, or in Base64 where it is no text. Of a line
   * that is too long only the beginning is kept.
   */
  public record UnreadableLine(
      long lineNo,
      String fingerprint,
      String reason,
      String problem,
      @Nullable String text,
      @Nullable String base64)
      implements Line {}

  /** The customer has paid for an order line; the amount is a decimal number as text. */
  public record PaymentTakenV1(long lineNo, String invoice, String customer, String amount) {}

  /** The same, with the amount as a number. */
  public record PaymentTakenV2(long lineNo, String invoice, String customer, BigDecimal amount) {}

  /** The customer has paid for an order line; the currency is a code of ISO 4217. */
  public record PaymentTaken(
      long lineNo, String invoice, String customer, BigDecimal amount, String currency) {}

  /** Nothing was taken for an order line; the amount is what the customer's total changes by. */
  public record PaymentDeclined(
      long lineNo, String invoice, String customer, BigDecimal amount, String reason) {}

  /** The event that a line is published as. */
  public static Event<? extends Line> event(Line line) {
    if (line instanceof OrderLine order) {
      return (order.cancels() ? LINE_CANCELLED : LINE_PLACED).event(order);
    }
    return LINE_UNREADABLE.event((UnreadableLine) line);
  }

  private static EventType<OrderLine> orderLine(String type) {
    return EventType.of(type, OrderLine.class)
        .source("urn:shop:orders")
        .channel(ORDER_LINES)
        .key(OrderLine::invoice)
        .idempotencyKey(OrderLine::fingerprint)
        .codec(Json.codec());
  }
}
