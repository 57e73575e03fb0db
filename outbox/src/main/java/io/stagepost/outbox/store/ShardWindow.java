package io.stagepost.outbox.store;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a relay knows of one shard of a store that asks for pending rows: up to where nothing can
 * appear any more, but for the ids that are known to be pending. Above that, everything is read in
 * every round. Pure: no clock, no database. Not thread-safe.
 *
 * <p>An id that a committed read does not show is pending, and then a dirty read shows it; or gone
 * for ever; or its row is being inserted by a statement that runs, and then not even a dirty read
 * shows it. Ids grow in the order in which they are drawn, and no insert runs for longer than
 * {@code settling}: so of the ids up to the highest that was there so long ago, the third kind has
 * none.
 */
final class ShardWindow {
  /** More pending ids are not remembered apart: they are waited for. */
  static final int MAX_PENDING = 500;

  /**
   * While so many rows were left above {@link #low()}, as may be in the seconds until it is known
   * that nothing appears among them, what is above them is not read.
   */
  private static final int MAX_LEFT = 5_000;

  /** The highest id that was there, and when, on the session's own time. */
  private record Sample(Duration at, long highest) {}

  private final Duration settling;
  private final Deque<Sample> samples = new ArrayDeque<>();
  private final NavigableSet<Long> leftAbove = new TreeSet<>();
  private final NavigableSet<Long> pending = new TreeSet<>();
  private final LeftIds left = new LeftIds();
  final Set<Lane> held = new HashSet<>();
  private long low;
  private long seen;
  private long settled;
  private long unmeasured = Long.MAX_VALUE;
  private boolean open;

  /**
   * Memory that begins nowhere yet.
   *
   * @param settling longer than any statement that inserts
   */
  ShardWindow(Duration settling) {
    this.settling = settling;
  }

  /**
   * Begins at a mark, for the first time or again. How long ago ids were drawn stays true.
   *
   * @param mark up to where, included, the shard is finished
   */
  void begin(long mark) {
    low = mark;
    seen = Math.max(seen, mark);
    settled = Math.max(settled, mark);
    unmeasured = Long.MAX_VALUE;
    open = false;
    leftAbove.clear();
    pending.clear();
    left.clear();
    held.clear();
  }

  /** Up to where, included, nothing can appear any more but what {@link #pending()}. */
  long low() {
    return low;
  }

  /** Up to where later owners need not look: below all that was left or is pending. */
  long mark() {
    long first = pending.isEmpty() ? Long.MAX_VALUE : pending.first();
    return Math.min(low, Math.min(left.first(), first) - 1);
  }

  /** Ids up to {@link #low()} that are not committed yet, ascending. */
  NavigableSet<Long> pending() {
    return pending;
  }

  /** Whether ids are pending. */
  boolean isOpen() {
    return open || !pending.isEmpty();
  }

  /** Whether there is anything that a dirty read could help to finish. */
  boolean isMoving() {
    return seen > low || !pending.isEmpty();
  }

  /** How many of the ids above {@link #low()} were left. */
  int leftAbove() {
    return leftAbove.size();
  }

  /** Up to where to read: to the end, unless many were left above {@link #low()}. */
  long readUpTo() {
    return leftAbove.size() < MAX_LEFT ? Long.MAX_VALUE : leftAbove.last();
  }

  /** Whether this row was left, and is not to be shown again. */
  boolean isLeft(long id) {
    return leftAbove.contains(id);
  }

  /** Above which id sizes are needed this time: up to there nearly all was left. */
  long takeSizedAbove() {
    long above = leftAbove.isEmpty() ? low : Math.min(leftAbove.last(), unmeasured - 1);
    unmeasured = Long.MAX_VALUE;
    return above;
  }

  /** A row was found whose size was not asked for: next time it is. */
  void measure(long id) {
    unmeasured = id;
  }

  /**
   * Learns the highest id that was drawn by now.
   *
   * @param before the time before the dirty read
   * @param after the time after it
   * @param highest what it has shown; zero if there was no row
   */
  void sample(Duration before, Duration after, long highest) {
    while (!samples.isEmpty() && samples.peek().at().plus(settling).compareTo(before) <= 0) {
      settled = Math.max(settled, samples.remove().highest());
    }
    samples.add(new Sample(after, Math.max(highest, seen)));
  }

  /** Learns the ids that a committed read has shown, and those of them that were left. */
  void shown(Collection<Long> ids, Collection<Long> leftIds) {
    for (long id : ids) {
      seen = Math.max(seen, id);
      pending.remove(id);
      if (!leftIds.contains(id)) {
        gone(id);
      }
    }
    for (long id : leftIds) {
      left.add(id);
      if (id > low) {
        leftAbove.add(id);
      }
    }
  }

  /** A row that was left is not there any more. */
  void gone(long id) {
    leftAbove.remove(id);
    left.remove(id);
  }

  /**
   * Moves {@link #low()} up to where the two reads agree, or what is pending is known.
   *
   * @param dirty ids above low, and pending ones, that a dirty read has shown, ascending
   * @param dirtyEnd up to where it has shown all
   * @param committed ids that a committed read has shown after it, all pending ones among them
   * @param committedEnd up to where it has shown all, and all of them were shown to the relay
   */
  void judge(NavigableSet<Long> dirty, long dirtyEnd, Set<Long> committed, long committedEnd) {
    pending.removeIf(id -> !dirty.contains(id) && !committed.contains(id));
    long bound = Math.min(settled, Math.min(dirtyEnd, committedEnd));
    open = false;
    for (long id : dirty) {
      if (id > committedEnd) {
        break;
      }
      if (id > low && !committed.contains(id)) {
        open = true;
        if (id > bound) {
          break;
        }
        if (pending.size() >= MAX_PENDING) {
          bound = id - 1;
          break;
        }
        pending.add(id);
      }
    }
    if (bound > low) {
      low = bound;
      leftAbove.headSet(low, true).clear();
    }
  }

  @Override
  public String toString() {
    return "finished up to " + low + " but for " + pending + ", seen " + seen + ", left " + left;
  }
}
