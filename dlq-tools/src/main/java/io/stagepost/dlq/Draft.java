package io.stagepost.dlq;

import io.stagepost.MessagingException;
import io.stagepost.dlq.Entry.Kind;
import io.stagepost.dlq.Plan.Refusal;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import io.stagepost.spi.Transport;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A plan that is being made, letter by letter. Holds positions and counts, and of letters that lie
 * in another order than their events had, a line each. Used once; not thread-safe.
 */
final class Draft {
  private static final int SHOWN = 100;
  private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  private final Transport transport;
  private final Ledger.State state;
  private final Planner.Choice choice;
  private final Terms terms;
  private final Outgoing outgoing;
  private final @Nullable KeyOrder order;
  private final Positions positions = new Positions();
  private final Positions parked = new Positions();
  private final Map<String, Long> destinations = new TreeMap<>();
  private final Map<String, Long> groups = new TreeMap<>();
  private final Map<String, Long> leftOut = new TreeMap<>();
  private final Hashes hashes = new Hashes();
  private final List<Taken> inverted = new ArrayList<>();
  private final List<Refusal> refusals = new ArrayList<>();
  private long bytes;
  private long refused;

  Draft(Transport transport, Ledger.State state, Planner.Choice choice) {
    this.transport = transport;
    this.state = state;
    this.choice = choice;
    this.terms = choice.terms();
    this.outgoing = new Outgoing(transport, terms, choice.upcast());
    this.order =
        terms.action() == Terms.Action.REPLAY && terms.order() != Terms.Order.AS_IT_LIES
            ? new KeyOrder()
            : null;
  }

  /** What is to be remembered of a letter that is dealt with. */
  private record Taken(
      Origin at,
      Kind kind,
      @Nullable String destination,
      String group,
      @Nullable Long key,
      long original,
      byte[] hash,
      long bytes) {}

  Plan plan(String address, String by, Instant now) {
    String run =
        NAME.format(now.atOffset(ZoneOffset.UTC))
            + "-"
            + UUID.randomUUID().toString().substring(0, 6);
    if (order == null) {
      read(address, choice.filter(), letter -> consider(letter, run));
    } else {
      read(
          address,
          Filter.all(),
          letter -> {
            if (isOpen(letter)) {
              order.see(letter);
            }
          });
      if (terms.order() == Terms.Order.PRESERVED && terms.to() == null) {
        order.look(transport);
      }
      read(address, Filter.all(), letter -> considerInOrder(order, letter, run));
    }
    List<String> reordered = takeInverted();
    return new Plan(
        Plan.VERSION,
        run,
        now,
        by,
        transport.name(),
        address,
        terms,
        choice.filter().toString(),
        positions.size(),
        bytes,
        destinations,
        groups,
        positions.write(),
        parked.write(),
        reordered,
        hashes.write(),
        hashes.sha256(),
        leftOut,
        refused,
        List.copyOf(refusals));
  }

  private void read(String address, Filter filter, Consumer<Letter> visitor) {
    Letters.on(transport)
        .read(
            address,
            filter,
            letter -> {
              visitor.accept(letter);
              return true;
            });
  }

  private boolean isOpen(Letter letter) {
    return terms.action() == Terms.Action.RESTORE
        ? state.resolution(letter) == Kind.DISCARDED
        : !state.isResolved(letter);
  }

  private boolean isFull() {
    return positions.size() + inverted.size() >= choice.limit();
  }

  /** Says what became of a letter that is not for this plan. */
  private void leaveOut(Letter letter) {
    leftOut.merge(word(state.resolution(letter)), 1L, Long::sum);
  }

  /** What became of a letter: replayed, parked, discarded and so on; else open. */
  static String word(@Nullable Kind resolution) {
    return resolution == null ? "open" : resolution.name().toLowerCase(Locale.ROOT);
  }

  private void consider(Letter letter, String run) {
    if (!isOpen(letter)) {
      leaveOut(letter);
      return;
    }
    if (isFull()) {
      return;
    }
    Kind kind = kind(letter);
    Optional<Refusal> refusal = refuse(letter, kind, run);
    if (refusal.isPresent()) {
      leave(refusal.get());
    } else {
      take(taken(letter, kind));
    }
  }

  private void considerInOrder(KeyOrder order, Letter letter, String run) {
    boolean isChosen = choice.filter().includes(letter);
    if (!isOpen(letter)) {
      if (isChosen) {
        leaveOut(letter);
      }
      return;
    }
    if (isFull() || !isChosen) {
      order.leave(letter);
      return;
    }
    Kind kind = kind(letter);
    Optional<Refusal> refusal = refuse(letter, kind, run).or(() -> refuse(order, letter));
    if (refusal.isPresent()) {
      order.leave(letter);
      leave(refusal.get());
      return;
    }
    if (kind == Kind.PARKED) {
      order.leave(letter); // and what is behind it must not go before it
      take(taken(letter, kind));
    } else if (order.isInverted(letter)) {
      inverted.add(taken(letter, kind));
    } else {
      take(taken(letter, kind));
    }
  }

  private Kind kind(Letter letter) {
    boolean isWornOut =
        terms.action() == Terms.Action.REPLAY && letter.replays() >= terms.maxReplays();
    return isWornOut ? Kind.PARKED : terms.action().kind();
  }

  private Taken taken(Letter letter, Kind kind) {
    byte[] body = letter.message().body();
    return new Taken(
        letter.at(),
        kind,
        Outgoing.destination(letter, kind, terms),
        letter.fingerprint().id(),
        KeyOrder.hash(letter),
        KeyOrder.position(letter),
        Plan.Hash.of(letter),
        body == null ? 0 : body.length);
  }

  private void take(Taken taken) {
    Origin at = taken.at();
    positions.add(at);
    if (taken.kind() == Kind.PARKED && terms.action() == Terms.Action.REPLAY) {
      parked.add(at);
    }
    hashes.add(taken.hash());
    if (taken.destination() != null) {
      destinations.merge(taken.destination(), 1L, Long::sum);
    }
    groups.merge(taken.group(), 1L, Long::sum);
    bytes += taken.bytes();
  }

  private void leave(Refusal refusal) {
    refused++;
    if (refusals.size() < SHOWN) {
      refusals.add(refusal);
    }
  }

  /** Takes those that must be sent in another order than they lie, if all of their key are. */
  private List<String> takeInverted() {
    List<String> ids = new ArrayList<>();
    inverted.sort(Comparator.comparingLong(Taken::original));
    for (Taken taken : inverted) {
      if (order != null && order.isBroken(taken.key())) {
        leave(behind(Letter.id(taken.at())));
      } else {
        take(taken);
        ids.add(Letter.id(taken.at()));
      }
    }
    return ids;
  }

  // ---- what is left alone

  private Optional<Refusal> refuse(Letter letter, Kind kind, String run) {
    if (kind == Kind.REPLAYED) {
      String destination = Outgoing.destination(letter, kind, terms);
      if (destination == null) {
        return refusal(
            letter,
            "no-origin",
            "Nothing says where it came from. Say where it is to go: --to ADDRESS.");
      }
      if (destination.equals(letter.at().address())) {
        return refusal(
            letter,
            "own-address",
            "It came from where it lies, and would be a dead letter there once more. Say where it"
                + " is to go: --to ADDRESS.");
      }
      if (letter.event() == null && (terms.upcast() || terms.ids() == Terms.Ids.NEW)) {
        return refusal(
            letter,
            "no-event",
            "It holds no CloudEvent, so that it cannot have another id or be encoded anew: "
                + letter.unreadable());
      }
      return refuseChanged(letter, run);
    }
    return Optional.empty();
  }

  private Optional<Refusal> refuseChanged(Letter letter, String run) {
    Message changed;
    try {
      changed = outgoing.changed(letter, run);
    } catch (MessagingException cannot) {
      return refusal(letter, "cannot-upcast", String.valueOf(cannot.getMessage()));
    }
    return choice.check().refuse(changed == null ? letter : as(letter, changed));
  }

  private Letter as(Letter letter, Message changed) {
    return new Letter(changed, letter.at(), letter.failure(), transport.decode(changed), null);
  }

  private Optional<Refusal> refuse(KeyOrder order, Letter letter) {
    if (order.isBehind(letter)) {
      return Optional.of(behind(letter.id()));
    }
    if (terms.order() != Terms.Order.PRESERVED || terms.to() != null) {
      return Optional.empty();
    }
    if (KeyOrder.isUnknown(letter)) {
      return refusal(
          letter,
          "order-unknown",
          "Nothing says where it lay among the events of its key. To replay it all the same:"
              + " --overtake.");
    }
    return order.isOvertaken(letter)
        ? refusal(
            letter,
            "would-overtake",
            "Newer events of its key were handled before it. To replay it all the same:"
                + " --overtake.")
        : Optional.empty();
  }

  private static Refusal behind(String id) {
    return new Refusal(
        id,
        "behind-another",
        "An earlier letter of its key is left alone. Replay that too, or do without"
            + " --preserve-order.");
  }

  private static Optional<Refusal> refusal(Letter letter, String reason, String detail) {
    return Optional.of(new Refusal(letter.id(), reason, detail));
  }
}
