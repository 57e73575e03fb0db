package io.stagepost.samples.shop;

import io.stagepost.Event;
import io.stagepost.samples.shop.contract.OrderLine;
import io.stagepost.samples.shop.contract.OrdersContract;
import io.stagepost.samples.shop.contract.UnreadableLine;
import java.math.BigDecimal;

/** A line of the CSV. Its fingerprint tells exact copies, and only those, to be the same. */
public sealed interface Line {
  /** Its place in the file; the header is line 1. */
  long lineNo();

  /** SHA-256 of its bytes, in hexadecimal. */
  String fingerprint();

  /** What orders tells of it. */
  Event<?> event();

  /** A line that could be read. */
  record Ordered(OrderLine order) implements Line {
    @Override
    public long lineNo() {
      return order.lineNo();
    }

    @Override
    public String fingerprint() {
      return order.fingerprint();
    }

    @Override
    public Event<OrderLine> event() {
      return (cancels(order) ? OrdersContract.LINE_CANCELLED : OrdersContract.LINE_PLACED)
          .event(order);
    }
  }

  /** A line that could not be read. */
  record Unreadable(UnreadableLine account) implements Line {
    @Override
    public long lineNo() {
      return account.lineNo();
    }

    @Override
    public String fingerprint() {
      return account.fingerprint();
    }

    @Override
    public Event<UnreadableLine> event() {
      return OrdersContract.LINE_UNREADABLE.event(account);
    }
  }

  /** Whether a line takes back what was ordered before. */
  static boolean cancels(OrderLine order) {
    return order.invoice().startsWith("C");
  }

  /** Quantity times price, exactly. */
  static BigDecimal amount(OrderLine order) {
    return order.price().multiply(BigDecimal.valueOf(order.quantity()));
  }
}
