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
 * @param unsettled what was received and is not settled, if the lag leaves that out; asked for only
 *     when nothing else is missing
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
    long shippingLag,
    long unsettled) {

  long judged() {
    return accepted + cancelled + duplicate + refused;
  }

  boolean isComplete() {
    return missing().isEmpty();
  }

  /** The same, with all that is unsettled. */
  Standing withUnsettled(long events) {
    return new Standing(
        imported,
        lines,
        accepted,
        cancelled,
        duplicate,
        refused,
        applied,
        ordersOutbox,
        paymentOutbox,
        paymentLag,
        shippingLag,
        events);
  }

  /** What is still to come, for people. */
  List<String> missing() {
    List<String> missing = new ArrayList<>();
    if (!imported) {
      missing.add(
          String.format(
              Locale.ROOT, "orders has not finished its import (%,d lines so far)", lines));
    }
    add(missing, lines - judged(), "lines that payment has not judged");
    add(missing, accepted + cancelled - applied, "answers that shipping has not added");
    add(missing, ordersOutbox, "events in the outbox of orders");
    add(missing, paymentOutbox, "events in the outbox of payment");
    add(missing, paymentLag, "events on the way to payment, or not settled there");
    add(missing, shippingLag, "events on the way to shipping, or not settled there");
    add(missing, unsettled, "events that were received and are not settled");
    return missing;
  }

  /** For people, in three lines that fit a narrow terminal. */
  List<String> lines(long ofLines, double linesPerSecond, double judgedPerSecond, double seconds) {
    return List.of(
        String.format(
            Locale.ROOT,
            "%5.0f s: %,d of %,d lines in (%,.0f/s), %,d judged (%,.0f/s)",
            seconds,
            lines,
            ofLines,
            linesPerSecond,
            judged(),
            judgedPerSecond),
        String.format(
            Locale.ROOT,
            "        %,d accepted, %,d cancelled, %,d duplicate, %,d dead letters",
            accepted,
            cancelled,
            duplicate,
            refused),
        String.format(
            Locale.ROOT,
            "        lag: payment %,d, shipping %,d; outbox: orders %,d, payment %,d",
            paymentLag,
            shippingLag,
            ordersOutbox,
            paymentOutbox));
  }

  private static void add(List<String> missing, long count, String what) {
    if (count != 0) {
      missing.add(String.format(Locale.ROOT, "%,d %s", count, what));
    }
  }
}
