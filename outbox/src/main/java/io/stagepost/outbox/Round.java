package io.stagepost.outbox;

import io.stagepost.outbox.PostgresRelay.Claim;
import io.stagepost.outbox.PostgresRelay.Fetch;
import io.stagepost.outbox.PostgresRelay.Slice;
import io.stagepost.outbox.Sending.Fate;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The relay's round, top to bottom, and what it remembers from one to the next:
 *
 * <pre>
 *   claim ─▶ recall ─▶ fetch ─▶ send ─▶ settle (park, delete) ─▶ judge ─▶ mark ─▶ commit
 * </pre>
 *
 * One transaction in one session. If anything is thrown the session is over, and this memory with
 * it. Not thread-safe.
 */
final class Round {
  private static final Logger LOG = System.getLogger(Relay.class.getName());

  private final PostgresRelay session;
  private final Settings settings;
  private final Relay.Counters counters;
  private final List<Shard> shards = new ArrayList<>();
  private long serverStart;
  private int turn;
  private Instant markAt;

  Round(PostgresRelay session, Settings settings, Relay.Counters counters) {
    this.session = session;
    this.settings = settings;
    this.counters = counters;
    Instant now = settings.clock().instant();
    this.markAt = now.plus(Settings.MARK_EVERY);
    for (int i = 0; i < settings.shards(); i++) {
      // the scans of the shards are spread over the time between two
      Duration first = Settings.SCAN_EVERY.multipliedBy(i + 1L).dividedBy(settings.shards());
      shards.add(new Shard(i, now.plus(first)));
    }
  }

  /**
   * What a round has found.
   *
   * @param rows how many rows it fetched
   * @param more whether there were more than it took
   * @param open whether ids are missing that may still appear
   */
  record Result(int rows, boolean more, boolean open) {}

  Result run() throws SQLException, InterruptedException {
    Instant now = settings.clock().instant();
    List<Shard> claimed = claim(now);
    recall(claimed);
    Fetch fetch = fetch(claimed, now);
    List<Row> rows = new ArrayList<>();
    claimed.forEach(shard -> rows.addAll(found(fetch, shard)));
    Sending sending = new Sending(rows, careful(claimed), settings.send(), timeout());
    Settled settled = settle(rows, sending);
    boolean more = false;
    for (Shard shard : claimed) {
      if (settled.failed.containsKey(shard.number)) {
        failed(shard, settled);
      } else {
        more |= judge(shard, fetch, settled.horizon, now);
      }
    }
    mark(claimed, now);
    session.commit();
    counters.sent.add(settled.confirmed);
    counters.parked.add(settled.parked);
    boolean open =
        shards.stream()
            .anyMatch(shard -> shard.memory != null && !shard.memory.missing().isEmpty());
    return new Result(rows.size(), more, open);
  }

  // ---- claim, recall, fetch: steps 3 to 5 ------------------------------------------------------

  /** Alone in its statement, so that the fetch's snapshot is taken with the locks held. */
  private List<Shard> claim(Instant now) throws SQLException {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < shards.size(); i++) {
      Shard shard = shards.get((turn + i) % shards.size());
      if (shard.isDue(now)) {
        order.add(shard.number);
      }
    }
    turn = (turn + settings.shardsPerRound()) % shards.size();
    Claim claim = session.claim(order, settings.shardsPerRound());
    if (!claim.shards().isEmpty() && claim.serverStart() != serverStart) {
      shards.forEach(Shard::forget); // a crash may have lost deletes that were committed
      serverStart = claim.serverStart();
    }
    return claim.shards().stream().sorted().map(shards::get).toList();
  }

  /** A shard that nothing is known of begins at its mark. */
  private void recall(List<Shard> claimed) throws SQLException {
    List<Shard> unknown = claimed.stream().filter(shard -> shard.memory == null).toList();
    if (unknown.isEmpty()) {
      return;
    }
    Map<Integer, Long> marks = session.marks(unknown.stream().map(shard -> shard.number).toList());
    for (Shard shard : unknown) {
      long low = marks.getOrDefault(shard.number, 0L);
      shard.memory = new ShardMemory(low, settings.rangesPerShard());
      shard.marked = low;
    }
  }

  private Fetch fetch(List<Shard> claimed, Instant now) throws SQLException {
    if (claimed.isEmpty()) {
      return new Fetch(0, Map.of());
    }
    List<Slice> slices = new ArrayList<>();
    for (Shard shard : claimed) {
      slices.add(new Slice(shard.number, shard.slice(known(shard), now)));
    }
    return session.fetch(slices, settings.rowsPerShard(), settings.bytesPerShard());
  }

  // ---- settle: step 8 --------------------------------------------------------------------------

  /** What became of the rows of a round. */
  private static final class Settled {
    long horizon;
    int confirmed;
    int parked;

    /** Shards with rows that stay, and the first reason of each. */
    final Map<Integer, @Nullable Throwable> failed = new TreeMap<>();

    final Map<Integer, Integer> stay = new HashMap<>();
  }

  /**
   * Waits for the answers and deletes what needs no more sending: a small batch as a whole, a large
   * one piece by piece while the answers to the rest come in.
   */
  private Settled settle(List<Row> rows, Sending sending)
      throws SQLException, InterruptedException {
    Settled settled = new Settled();
    int piece = Math.max(1, settings.rowsPerShard() / 2);
    for (int from = 0; from < rows.size(); from += piece) {
      List<Row> done = new ArrayList<>();
      Map<Row, String> rejected = new LinkedHashMap<>();
      for (int i = from; i < Math.min(from + piece, rows.size()); i++) {
        Row row = rows.get(i);
        Fate fate = sending.fate(i);
        switch (fate) {
          case CONFIRMED -> done.add(row);
          case REJECTED -> rejected.put(row, reason(row, sending.failure(i)));
          case UNKNOWN, HELD -> {
            settled.stay.merge(row.shard(), 1, Integer::sum);
            @Nullable Throwable why = fate == Fate.UNKNOWN ? sending.failure(i) : null;
            settled.failed.putIfAbsent(row.shard(), why);
          }
        }
      }
      if (!rejected.isEmpty()) {
        session.park(rejected);
      }
      if (!done.isEmpty() || !rejected.isEmpty()) {
        settled.horizon = session.delete(done);
      }
      settled.confirmed += done.size();
      settled.parked += rejected.size();
    }
    return settled;
  }

  private static String reason(Row row, Throwable failure) {
    LOG.log(
        Level.ERROR,
        () ->
            "SP-OUTBOX-020 The broker refuses "
                + row
                + "; it is moved to stagepost_outbox_parked and later rows of its key pass it."
                + " Mend the cause, then put it back as the package documentation shows.",
        failure);
    return failure.toString().replace("\0", "");
  }

  private void failed(Shard shard, Settled settled) {
    Duration delay = shard.failed(settings.clock().instant());
    LOG.log(
        Level.WARNING,
        () ->
            "SP-OUTBOX-021 "
                + settled.stay.get(shard.number)
                + " rows of shard "
                + shard.number
                + " were not confirmed by the broker and stay; the shard is tried again in "
                + delay,
        settled.failed.get(shard.number));
  }

  // ---- judge, mark: steps 7 and 9 --------------------------------------------------------------

  /** Learns what the fetch has shown; says whether it may have shown less than there was. */
  private boolean judge(Shard shard, Fetch fetch, long horizon, Instant now) {
    List<Row> rows = found(fetch, shard);
    long bytes = rows.stream().mapToLong(Row::size).sum();
    boolean cut =
        rows.size() >= settings.rowsPerShard()
            || (!rows.isEmpty() && bytes >= settings.bytesPerShard());
    ShardMemory memory = known(shard);
    long seen = memory.seen();
    List<Long> violations =
        memory.judge(rows.stream().map(Row::id).toList(), cut, fetch.xmin(), horizon);
    if (!violations.isEmpty()) {
      counters.violations.add(violations.size());
      LOG.log(
          Level.ERROR,
          () ->
              "SP-OUTBOX-022 Rows of shard "
                  + shard.number
                  + " appeared where none could: "
                  + violations
                  + ". They were sent now, late and out of order. Were rows inserted by other SQL"
                  + " than the library's, was a sequence set back, or a backup restored?");
    }
    if (shard.isScanDue(now) && (!cut || last(rows) >= seen)) {
      shard.scanAt = now.plus(Settings.SCAN_EVERY);
    }
    if (!rows.isEmpty()) {
      shard.succeeded();
    }
    return cut;
  }

  private void mark(List<Shard> claimed, Instant now) throws SQLException {
    if (now.isBefore(markAt)) {
      return;
    }
    markAt = now.plus(Settings.MARK_EVERY);
    Map<Integer, Long> lows = new HashMap<>();
    for (Shard shard : claimed) {
      if (shard.memory != null && shard.memory.low() > shard.marked) {
        shard.marked = shard.memory.low();
        lows.put(shard.number, shard.marked);
      }
    }
    if (!lows.isEmpty()) {
      session.mark(lows);
    }
  }

  // ----------------------------------------------------------------------------------------------

  private static List<Row> found(Fetch fetch, Shard shard) {
    return fetch.rows().getOrDefault(shard.number, List.of());
  }

  private static long last(List<Row> rows) {
    return rows.get(rows.size() - 1).id();
  }

  private static ShardMemory known(Shard shard) {
    ShardMemory memory = shard.memory;
    if (memory == null) {
      throw new IllegalStateException("Nothing is known of shard " + shard.number);
    }
    return memory;
  }

  private static Set<Integer> careful(List<Shard> claimed) {
    return claimed.stream()
        .filter(Shard::isFailing)
        .map(shard -> shard.number)
        .collect(Collectors.toSet());
  }

  private Duration timeout() {
    return settings.publishTimeout();
  }
}
