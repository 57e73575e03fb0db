package io.stagepost.samples.shop.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How far the services are, as far as their databases and the broker tell.
 *
 * @param imported whether orders has finished its import
 * @param lines the lines that orders has written
 * @param refused the business keys that payment has dead-lettered or is about to
 * @param applied the answers that shipping has added
 */
record Standing(
    boolean imported,
    long lines,
    long accepted,
    long cancelled,
    long duplicate,
    long refused,
    long applied,
    long ordersOutbox,
    long paymentOutbox,
    long paymentLag,
    long shippingLag) {

  long judged() {
    return accepted + cancelled + duplicate + refused;
  }

  boolean isComplete() {
    return missing().isEmpty();
  }

  /** What is still to come, for people. */
  List<String> missing() {
    List<String> missing = new ArrayList<>();
    if (!imported) {
      missing.add("orders has not finished its import (%,d lines so far)".formatted(lines));
    }
    add(missing, lines - judged(), "lines that payment has not judged");
    add(missing, accepted + cancelled - applied, "answers that shipping has not added");
    add(missing, ordersOutbox, "events in the outbox of orders");
    add(missing, paymentOutbox, "events in the outbox of payment");
    add(missing, paymentLag, "events on the way to payment, or not settled there");
    add(missing, shippingLag, "events on the way to shipping, or not settled there");
    return missing;
  }

  /** One line for people. */
  String line(long ofLines, double linesPerSecond, double judgedPerSecond, double seconds) {
    return String.format(
        Locale.ROOT,
        "%4.0f s | %,d of %,d lines (%,.0f/s) | judged %,d (%,.0f/s): %,d accepted, %,d cancelled,"
            + " %,d duplicate, %,d dead | lag payment %,d shipping %,d | outbox %,d+%,d",
        seconds,
        lines,
        ofLines,
        linesPerSecond,
        judged(),
        judgedPerSecond,
        accepted,
        cancelled,
        duplicate,
        refused,
        paymentLag,
        shippingLag,
        ordersOutbox,
        paymentOutbox);
  }

  private static void add(List<String> missing, long count, String what) {
    if (count != 0) {
      missing.add("%,d %s".formatted(count, what));
    }
  }
}
