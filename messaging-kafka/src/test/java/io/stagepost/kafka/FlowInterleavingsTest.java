package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.spi.Delivery;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Explores what can happen to a partition over several assignments: fetches with gaps, offers that
 * are taken in part, settlements in any order, twice and late, commits that work or fail, sweeps,
 * orderly ends, and deaths that fall back to the last commit. A seed decides every step; a plain
 * set says what must be. {@code -Dflow.schedules=N} explores N of them, {@code -Dflow.seed=S}
 * begins with that one.
 */
class FlowInterleavingsTest {
  private static final int SCHEDULES = Integer.getInteger("flow.schedules", 3_000);
  private static final long FIRST_SEED = Long.getLong("flow.seed", 1L);
  private static final int PARTS = 3;
  private static final byte[] BATCH = "[{},{},{}]".getBytes(UTF_8);
  private static final RecordHeaders BATCHED = new RecordHeaders();

  static {
    BATCHED.add("content-type", "application/cloudevents-batch+json".getBytes(UTF_8));
  }

  private static final TopicPartition PARTITION = new TopicPartition("topic", 0);

  @Test
  void d03_d09_d11_hold_under_every_schedule() {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
      try {
        new Schedule(seed).run();
      } catch (AssertionError | RuntimeException broken) {
        throw new AssertionError("replay with -Dflow.schedules=1 -Dflow.seed=" + seed, broken);
      }
    }
  }

  /**
   * Room is told of once. If what is to be offered then has to be committed before, and that fails,
   * it is still to be offered.
   */
  @Test
  void d03_what_could_not_be_declared_is_offered_although_room_was_told_of_before() {
    OffsetAndMetadata endedTwice = new Checkpoint(0, new BitSet(), 0, 2, 3, -1, 0).toCommit();
    Flow flow = new Flow(PARTITION, endedTwice, () -> {}, new Semaphore(1));
    flow.fetched(List.of(Schedule.record(0), Schedule.record(1), Schedule.record(2)));
    flow.committed(flow.toDeclare().toCommit());
    Taking intake = new Taking();
    intake.room = 1;
    flow.offer(intake);
    flow.fetched(List.of(Schedule.record(3)));
    assertThat(flow.hasNext(false)).as("refused, and no word of room").isFalse();
    assertThat(flow.hasNext(true)).isTrue();
    assertThat(flow.mustDeclare()).isTrue();
    Checkpoint unused = flow.toDeclare();

    flow.notDeclared();

    assertThat(flow.hasNext(false)).isTrue();
  }

  private static void check(boolean holds, String what, Object of) {
    if (!holds) {
      throw new AssertionError(what + ": " + of);
    }
  }

  /** Takes some of what it is offered. */
  private static final class Taking extends Accepting {
    final List<Delivery> open = new ArrayList<>();
    int room;

    @Override
    public int offer(List<? extends Delivery> deliveries) {
      int taken = Math.min(room, deliveries.size());
      open.addAll(deliveries.subList(0, taken));
      return taken;
    }
  }

  private static final class Schedule {
    private final Random random;
    private final Semaphore process = new Semaphore(1);

    /** What lies in the partition: the offsets of its records; the others hold none. */
    private final TreeSet<Long> log = new TreeSet<>();

    private long logEnd;

    /** What the broker has of the group's progress. */
    private @Nullable OffsetAndMetadata broker;

    private final long beginning;

    /** Offsets whose outcome was final at some time, and those of which a commit says so. */
    private final Set<Long> handled = new HashSet<>();

    private final Set<Long> known = new HashSet<>();

    /** Of assignments that have ended: what still runs settles them, late. */
    private final List<Delivery> late = new ArrayList<>();

    // The assignment.
    private Flow flow;
    private Taking intake = new Taking();
    private long position;
    private long lastTaken = Ledger.NOTHING;

    /** Of this assignment. */
    private final TreeSet<Long> taken = new TreeSet<>();

    private final Set<Long> settled = new HashSet<>();
    private final Map<Long, Integer> parts = new HashMap<>();

    Schedule(long seed) {
      random = new Random(seed * 0x9E3779B97F4A7C15L);
      beginning = random.nextInt(1_000);
      logEnd = beginning;
      position = beginning;
      flow = new Flow(PARTITION, null, () -> {}, process);
    }

    void run() {
      int steps = 50 + random.nextInt(400);
      for (int i = 0; i < steps; i++) {
        step();
      }
      // In the end all is settled, and all of it is committed.
      for (int i = 0; position < logEnd || flow.isHolding() || !intake.open.isEmpty(); i++) {
        check(i < 1_000_000, "it does not end", position);
        fetch();
        offer(true);
        for (int n = random.nextInt(40); n >= 0; n--) {
          settleOne();
        }
        flow.advance();
      }
      commit(true, true);
      flow.end();
      check(log.isEmpty() || broker != null, "nothing is committed", log);
      check(broker == null || broker.offset() >= logEnd, "not all is committed", logEnd);
      check(broker == null || broker.metadata().isEmpty(), "something is left", logEnd);
      check(handled.containsAll(log), "lost", log.size());
    }

    private void step() {
      switch (random.nextInt(20)) {
        case 0, 1, 2, 3 -> publish();
        case 4, 5, 6 -> fetch();
        case 7, 8 -> offer(random.nextInt(5) > 0);
        case 9, 10, 11, 12, 13 -> settleOne();
        case 14 -> {
          if (!late.isEmpty()) { // settling again, or late, changes nothing
            late.remove(random.nextInt(late.size())).settle();
          }
        }
        case 15 -> {
          flow.advance();
          flow.sweep();
        }
        case 16, 17 -> commit(false, random.nextInt(4) > 0);
        case 18 -> {
          if (random.nextInt(4) == 0) {
            endAssignment();
          }
        }
        default -> {
          for (int i = random.nextInt(80); i > 0; i--) {
            publish();
          }
          fetch();
          offer(true);
        }
      }
    }

    private void publish() {
      if (random.nextInt(10) == 0) {
        logEnd += 1 + random.nextInt(3); // marks of transactions, and what was compacted
      }
      if (random.nextInt(300) == 0) {
        logEnd += random.nextInt(3 * Flow.SPAN);
      }
      log.add(logEnd++);
    }

    private void fetch() {
      if (flow.isHolding()) {
        return; // it is paused
      }
      List<ConsumerRecord<byte @Nullable [], byte @Nullable []>> records = new ArrayList<>();
      int most = 1 + random.nextInt(30);
      while (records.size() < most && position < logEnd) {
        Long next = log.ceiling(position);
        if (next == null) {
          position = logEnd;
        } else {
          records.add(record(next));
          position = next + 1;
        }
      }
      if (!records.isEmpty()) {
        flow.fetched(records);
        flow.reached(position);
      }
    }

    private static ConsumerRecord<byte @Nullable [], byte @Nullable []> record(long offset) {
      return new ConsumerRecord<>(
          "topic",
          0,
          offset,
          0L,
          TimestampType.CREATE_TIME,
          0,
          0,
          null,
          isBatch(offset) ? BATCH : null,
          isBatch(offset) ? BATCHED : new RecordHeaders(),
          Optional.of((int) (offset / 1_000)));
    }

    private void offer(boolean declares) {
      if (flow.isToLeave()) {
        commit(false, true);
        flow.leave();
      }
      intake.room = random.nextInt(40);
      if (!flow.hasNext(true)) {
        return;
      }
      if (flow.mustDeclare()) {
        OffsetAndMetadata declaring = flow.toDeclare().toCommit();
        if (!declares) {
          flow.notDeclared();
          return;
        }
        committed(declaring);
      }
      int before = intake.open.size();
      flow.offer(intake);
      for (Delivery delivery : intake.open.subList(before, intake.open.size())) {
        long offset = offset(delivery);
        check(offset > lastTaken || isBatch(offset), "out of order", delivery);
        check(!known.contains(offset), "again, though a commit says that it is settled", delivery);
        check(log.contains(offset), "nothing lies there", delivery);
        lastTaken = offset;
        taken.add(offset);
      }
      Long lowest =
          taken.stream().filter(offset -> !settled.contains(offset)).findFirst().orElse(null);
      check(lowest == null || lastTaken - lowest < Flow.SPAN, "too far ahead", lastTaken);
      check(
          delivered(intake.open) || intake.open.size() == 1, "a suspect is not alone", intake.open);
    }

    private static boolean delivered(List<Delivery> open) {
      return open.stream().noneMatch(delivery -> ((KafkaDelivery) delivery).isSuspect());
    }

    private static long offset(Delivery delivery) {
      return ((KafkaDelivery) delivery).offset();
    }

    /** Some records hold several events. */
    private static boolean isBatch(long offset) {
      return offset % 7 == 0;
    }

    private void settleOne() {
      if (!intake.open.isEmpty()) {
        Delivery delivery = intake.open.remove(random.nextInt(intake.open.size()));
        long offset = offset(delivery);
        if (!isBatch(offset) || parts.merge(offset, 1, Integer::sum) == PARTS) {
          handled.add(offset);
          settled.add(offset);
        }
        delivery.settle();
        if (random.nextInt(5) == 0) {
          late.add(delivery);
        }
      }
    }

    private void commit(boolean ending, boolean works) {
      Checkpoint checkpoint = flow.toCommit(ending);
      if (checkpoint != null && works) {
        committed(checkpoint.toCommit());
      }
    }

    /** The broker has it. */
    private void committed(OffsetAndMetadata commit) {
      check(broker == null || commit.offset() >= broker.offset(), "a commit goes back", commit);
      check(commit.metadata().length() <= 4_096, "too long", commit.metadata().length());
      broker = commit;
      flow.committed(commit);
      check(
          handled.containsAll(log.subSet(beginning, commit.offset())),
          "committed, and not handled",
          commit);
      Checkpoint read = Checkpoint.of(commit);
      for (long offset : log.tailSet(commit.offset())) {
        if (read.isSettled(record(offset))) {
          check(handled.contains(offset), "settled, and not handled", offset);
          known.add(offset);
        } else {
          check(!settled.contains(offset), "handled, and not said to be", offset);
        }
      }
      known.addAll(log.headSet(commit.offset()));
    }

    /** In order, with a last commit, or not; what is not committed is read again. */
    private void endAssignment() {
      if (random.nextInt(3) == 0) {
        flow.end();
        commit(true, random.nextInt(4) > 0);
      }
      flow.end(); // a process that dies takes its permit along
      late.addAll(intake.open);
      intake = new Taking();
      taken.clear();
      settled.clear();
      parts.clear();
      flow = new Flow(PARTITION, broker, () -> {}, process);
      position = broker == null ? beginning : broker.offset();
      lastTaken = Ledger.NOTHING;
    }
  }
}
