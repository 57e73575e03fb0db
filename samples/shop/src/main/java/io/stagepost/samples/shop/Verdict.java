package io.stagepost.samples.shop;

import io.stagepost.samples.shop.contract.OrderLine;

/**
 * What the payment service thinks of an order line: the shop's rules, in their order. That a copy
 * of an earlier line is a duplicate comes before all of them, and is the inbox's business.
 */
public enum Verdict {
  ACCEPTED("accepted"),
  CANCELLED("cancelled"),
  NO_CUSTOMER("no-customer"),
  BAD_QUANTITY("bad-quantity"),
  NO_PRICE("no-price"),
  NO_DESCRIPTION("no-description");

  private final String word;

  Verdict(String word) {
    this.word = word;
  }

  /** The verdict on a line that is no copy. */
  public static Verdict on(OrderLine line) {
    if (line.customer().isBlank()) {
      return NO_CUSTOMER;
    }
    if (Line.cancels(line)) {
      return CANCELLED;
    }
    if (line.quantity() <= 0) {
      return BAD_QUANTITY;
    }
    if (line.price().signum() <= 0) {
      return NO_PRICE;
    }
    if (line.description().isBlank()) {
      return NO_DESCRIPTION;
    }
    return ACCEPTED;
  }

  /** A short stable word: the reason of the dead letter, where it becomes one. */
  String word() {
    return word;
  }
}
