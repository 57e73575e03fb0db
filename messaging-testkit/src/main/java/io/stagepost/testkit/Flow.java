package io.stagepost.testkit;

import io.stagepost.spi.Assignment;
import java.util.ArrayList;
import java.util.List;

/**
 * One assignment of a partition to a member, and what its intake has not taken yet:
 *
 * <pre>
 *   ACTIVE ──orderly──▶ REVOKING ──handlers ended, or drain limit──▶ ENDED
 *      └──────────────────lost, closed──────────────────────────────▶
 * </pre>
 *
 * <p>Only an active flow is fed; until it has ended, what it settles counts. Guarded by the
 * broker's lock.
 */
final class Flow {
  enum State {
    ACTIVE,
    REVOKING,
    ENDED
  }

  final Member member;
  final Progress progress;
  final Assignment assignment;
  State state = State.ACTIVE;

  /** Refused by the intake: nothing more until it tells of room. */
  boolean blocked;

  /** Waits for a delay between two deliveries. */
  boolean delayed;

  private List<MemoryDelivery> held = List.of();
  private long next;

  Flow(Member member, Progress progress) {
    this.member = member;
    this.progress = progress;
    this.assignment = new Assignment(progress.partition.name);
    this.next = progress.lowest();
  }

  boolean isReady() {
    return state == State.ACTIVE
        && !blocked
        && !delayed
        && (!held.isEmpty() || next < progress.partition.end());
  }

  /** What is to be offered next, in order: what was refused first. */
  List<MemoryDelivery> fetch(int most, Faults faults) {
    if (held.isEmpty()) {
      List<MemoryDelivery> fetched = new ArrayList<>();
      while (fetched.size() < most && next < progress.partition.end()) {
        Partition.Entry entry = progress.partition.get(next);
        fetched.add(new MemoryDelivery(this, entry, next));
        if (faults.duplicates()) {
          fetched.add(new MemoryDelivery(this, entry, next));
        }
        next++;
      }
      held = fetched;
    }
    return held;
  }

  /** The first so many were taken. */
  void taken(int count) {
    held = count == held.size() ? List.of() : held.subList(count, held.size());
  }

  void end() {
    state = State.ENDED;
    held = List.of();
    if (progress.flow == this) {
      progress.flow = null;
    }
  }

  @Override
  public String toString() {
    return assignment.toString();
  }
}
