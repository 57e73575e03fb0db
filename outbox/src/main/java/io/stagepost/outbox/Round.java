package io.stagepost.outbox;

import io.stagepost.outbox.Sending.Fate;
import io.stagepost.outbox.store.Fetched;
import io.stagepost.outbox.store.Lane;
import io.stagepost.outbox.store.Learned;
import io.stagepost.outbox.store.Refusal;
import io.stagepost.outbox.store.RelaySession;
import io.stagepost.outbox.store.Row;
import io.stagepost.outbox.store.RowId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The relay's round, top to bottom, and what it remembers from one to the next:
 *
 * <pre>
 *   claim ─▶ fetch ─▶ choose ─▶ send ─▶ settle ─▶ learn ─▶ commit
 * </pre>
 *
 * One transaction in one session. What cannot be sent now is left in place, and so is what must not
 * pass it; the rest goes on. If anything is thrown the session is over, and this memory with it.
 * Not thread-safe.
 */
final class Round {
  private static final Logger LOG = System.getLogger(Relay.class.getName());

  /**
   * Without any word from the broker for that long, there is no hurry to look behind what rests.
   */
  private static final Duration ALIVE = Duration.ofSeconds(5);

  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final RelaySession session;
  private final Settings settings;
  private final Relay.Counters counters;
  private final List<Shard> shards = new ArrayList<>();

  /** Those only that fail or rest; what is answered is taken out. */
  private final Map<String, Destination> destinations = new HashMap<>();

  private Instant heardAt = Instant.MIN;
  private int turn;
  private int round;

  Round(RelaySession session, Settings settings, Relay.Counters counters) {
    this.session = session;
    this.settings = settings;
    this.counters = counters;
    for (int i = 0; i < settings.shards(); i++) {
      shards.add(new Shard(i));
    }
  }

  /**
   * What a round has found.
   *
   * @param rows how many rows it sent, or tried to
   * @param more whether there were more than it took
   * @param open whether ids are missing that may still appear
   */
  record Result(int rows, boolean more, boolean open) {}

  Result run() throws SQLException, InterruptedException {
    Instant now = settings.clock().instant();
    List<Integer> due = due(now);
    if (due.isEmpty()) {
      return new Result(0, false, false);
    }
    List<Integer> claimed = claim(due, now);
    Map<Integer, Set<Long>> again = new HashMap<>();
    for (int shard : claimed) {
      again.put(shard, retries(shards.get(shard), now));
    }
    Map<Integer, Long> probes = probes(claimed, now);
    probes.forEach((shard, id) -> again.computeIfAbsent(shard, none -> new HashSet<>()).add(id));
    List<Fetched> fetched = new ArrayList<>(session.fetch(claimed, again));
    Collections.rotate(fetched, round++); // none is always the last to be sent, should time be up
    Chosen chosen = choose(fetched, again, probes, now);
    Sending sending = new Sending(chosen.rows, this::withCare, settings);
    settle(chosen, sending);
    learn(chosen, sending);
    Set<Integer> finished = new HashSet<>(claimed);
    finished.removeAll(chosen.unfinished);
    Learned learned = session.commit(finished);
    counters.add(chosen.confirmed, chosen.parked, learned.violations().size());
    finished.forEach(shard -> succeeded(chosen, shards.get(shard)));
    chosen.unfinished.forEach(shard -> shards.get(shard).reread());
    chosen.recovered.forEach(this::recovered);
    report(learned);
    boolean more = !chosen.unfinished.isEmpty() || more(chosen, fetched);
    return new Result(chosen.rows.size(), more, learned.open());
  }

  // ---- claim, fetch ----------------------------------------------------------------------------

  private List<Integer> due(Instant now) {
    List<Integer> due = new ArrayList<>();
    for (int i = 0; i < shards.size(); i++) {
      Shard shard = shards.get((turn + i) % shards.size());
      if (shard.isRereadDue()) {
        shard.reread();
        session.forget(shard.number);
      }
      if (shard.isDue(now)) {
        due.add(shard.number);
      }
    }
    turn = (turn + settings.shardsPerRound()) % shards.size();
    return due;
  }

  /** What another relay holds is left to it for a while: each change of hands costs both. */
  private List<Integer> claim(List<Integer> due, Instant now) throws SQLException {
    int max = settings.shardsPerRound();
    List<Integer> claimed = session.claim(due, max);
    int asked =
        claimed.size() < max
            ? due.size()
            : 1 + claimed.stream().mapToInt(due::indexOf).max().orElse(-1);
    for (int shard : due.subList(0, asked)) {
      if (claimed.contains(shard)) {
        shards.get(shard).claimed();
      } else {
        shards.get(shard).heldElsewhere(now);
      }
    }
    return claimed;
  }

  /** Half of what a round takes at most, so that there is room for what is new. */
  private Set<Long> retries(Shard shard, Instant now) {
    return new HashSet<>(shard.retries(now, Math.max(1, settings.rowsPerShard() / 2)));
  }

  /** One row for each destination whose rest is over, at most one of a shard: another each time. */
  private Map<Integer, Long> probes(List<Integer> claimed, Instant now) {
    Map<Integer, Long> probes = new HashMap<>();
    for (Destination destination : destinations.values()) {
      if (destination.isProbeDue(now)) {
        List<RowId> candidates = new ArrayList<>();
        for (int shard : claimed) {
          if (!probes.containsKey(shard)) {
            shards.get(shard).waiting(destination.address).stream()
                .map(id -> new RowId(shard, id))
                .forEach(candidates::add);
          }
        }
        if (!candidates.isEmpty()) {
          RowId probe = candidates.get(destination.rests() % candidates.size());
          probes.put(probe.shard(), probe.id());
        }
      }
    }
    return probes;
  }

  // ---- choose ----------------------------------------------------------------------------------

  /** The rows of a round that are sent, and what becomes of them and of the others. */
  private static final class Chosen {
    final List<Row> rows = new ArrayList<>();

    /** Shards to be read again: time was up. */
    final Set<Integer> unfinished = new HashSet<>();

    int confirmed;
    int parked;

    /** Shards with rows that failed: which, and the first reason. */
    final Map<Integer, List<Row>> failed = new TreeMap<>();

    final Map<Integer, Throwable> reasons = new HashMap<>();

    final Set<String> recovered = new HashSet<>();
  }

  private Chosen choose(
      List<Fetched> fetched,
      Map<Integer, Set<Long>> again,
      Map<Integer, Long> probes,
      Instant now) {
    Chosen chosen = new Chosen();
    Set<String> probed = new HashSet<>();
    for (Fetched each : fetched) {
      Shard shard = shards.get(each.shard());
      shard.read(each.cut());
      Set<Long> retried = again.getOrDefault(shard.number, Set.of());
      Long probe = probes.get(shard.number);
      for (Row row : each.rows()) {
        Lane lane = row.lane();
        Destination destination = destinations.get(row.address());
        boolean rests = destination != null && destination.isAtRest();
        boolean tries =
            destination != null
                && destination.isProbeDue(now)
                && (shard.waiting(row.address()).isEmpty() || (probe != null && probe == row.id()));
        if (lane != null && each.held().contains(lane)) {
          shard.drop(row);
        } else if (shard.isBlocked(row) && !retried.contains(row.id())) {
          shard.follow(row);
        } else if (rests ? tries && probed.add(row.address()) : !shard.isWaiting(row.address())) {
          chosen.rows.add(row);
        } else {
          shard.await(row);
        }
      }
      missing(retried, each).forEach(id -> shard.gone(id, now));
    }
    return chosen;
  }

  /** What should have been shown again and is not there: another relay has sent it meanwhile. */
  private static Set<Long> missing(Set<Long> again, Fetched fetched) {
    Set<Long> missing = new HashSet<>(again);
    List<Row> rows = fetched.rows();
    if (fetched.cut()) {
      missing.removeIf(id -> rows.isEmpty() || id > rows.get(rows.size() - 1).id());
    }
    rows.forEach(row -> missing.remove(row.id()));
    return missing;
  }

  private boolean withCare(Row row) {
    return shards.get(row.shard()).isFailing() || destinations.containsKey(row.address());
  }

  // ---- settle ----------------------------------------------------------------------------------

  /**
   * Waits for the answers and deletes what needs no more sending: a small batch as a whole, a large
   * one piece by piece while the answers to the rest come in.
   */
  private void settle(Chosen chosen, Sending sending) throws SQLException, InterruptedException {
    List<Row> rows = chosen.rows;
    int piece = Math.max(1, settings.rowsPerShard() / 2);
    for (int from = 0; from < rows.size(); from += piece) {
      List<Row> sent = new ArrayList<>();
      List<Refusal> refused = new ArrayList<>();
      for (int i = from; i < Math.min(from + piece, rows.size()); i++) {
        Fate fate = sending.fate(i);
        if (fate == Fate.CONFIRMED) {
          sent.add(rows.get(i));
        } else if (fate == Fate.REJECTED) {
          refused.add(refusal(rows.get(i), sending.failure(i)));
        }
      }
      if (!sent.isEmpty() || !refused.isEmpty()) {
        session.settle(sent, refused);
      }
      chosen.confirmed += sent.size();
      chosen.parked += refused.size();
    }
  }

  private Refusal refusal(Row row, Throwable failure) {
    boolean holds = settings.holds() && row.key() != null;
    LOG.log(
        Level.ERROR,
        () ->
            "SP-OUTBOX-020 The broker refuses "
                + row
                + "; it is parked, and later rows of its key "
                + (holds ? "wait behind it" : "pass it")
                + ". Mend the cause, then retry it (Outbox.parked()), or discard it.",
        failure);
    return new Refusal(row, failure.toString().replace("\0", ""), holds);
  }

  // ---- learn -----------------------------------------------------------------------------------

  /** Learns from the answers; what was neither confirmed nor refused stays in place. */
  private void learn(Chosen chosen, Sending sending) throws InterruptedException {
    Instant now = settings.clock().instant();
    List<Integer> unconfirmed = new ArrayList<>();
    for (int i = 0; i < chosen.rows.size(); i++) {
      Row row = chosen.rows.get(i);
      switch (sending.fate(i)) {
        case CONFIRMED, REJECTED -> {
          heardAt = now;
          shards.get(row.shard()).answered(row, now);
          Destination destination = destinations.remove(row.address());
          if (destination != null && destination.isAtRest()) {
            chosen.recovered.add(row.address());
          }
        }
        case UNKNOWN -> {
          Destination destination = destinations.computeIfAbsent(row.address(), Destination::new);
          if (destination.failed(row, now)) {
            rests(destination, now, sending.failure(i));
          }
          unconfirmed.add(i);
        }
        case HELD -> unconfirmed.add(i);
        case BEHIND -> {} // the session tells when its lane is let go
        case LATE -> chosen.unfinished.add(row.shard());
      }
    }
    for (int i : unconfirmed) {
      Row row = chosen.rows.get(i);
      Shard shard = shards.get(row.shard());
      Destination destination = destinations.get(row.address());
      if (destination != null && destination.isAtRest()) {
        shard.await(row);
      } else {
        shard.block(row);
        chosen.failed.computeIfAbsent(shard.number, none -> new ArrayList<>()).add(row);
        if (sending.fate(i) == Fate.UNKNOWN) {
          chosen.reasons.putIfAbsent(shard.number, sending.failure(i));
        }
      }
    }
    chosen.failed.forEach((shard, rows) -> failed(shard, rows, chosen.reasons.get(shard), now));
  }

  private void failed(int shard, List<Row> rows, @Nullable Throwable reason, Instant now) {
    Duration delay = shards.get(shard).failed(now);
    LOG.log(
        Level.WARNING,
        () ->
            "SP-OUTBOX-021 "
                + rows.size()
                + " rows of shard "
                + shard
                + ", for "
                + rows.stream().map(Row::address).distinct().limit(5).toList()
                + ", were not confirmed by the broker and stay, and with them what follows of their"
                + " keys; they are tried again in "
                + delay,
        reason);
  }

  private static void rests(Destination destination, Instant now, Throwable reason) {
    LOG.log(
        Level.WARNING,
        () ->
            "SP-OUTBOX-026 "
                + destination.address
                + " does not take what is sent to it; its rows stay in the outbox, others go on. It"
                + " is tried again in "
                + Duration.between(now, destination.restsUntil()),
        reason);
  }

  // ---- afterwards ------------------------------------------------------------------------------

  private static void succeeded(Chosen chosen, Shard shard) {
    if (!chosen.failed.containsKey(shard.number)
        && chosen.rows.stream().anyMatch(row -> row.shard() == shard.number)) {
      shard.succeeded();
    }
  }

  private void recovered(String address) {
    LOG.log(Level.INFO, "{0} takes what is sent to it again", address);
    shards.forEach(shard -> shard.recovered(address));
  }

  private void report(Learned learned) {
    if (!learned.violations().isEmpty()) {
      LOG.log(
          Level.ERROR,
          () ->
              "SP-OUTBOX-022 Rows appeared where none could: "
                  + learned.violations()
                  + ". They were sent now, late and out of order. Were rows inserted by other SQL"
                  + " than the library's, was a sequence set back, or a backup restored?");
    }
  }

  /**
   * Whether to go on at once. A shard that shows nothing but what cannot be sent, while nothing is
   * heard of the broker at all, is read on slowly: it is not the row behind that is missing.
   */
  private boolean more(Chosen chosen, List<Fetched> fetched) {
    Instant now = settings.clock().instant();
    boolean alive = now.isBefore(heardAt.plus(ALIVE));
    boolean more = shards.stream().anyMatch(Shard::isRereadDue);
    for (Fetched each : fetched) {
      boolean sends = chosen.rows.stream().anyMatch(row -> row.shard() == each.shard());
      if (each.cut() && !sends && !alive && !each.rows().isEmpty()) {
        shards.get(each.shard()).pause(now.plus(PAUSE));
      } else {
        more |= each.cut();
      }
    }
    return more;
  }
}
