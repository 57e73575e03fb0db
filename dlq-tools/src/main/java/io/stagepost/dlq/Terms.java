package io.stagepost.dlq;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.stagepost.MessagingException;
import io.stagepost.dlq.Entry.Kind;
import org.jspecify.annotations.Nullable;

/**
 * What is to become of letters, and on which terms. Part of the plan, so that a run that goes on
 * does so as it began. Immutable.
 *
 * @param action what is done with them
 * @param to where all of them go; null for where each came from, or the address that goes with the
 *     dead-letter address by its name
 * @param parking where letters go that were replayed too often; null for the parking lot that goes
 *     with the dead-letter address by its name
 * @param ids which CloudEvents ids events have when they are sent again
 * @param upcast whether events are encoded anew, as their current schema says
 * @param order whether the events of a key are sent in the order in which they first were
 * @param maxReplays how often a letter may be replayed, this time included; past it, it is parked
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Terms(
    Action action,
    @Nullable String to,
    @Nullable String parking,
    Ids ids,
    boolean upcast,
    Order order,
    int maxReplays) {
  /** How often a letter may be replayed unless told otherwise. */
  public static final int MAX_REPLAYS = 3;

  private static final String DEAD_LETTER = ".dead-letter";
  private static final String PARKING_LOT = ".parking-lot";

  /** Behind the name of dead letters that are not named as this library does. */
  private static final String OTHER_PARKING_LOT = "-parking-lot";

  /** What is done with letters. */
  public enum Action {
    /** They are sent again. */
    REPLAY(Kind.REPLAYED),
    /** They go to the parking lot. */
    PARK(Kind.PARKED),
    /** They come back from the parking lot to the dead letters. */
    UNPARK(Kind.UNPARKED),
    /** Nobody wants them any more. They stay where they lie. */
    DISCARD(Kind.DISCARDED),
    /** They are wanted again, though they were discarded. */
    RESTORE(Kind.RESTORED);

    private final Kind kind;

    Action(Kind kind) {
      this.kind = kind;
    }

    /** What the ledger says once it is done. */
    Kind kind() {
      return kind;
    }

    /** Whether it sends something. */
    boolean sends() {
      return this == REPLAY || this == PARK || this == UNPARK;
    }
  }

  /** Which ids events have. */
  public enum Ids {
    /** Their own, so that inboxes drop what has taken effect before. */
    KEEP,
    /**
     * Others, the same whenever the run sends them; the extension {@code replayof} has the first.
     */
    NEW
  }

  /** In which order events of a key are sent. */
  public enum Order {
    /** As they lie at the dead-letter address. */
    AS_IT_LIES,
    /** As they first were sent; none that would come after newer events of its key. */
    PRESERVED,
    /** As they first were sent, though newer events of their key were handled before. */
    OVERTAKING
  }

  /**
   * Checks the bounds.
   *
   * @param action what is done with them
   * @param to where all of them go
   * @param parking where letters go that were replayed too often
   * @param ids which ids events have
   * @param upcast whether events are encoded anew
   * @param order in which order the events of a key are sent
   * @param maxReplays how often a letter may be replayed
   */
  public Terms {
    requireNonNull(action, "action");
    requireNonNull(ids, "ids");
    requireNonNull(order, "order");
    if (maxReplays < 1) {
      throw new MessagingException(
          "SP-DLQ-011", "max-replays is " + maxReplays + "; it must be positive");
    }
  }

  /**
   * Replaying, as letters lie, with their ids and bytes, to where they came from, three times at
   * most.
   *
   * @return the defaults
   */
  public static Terms replay() {
    return of(Action.REPLAY);
  }

  /**
   * An action, with the defaults.
   *
   * @param action what is done
   * @return the terms
   */
  public static Terms of(Action action) {
    return new Terms(action, null, null, Ids.KEEP, false, Order.AS_IT_LIES, MAX_REPLAYS);
  }

  /**
   * A copy that sends all letters to one address.
   *
   * @param address instead of where each came from
   * @return the copy
   */
  public Terms to(String address) {
    requireNonNull(address, "address");
    return new Terms(action, address, parking, ids, upcast, order, maxReplays);
  }

  /**
   * A copy with another parking lot for what was replayed too often.
   *
   * @param address where to
   * @return the copy
   */
  public Terms parking(String address) {
    requireNonNull(address, "address");
    return new Terms(action, to, address, ids, upcast, order, maxReplays);
  }

  /**
   * A copy with ids as said.
   *
   * @param ids which ids events have
   * @return the copy
   */
  public Terms ids(Ids ids) {
    return new Terms(action, to, parking, ids, upcast, order, maxReplays);
  }

  /**
   * A copy that encodes events anew.
   *
   * @return the copy
   */
  public Terms upcasting() {
    return new Terms(action, to, parking, ids, true, order, maxReplays);
  }

  /**
   * A copy with another order.
   *
   * @param order in which order the events of a key are sent
   * @return the copy
   */
  public Terms order(Order order) {
    return new Terms(action, to, parking, ids, upcast, order, maxReplays);
  }

  /**
   * A copy with another limit of replays.
   *
   * @param times how often a letter may be replayed, this time included
   * @return the copy
   */
  public Terms maxReplays(int times) {
    return new Terms(action, to, parking, ids, upcast, order, times);
  }

  /** Refuses to send what lies at an address to where it lies. */
  void requireElsewhere(String address) {
    if (address.equals(to) || address.equals(parking)) {
      throw new MessagingException(
          "SP-DLQ-163",
          "What lies at "
              + address
              + " would be sent to "
              + address
              + " itself, and be a dead letter there once more. Name another address, by --to or"
              + " --parking, or none.");
    }
  }

  /** Where letters of an address go that are parked. */
  String parkingLot(String address) {
    String told = action == Action.PARK ? to : parking;
    if (told != null) {
      return told;
    }
    if (address.endsWith(PARKING_LOT) || address.endsWith(OTHER_PARKING_LOT)) {
      throw new MessagingException(
          "SP-DLQ-013",
          "Letters of "
              + address
              + " are to be parked, and it is a parking lot. Say where they go, --to ADDRESS, or"
              + " --parking ADDRESS in a replay; or let them be replayed more often:"
              + " --max-replays N.");
    }
    return address.endsWith(DEAD_LETTER)
        ? cut(address, DEAD_LETTER) + PARKING_LOT
        : address + OTHER_PARKING_LOT;
  }

  /** Where parked messages of an address go back to. */
  String deadLetters(String address) {
    if (to != null) {
      return to;
    }
    if (address.endsWith(PARKING_LOT)) {
      return cut(address, PARKING_LOT) + DEAD_LETTER;
    }
    if (address.endsWith(OTHER_PARKING_LOT)) {
      return cut(address, OTHER_PARKING_LOT);
    }
    throw new MessagingException(
        "SP-DLQ-013",
        "The name "
            + address
            + " ends neither in "
            + PARKING_LOT
            + " nor in "
            + OTHER_PARKING_LOT
            + ", so that nothing says whose dead letters are parked there. Say so: --to ADDRESS.");
  }

  private static String cut(String address, String end) {
    return address.substring(0, address.length() - end.length());
  }
}
