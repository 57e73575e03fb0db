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
 * <em>assigned after</em> the snapshot that showed the hole, or 0 if it is known to be over.
 * Whoever drew an id in the hole had its own transaction id before that, so a lower one; once a
 * snapshot's {@code xmin} has reached the horizon, that transaction is over, and if this snapshot
 * does not show the row, none ever will.
 */
final class ShardMemory {
  /** Ids that were not there, both ends included. */
  record Range(long lo, long hi, long horizon) {}

  /** What was found and left in place. */
  final LeftIds left = new LeftIds();

  private final int maxRanges;
  private long seen;
  private List<Range> missing = new ArrayList<>();

  /**
   * Memory that begins at a mark.
   *
   * @param low up to where, included, the shard is finished
   * @param maxRanges how many ranges it remembers apart; beyond, they are merged where nothing was
   *     left between them
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

  /** Up to where later owners need not look: below all that was left, too. */
  long mark() {
    return Math.min(low(), left.first() - 1);
  }

  /**
   * Learns from one fetch, whose rows have all been sent and deleted, or are among {@link #left}.
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

  /** Which of the missing ranges are parts of ranges that were missing before. */
  List<Range> within(List<Range> earlier) {
    List<Range> parts = new ArrayList<>();
    int next = 0;
    for (Range range : missing) {
      while (next < earlier.size() && earlier.get(next).hi() < range.hi()) {
        next++;
      }
      if (next < earlier.size() && earlier.get(next).lo() <= range.lo()) {
        parts.add(range);
      }
    }
    return parts;
  }

  /** Parts of these ranges are over: what the next snapshot does not show of them never appears. */
  void over(List<Range> ranges) {
    List<Range> over = within(ranges);
    missing =
        missing.stream()
            .map(range -> over.contains(range) ? new Range(range.lo(), range.hi(), 0) : range)
            .toList();
  }

  private static void add(List<Range> ranges, long lo, long hi, long horizon) {
    if (lo <= hi) {
      ranges.add(new Range(lo, hi, horizon));
    }
  }

  /**
   * Too many ranges become fewer that cover more: what they cover besides will not be found. So
   * they cover no row that was left, which would be found in every round.
   */
  private List<Range> merged(List<Range> ranges) {
    if (ranges.size() <= maxRanges) {
      return ranges;
    }
    List<Range> fewer = new ArrayList<>(ranges.subList(0, maxRanges));
    for (Range range : ranges.subList(maxRanges, ranges.size())) {
      Range last = fewer.get(fewer.size() - 1);
      if (left.isAnyIn(last.hi() + 1, range.lo() - 1)) {
        fewer.add(range);
      } else {
        long horizon = Math.max(last.horizon(), range.horizon());
        fewer.set(fewer.size() - 1, new Range(last.lo(), range.hi(), horizon));
      }
    }
    return fewer;
  }

  @Override
  public String toString() {
    return "seen " + seen + ", missing " + missing + ", left " + left;
  }
}
