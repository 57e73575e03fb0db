package io.stagepost.kafka;

import io.stagepost.spi.Assignment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/**
 * Explores what can happen to a partition over several assignments: fetches with gaps, settlements
 * in any order, twice and late, commits, sweeps, orderly ends, and losses that fall back to the
 * last commit. A seed decides every step; a plain map says what must be. {@code
 * -Dledger.schedules=N} explores N of them, {@code -Dledger.seed=S} begins with that one.
 */
class LedgerInterleavingsTest {
  private static final int SCHEDULES = Integer.getInteger("ledger.schedules", 3_000);
  private static final long FIRST_SEED = Long.getLong("ledger.seed", 1L);

  @Test
  void d03_d11_hold_under_every_schedule() {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
      try {
        new Schedule(seed).run();
      } catch (AssertionError | RuntimeException broken) {
        throw new AssertionError("replay with -Dledger.schedules=1 -Dledger.seed=" + seed, broken);
      }
    }
  }

  private static void check(boolean holds, String what, Object of) {
    if (!holds) {
      throw new AssertionError(what + ": " + of);
    }
  }

  private static final class Schedule {
    private final Random random;

    /** What lies in the partition: the offsets of its deliveries; the others hold none. */
    private final Set<Long> log = new HashSet<>();

    private long logEnd;

    /** What the broker has of the group's progress. */
    private long committed;

    /** Offsets whose outcome was final at some time. */
    private final Set<Long> handled = new HashSet<>();

    /** Of assignments that have ended: what still runs settles them, late. */
    private final List<KafkaDelivery> late = new ArrayList<>();

    // The assignment.
    private Assignment assignment = new Assignment("topic-0");
    private Ledger ledger = new Ledger();
    private final List<KafkaDelivery> open = new ArrayList<>();

    /** The model: every fetched offset, and whether it is settled. */
    private final TreeMap<Long, Boolean> model = new TreeMap<>();

    private long position;
    private long reached = Ledger.NOTHING;

    Schedule(long seed) {
      random = new Random(seed * 0x9E3779B97F4A7C15L);
      logEnd = random.nextInt(1_000);
      committed = logEnd;
      position = logEnd;
    }

    void run() {
      int steps = 50 + random.nextInt(400);
      for (int i = 0; i < steps; i++) {
        step();
        checkAll();
      }
      // In the end all is settled, and all of it is committed.
      while (position < logEnd || !open.isEmpty()) {
        fetch();
        for (int i = random.nextInt(40); i >= 0; i--) {
          settleOne();
        }
        checkAll();
      }
      commit();
      check(committed == logEnd, "not all is committed", committed);
      check(handled.containsAll(log), "lost", log.size());
    }

    private void step() {
      switch (random.nextInt(20)) {
        case 0, 1, 2, 3 -> publish();
        case 4, 5, 6, 7 -> fetch();
        case 8, 9, 10, 11, 12 -> settleOne();
        case 13 -> settleAgainOrLate();
        case 14 -> ledger.sweep();
        case 15, 16 -> commit();
        case 17 -> {
          if (random.nextInt(5) == 0) {
            endAssignment();
          }
        }
        default -> {
          for (int i = random.nextInt(80); i > 0; i--) {
            publish();
            fetch();
          }
        }
      }
    }

    private void publish() {
      if (random.nextInt(10) == 0) {
        logEnd += 1 + random.nextInt(3); // marks of transactions, and what was compacted
      }
      log.add(logEnd++);
    }

    private void fetch() {
      for (int i = 1 + random.nextInt(10); i > 0 && position < logEnd; i--) {
        long offset = position++;
        if (log.contains(offset)) {
          KafkaDelivery delivery =
              new KafkaDelivery(
                  new ConsumerRecord<>("topic", 0, offset, new byte[0], new byte[0]), assignment);
          ledger.append(delivery);
          open.add(delivery);
          model.put(offset, false);
        } else if (random.nextBoolean()) {
          ledger.reached(position);
        } else {
          continue;
        }
        reached = position;
      }
      if (position == logEnd && random.nextBoolean()) {
        ledger.reached(position);
        reached = Math.max(reached, position);
      }
    }

    private void settleOne() {
      if (!open.isEmpty()) {
        KafkaDelivery delivery = open.remove(random.nextInt(open.size()));
        settle(delivery);
        model.put(delivery.offset(), true);
      }
    }

    private void settle(KafkaDelivery delivery) {
      handled.add(delivery.offset());
      delivery.settle();
      if (random.nextInt(5) == 0) {
        late.add(delivery);
      }
    }

    /** Neither changes anything. */
    private void settleAgainOrLate() {
      if (!late.isEmpty()) {
        late.remove(random.nextInt(late.size())).settle();
      }
    }

    private void commit() {
      long committable = ledger.committable();
      if (committable != Ledger.NOTHING) {
        check(committable >= committed, "a commit goes back", committable);
        committed = committable;
      }
    }

    /** In order, with a last commit, or by a loss; what is not committed is read again. */
    private void endAssignment() {
      if (random.nextBoolean()) {
        commit();
      }
      late.addAll(open);
      open.clear();
      model.clear();
      assignment.release();
      assignment = new Assignment("topic-0");
      ledger = new Ledger();
      position = committed;
      reached = Ledger.NOTHING;
    }

    private void checkAll() {
      long expected =
          model.entrySet().stream()
              .filter(entry -> !entry.getValue())
              .map(entry -> entry.getKey())
              .findFirst()
              .orElse(reached);
      check(ledger.committable() == expected, "committable is not the lowest unsettled", model);
      check(ledger.committable() == expected, "asked twice, it says otherwise", ledger);
      model.headMap(expected).clear();
      check(ledger.span() == model.size(), "the span is not that of the model", model);
      check(ledger.held() >= open.size(), "lets go of what is unsettled", ledger.held());
    }
  }
}
