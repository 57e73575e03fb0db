package io.stagepost.dlq;

import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.Plan.Refusal;
import io.stagepost.spi.Transport;
import java.time.Clock;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Makes plans: looks at every letter that is chosen, and sends nothing. Immutable. */
public final class Planner {
  /** How often a letter may be replayed unless told otherwise. */
  public static final int MAX_REPLAYS = 3;

  private static final int SHOWN = 100;
  private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  private final Transport transport;
  private final Ledger ledger;
  private final String by;
  private final InstantSource clock;
  private final Filter filter;
  private final @Nullable String to;
  private final int maxReplays;
  private final Check check;

  private Planner(
      Transport transport,
      Ledger ledger,
      String by,
      InstantSource clock,
      Filter filter,
      @Nullable String to,
      int maxReplays,
      Check check) {
    this.transport = transport;
    this.ledger = ledger;
    this.by = by;
    this.clock = clock;
    this.filter = filter;
    this.to = to;
    this.maxReplays = maxReplays;
    this.check = check;
  }

  /** Looks at a letter before it is sent, against a contract or a registry. */
  @FunctionalInterface
  public interface Check {
    /**
     * Whether it may be sent.
     *
     * @param letter the letter
     * @return what is wrong with it; empty if nothing
     */
    Optional<Refusal> refuse(Letter letter);
  }

  /**
   * A planner of all letters, each to go where it came from.
   *
   * @param transport the broker; it stays the caller's
   * @param ledger says what has been dealt with
   * @param by who plans
   * @return a planner
   */
  public static Planner of(Transport transport, Ledger ledger, String by) {
    return new Planner(
        requireNonNull(transport, "transport"),
        requireNonNull(ledger, "ledger"),
        requireNonNull(by, "by"),
        Clock.systemUTC(),
        Filter.all(),
        null,
        MAX_REPLAYS,
        letter -> Optional.empty());
  }

  /**
   * A copy that chooses.
   *
   * @param filter which letters
   * @return the copy
   */
  public Planner choosing(Filter filter) {
    return new Planner(transport, ledger, by, clock, filter, to, maxReplays, check);
  }

  /**
   * A copy that sends all letters to one address.
   *
   * @param address instead of where each came from
   * @return the copy
   */
  public Planner to(String address) {
    return new Planner(transport, ledger, by, clock, filter, address, maxReplays, check);
  }

  /**
   * A copy with another limit of replays.
   *
   * @param times how often a letter may be replayed, this time included
   * @return the copy
   */
  public Planner maxReplays(int times) {
    return new Planner(transport, ledger, by, clock, filter, to, times, check);
  }

  /**
   * A copy that looks closer.
   *
   * @param check beside the planner's own checks
   * @return the copy
   */
  public Planner checking(Check check) {
    return new Planner(transport, ledger, by, clock, filter, to, maxReplays, check);
  }

  /**
   * Makes a plan of what lies at an address now and has not been dealt with.
   *
   * @param address the dead-letter address
   * @return the plan; of no letters, if none is left
   */
  public Plan plan(String address) {
    Ledger.State state = ledger.state(address);
    Positions positions = new Positions();
    Map<String, Long> destinations = new TreeMap<>();
    Map<String, Long> groups = new HashMap<>();
    Map<String, String> first = new TreeMap<>();
    Plan.Hash hash = new Plan.Hash();
    List<Refusal> refusals = new ArrayList<>();
    long[] counts = new long[2];
    Letters.on(transport)
        .read(
            address,
            filter,
            letter -> {
              if (state.isResolved(letter)) {
                return true;
              }
              Optional<Refusal> refusal = refuse(letter);
              if (refusal.isPresent()) {
                counts[0]++;
                if (refusals.size() < SHOWN) {
                  refusals.add(refusal.get());
                }
                return true;
              }
              positions.add(letter.at());
              hash.add(letter);
              first.computeIfAbsent(letter.at().partition(), any -> Plan.Hash.hex(letter));
              destinations.merge(requireNonNull(Outgoing.destination(letter, to)), 1L, Long::sum);
              groups.merge(letter.fingerprint().id(), 1L, Long::sum);
              byte[] body = letter.message().body();
              counts[1] += body == null ? 0 : body.length;
              return true;
            });
    String run =
        NAME.format(clock.instant().atOffset(ZoneOffset.UTC))
            + "-"
            + UUID.randomUUID().toString().substring(0, 6);
    return new Plan(
        1,
        run,
        clock.instant(),
        by,
        transport.name(),
        address,
        to,
        filter.toString(),
        positions.size(),
        counts[1],
        destinations,
        new TreeMap<>(groups),
        positions.write(),
        first,
        hash.hex(),
        counts[0],
        List.copyOf(refusals));
  }

  private Optional<Refusal> refuse(Letter letter) {
    if (Outgoing.destination(letter, to) == null) {
      return Optional.of(
          new Refusal(
              letter.id(),
              "no-origin",
              "Nothing says where it came from. Say where it is to go: --to ADDRESS."));
    }
    if (letter.failure().replays() >= maxReplays) {
      return Optional.of(
          new Refusal(
              letter.id(),
              "replayed-too-often",
              "It was replayed "
                  + letter.failure().replays()
                  + " times, and "
                  + maxReplays
                  + " is the limit. Park it, or raise --max-replays."));
    }
    return check.refuse(letter);
  }
}
