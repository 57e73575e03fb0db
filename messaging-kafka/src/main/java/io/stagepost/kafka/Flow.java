package io.stagepost.kafka;

import io.stagepost.spi.Assignment;
import io.stagepost.spi.Intake;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * One assigned partition: what was fetched and is not taken yet, and the ledger of what was taken.
 * Belongs to the receiver's thread.
 */
final class Flow {
  /**
   * How far from its first unsettled delivery a partition is handled at most, in offsets (rule
   * D09): for each of them a bit must have room in the commit's metadata, 4,096 characters.
   */
  static final int SPAN = 20_000;

  /** How many deliveries it holds before it is to be paused. */
  private static final int READ_AHEAD = 500;

  /** How many deliveries are offered at once while it is committed before which. */
  private static final int WATCHED = 500;

  final TopicPartition partition;
  final Assignment assignment;

  /** Whether it is paused at the consumer. */
  boolean paused;

  private final Runnable settled;
  private final Ledger ledger = new Ledger();
  private final CrashGuard guard;
  private Checkpoint found;

  /** What is known to be committed. */
  private @Nullable OffsetAndMetadata committed;

  /** What was fetched; from {@code first} on it is not taken yet. */
  private List<KafkaDelivery> held = List.of();

  private int first;

  /** Whether the intake took less than it was offered: it will tell when there is room. */
  private boolean refused;

  private long position = Ledger.NOTHING;
  private int epoch;

  /**
   * A new assignment.
   *
   * @param committed what the group has committed for it; null if nothing
   * @param settled called when a delivery was settled that others wait for
   * @param process one permit, of the process: see {@link CrashGuard}
   */
  Flow(
      TopicPartition partition,
      @Nullable OffsetAndMetadata committed,
      Runnable settled,
      Semaphore process) {
    this.partition = partition;
    this.assignment = new Assignment(partition.toString());
    this.committed = committed;
    this.settled = settled;
    this.found = committed == null ? Checkpoint.at(Ledger.NOTHING) : Checkpoint.of(committed);
    this.guard = new CrashGuard(found, process);
    this.epoch = found.epoch();
  }

  // ---- fetched, offered, taken

  /** Holds what was fetched, but for what was settled in an earlier assignment. */
  void fetched(List<ConsumerRecord<byte @Nullable [], byte @Nullable []>> records) {
    if (records.get(0).offset() < found.offset()) {
      found = Checkpoint.at(found.offset()); // the broker has begun anew
    }
    List<KafkaDelivery> all = new ArrayList<>(held.size() - first + records.size());
    all.addAll(held.subList(first, held.size()));
    for (ConsumerRecord<byte @Nullable [], byte @Nullable []> record : records) {
      if (!found.isSettled(record)) {
        long offset = record.offset();
        BatchedEvent.addTo(
            all,
            new KafkaDelivery(
                record,
                assignment,
                guard.isSuspect(offset)
                    ? new KafkaDelivery.Suspicion(guard.crashes(offset), settled)
                    : null));
      }
    }
    held = all;
    first = 0;
  }

  /** Everything below this offset was fetched. */
  void reached(long position) {
    this.position = position;
  }

  boolean isHolding() {
    return first < held.size();
  }

  /** Whether it holds enough to be paused; a little is read ahead. */
  boolean isFull() {
    return held.size() - first > READ_AHEAD;
  }

  /** Whether some of what it holds may be offered now. */
  boolean hasNext(boolean room) {
    return (room || !refused) && !next().isEmpty();
  }

  /** What may be offered now, in order. */
  private List<KafkaDelivery> next() {
    if (!isHolding()) {
      return List.of();
    }
    long lowest = held.get(first).offset();
    if (guard.isSuspect(lowest)) {
      return ledger.isEmpty() && guard.enter() ? held.subList(first, first + 1) : List.of();
    }
    if (guard.isAnyAlone()) {
      return List.of();
    }
    if (!ledger.isEmpty()) {
      lowest = ledger.committable();
    }
    int end = guard.isWatching() ? Math.min(held.size(), first + WATCHED) : held.size();
    while (end > first && held.get(end - 1).offset() >= lowest + SPAN) {
      end--;
    }
    return held.subList(first, end);
  }

  /** Whether {@link #toDeclare} is to be committed before the next is offered. */
  boolean mustDeclare() {
    List<KafkaDelivery> next = next();
    return !next.isEmpty() && !isForeign() && guard.mustDeclare(next);
  }

  /**
   * Whether others may begin again in this process, as soon as a commit says that nothing of this
   * one is under way any more.
   */
  boolean isToLeave() {
    return guard.isAlone()
        && ledger.isEmpty()
        && (refused || !isHolding() || !guard.isSuspect(held.get(first).offset()));
  }

  void leave() {
    guard.leave();
  }

  /** What is to be committed before the next is offered. */
  Checkpoint toDeclare() {
    List<KafkaDelivery> next = next();
    guard.declare(next);
    long lowest = committable();
    return checkpoint(lowest == Ledger.NOTHING ? next.get(0).offset() : lowest);
  }

  /** It is tried again, though nobody tells of room once more: that was told already. */
  void notDeclared() {
    guard.undeclare();
    refused = false;
  }

  /** Offers what may be offered; whether any was taken. */
  boolean offer(Intake intake) {
    List<KafkaDelivery> next = next();
    int taken = intake.offer(next);
    refused = taken < next.size();
    for (int i = 0; i < taken; i++) {
      ledger.append(next.get(i));
    }
    if (taken == 0) {
      guard.refused();
      return false;
    }
    epoch = Math.max(epoch, next.get(taken - 1).leaderEpoch());
    first += taken;
    if (!isHolding()) {
      held = List.of();
      first = 0;
    }
    return true;
  }

  // ---- settled, committed

  /** Lets go of what is settled, before it grows old. */
  void advance() {
    if (!isHolding()) {
      ledger.reached(position);
    }
    long unused = ledger.committable();
  }

  /** The offset to be committed. Of its first held offset a part may be taken already. */
  private long committable() {
    long taken = ledger.committable();
    return isHolding() ? Math.min(taken, held.get(first).offset()) : taken;
  }

  void sweep() {
    ledger.sweep();
  }

  /**
   * What is to be committed; null if nothing is new.
   *
   * @param ending whether the assignment ends, in order
   */
  @Nullable Checkpoint toCommit(boolean ending) {
    advance();
    long offset = committable();
    if (offset == Ledger.NOTHING && guard.isAlone() && isHolding()) {
      offset = held.get(first).offset(); // it was declared and not taken: that is taken back
    }
    if (offset == Ledger.NOTHING || (isForeign() && offset == found.offset())) {
      return null;
    }
    Checkpoint checkpoint = ending ? checkpoint(offset).ended() : checkpoint(offset);
    return checkpoint.toCommit().equals(committed) ? null : checkpoint;
  }

  private Checkpoint checkpoint(long offset) {
    BitSet settled = ledger.settled(offset);
    if (isHolding() && held.get(first).offset() < ledger.end()) {
      settled.clear((int) (held.get(first).offset() - offset));
    }
    long taken = Math.max(offset, ledger.end());
    for (int i = found.settled().nextSetBit(0); i >= 0; i = found.settled().nextSetBit(i + 1)) {
      long above = found.offset() + i;
      if (above >= taken) {
        settled.set((int) (above - offset));
      }
    }
    return guard.checkpoint(offset, settled, epoch, taken);
  }

  /** As the group has it. */
  Optional<OffsetAndMetadata> lastCommit() {
    return Optional.ofNullable(committed);
  }

  void committed(OffsetAndMetadata done) {
    committed = done;
    guard.progressed(done.offset());
  }

  /** Whether the metadata is somebody else's, and to be left alone until there is progress. */
  private boolean isForeign() {
    return committed != null && Checkpoint.isForeign(committed);
  }

  /** The assignment ends. */
  void end() {
    assignment.release();
    guard.leave();
  }

  @Override
  public String toString() {
    return partition.toString();
  }
}
