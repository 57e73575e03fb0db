package io.stagepost.outbox.store;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a relay knows of one shard of a store that asks for pending rows: up to where nothing can
 * appear any more. Above that, everything is read in every round. Pure: no clock, no database. Not
 * thread-safe.
 *
 * <p>An id that a committed read does not show is pending, and then a dirty read shows it; or gone
 * for ever; or its row is being inserted by a statement that runs, and then not even a dirty read
 * shows it. Ids grow in the order in which they are drawn, and no insert runs for longer than
 * {@code settling}: so of the ids up to the highest that was there so long ago, the third kind has
 * none.
 */
final class ShardWindow {
  /** The highest id that was there, and when, on the session's own time. */
  private record Sample(Duration at, long highest) {}

  private final Duration settling;
  private final Deque<Sample> samples = new ArrayDeque<>();
  private final NavigableSet<Long> left = new TreeSet<>();
  final Set<Lane> held = new HashSet<>();
  private long low;
  private long seen;
  private long settled;
  private long lowestLeft = Long.MAX_VALUE;
  private boolean open;

  /**
   * Memory that begins at a mark.
   *
   * @param low up to where, included, the shard is finished
   * @param settling longer than any statement that inserts
   */
  ShardWindow(long low, Duration settling) {
    this.low = low;
    this.seen = low;
    this.settled = low;
    this.settling = settling;
  }

  /** Up to where, included, nothing can appear any more. */
  long low() {
    return low;
  }

  /** Up to where later owners need not look: below all that was left. */
  long mark() {
    return Math.min(low, lowestLeft - 1);
  }

  /** Whether ids are pending. */
  boolean isOpen() {
    return open;
  }

  /** Whether there is anything that a dirty read could help to finish. */
  boolean isMoving() {
    return seen > low;
  }

  /** How many of the ids above {@link #low()} were left. */
  int leftAbove() {
    return left.size();
  }

  /** Whether this row was left, and is not to be shown again. */
  boolean isLeft(long id) {
    return left.contains(id);
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
    }
    ids.forEach(left::remove);
    for (long id : leftIds) {
      lowestLeft = Math.min(lowestLeft, id);
      if (id > low) {
        left.add(id);
      }
    }
  }

  /**
   * Moves {@link #low()} up to where the two reads agree.
   *
   * @param dirty ids above low that a dirty read has shown, ascending
   * @param dirtyEnd up to where it has shown all
   * @param committed ids above low that a committed read has shown after it
   * @param committedEnd up to where it has shown all, and all of them were shown to the relay
   */
  void judge(List<Long> dirty, long dirtyEnd, Set<Long> committed, long committedEnd) {
    long bound = Math.min(settled, Math.min(dirtyEnd, committedEnd));
    open = false;
    for (long id : dirty) {
      if (id > committedEnd) {
        break;
      }
      if (!committed.contains(id)) {
        open = true;
        bound = Math.min(bound, id - 1);
        break;
      }
    }
    if (bound > low) {
      low = bound;
      left.headSet(low, true).clear();
    }
  }

  @Override
  public String toString() {
    return "finished up to " + low + ", seen " + seen + ", left " + left.size();
  }
}
