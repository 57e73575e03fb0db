package io.stagepost.amqp;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is under way to one address, in the order of the calls, from the call until it is answered;
 * and up to where it has been handed to the client. Thread-safe; holds its lock for a few steps
 * only, and while nobody else's code runs.
 */
final class Line {
  private final BooleanSupplier open;
  private @Nullable Sending first;
  private @Nullable Sending last;

  /** The first that is to be handed over; null if all are. */
  private @Nullable Sending next;

  /**
   * Empty.
   *
   * @param open whether it takes more. Who closes it first makes that false, and then looks at what
   *     is in it: nothing is added after that look
   */
  Line(BooleanSupplier open) {
    this.open = open;
  }

  /** Adds to its end; false if it takes no more. */
  synchronized boolean add(Sending sending) {
    if (!open.getAsBoolean()) {
      return false;
    }
    Sending former = last;
    sending.before = former;
    if (former == null) {
      first = sending;
    } else {
      former.after = sending;
    }
    last = sending;
    if (next == null) {
      next = sending;
    }
    return true;
  }

  /** What is to be handed over now; null if there is nothing. */
  synchronized @Nullable Sending next() {
    Sending taken = next;
    while (taken != null && taken.isDone()) {
      remove(taken);
      taken = next;
    }
    if (taken != null) {
      next = taken.after;
    }
    return taken;
  }

  /** All that waits to be handed over; it is in the line no more. */
  synchronized List<Sending> takeWaiting() {
    List<Sending> waiting = new ArrayList<>();
    for (Sending each = next; each != null; each = next) {
      waiting.add(each);
      remove(each);
    }
    return waiting;
  }

  /** All that is not answered is handed over again, in its old order. */
  synchronized void rewind() {
    next = first;
  }

  /** It is answered. Does nothing if it is not in the line any more. */
  synchronized void remove(Sending sending) {
    if (sending.before == null && sending != first) {
      return;
    }
    Sending before = sending.before;
    Sending after = sending.after;
    if (before == null) {
      first = after;
    } else {
      before.after = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.before = before;
    }
    if (next == sending) {
      next = after;
    }
    sending.before = null;
    sending.after = null;
  }

  /** The oldest that is not answered; null if there is none. */
  synchronized @Nullable Sending oldest() {
    while (first != null && first.isDone()) {
      remove(first);
    }
    return first;
  }
}
