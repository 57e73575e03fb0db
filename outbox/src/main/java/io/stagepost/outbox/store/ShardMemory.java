package io.stagepost.outbox.store;

import java.util.ArrayList;
import java.util.List;

/**
 * What a relay knows of one shard: the highest id it has seen, and which ids below it were missing
 * and may still appear. Everything it holds is a fact that stays true, so that memory which has
 * grown old is dear, not wrong. Pure: no clock, no database. Not thread-safe.
 *
 * <p>An id can be missing because its transaction is still open (the row will appear), has rolled
 * back, or because the row was deleted. The horizon of a missing range is a transaction id that was
 * <em>assigned after</em> the snapshot that showed the hole. Whoever drew an id in the hole had its
 * own transaction id before that, so a lower one; once a snapshot's {@code xmin} has reached the
 * horizon, that transaction is over, and if this snapshot does not show the row, none ever will.
 */
final class ShardMemory {
  /** Ids that were not there, both ends included. */
  record Range(long lo, long hi, long horizon) {}

  private final int maxRanges;
  private long seen;
  private List<Range> missing = new ArrayList<>();

  /**
   * Memory that begins at a mark.
   *
   * @param low up to where, included, the shard is finished
   * @param maxRanges how many ranges it remembers apart; beyond, they are merged
   */
  ShardMemory(long low, int maxRanges) {
    this.seen = low;
    this.maxRanges = maxRanges;
  }

  /** The highest id seen; higher ones are new. */
  long seen() {
    return seen;
  }

  /** What may still appear below {@link #seen()}: apart, in ascending order. */
  List<Range> missing() {
    return missing;
  }

  /** Whether an id was seen, or given up. */
  boolean isPast(long id) {
    return id <= seen && missing.stream().noneMatch(range -> range.lo() <= id && id <= range.hi());
  }

  /** Up to where, included, nothing can appear any more. */
  long low() {
    return missing.isEmpty() ? seen : missing.get(0).lo() - 1;
  }

  /**
   * Learns from one fetch, whose rows have all been sent and deleted.
   *
   * @param found the ids found, ascending
   * @param cut whether there may be more beyond the last one found: then nothing is known there
   * @param xmin the oldest transaction id still running in the snapshot that the rows were found in
   * @param horizon a transaction id assigned after that snapshot; needed if anything was found
   * @return the ids that must not exist: not missing and not new
   */
  List<Long> judge(List<Long> found, boolean cut, long xmin, long horizon) {
    List<Long> violations = new ArrayList<>();
    List<Range> open = new ArrayList<>(missing.size());
    long limit = cut ? found.get(found.size() - 1) : Long.MAX_VALUE;
    int next = 0;
    for (Range range : missing) {
      if (range.lo() > limit) {
        open.add(range);
        continue;
      }
      while (next < found.size() && found.get(next) < range.lo()) {
        violations.add(found.get(next++));
      }
      boolean over = xmin >= range.horizon();
      long from = range.lo();
      for (; next < found.size() && found.get(next) <= range.hi(); next++) {
        if (!over) {
          add(open, from, found.get(next) - 1, range.horizon());
        }
        from = found.get(next) + 1;
      }
      if (!over || range.hi() > limit) {
        add(open, from, range.hi(), range.horizon());
      }
    }
    long last = seen;
    for (; next < found.size(); next++) {
      long id = found.get(next);
      if (id <= seen) {
        violations.add(id);
      } else {
        add(open, last + 1, id - 1, horizon);
        last = id;
      }
    }
    seen = last;
    missing = merged(open);
    return violations;
  }

  private static void add(List<Range> ranges, long lo, long hi, long horizon) {
    if (lo <= hi) {
      ranges.add(new Range(lo, hi, horizon));
    }
  }

  /** Too many ranges become one that covers more: what it covers besides will not be found. */
  private List<Range> merged(List<Range> ranges) {
    if (ranges.size() <= maxRanges) {
      return ranges;
    }
    List<Range> rest = ranges.subList(maxRanges - 1, ranges.size());
    long horizon = rest.stream().mapToLong(Range::horizon).max().orElseThrow();
    Range one = new Range(rest.get(0).lo(), rest.get(rest.size() - 1).hi(), horizon);
    List<Range> fewer = new ArrayList<>(ranges.subList(0, maxRanges - 1));
    fewer.add(one);
    return fewer;
  }

  @Override
  public String toString() {
    return "seen " + seen + ", missing " + missing;
  }
}
