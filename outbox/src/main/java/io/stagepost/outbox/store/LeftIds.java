package io.stagepost.outbox.store;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The ids of a shard's rows that were left in place, as runs of neighbours: an outage leaves
 * millions, in few runs. Beyond 10,000 runs a new id is joined to the run below it, and what lies
 * between counts as left too: whoever asks must bear that. Pure. Not thread-safe.
 */
final class LeftIds {
  private static final int MAX_RUNS = 10_000;

  /** The last id of each run, by its first. */
  private final NavigableMap<Long, Long> runs = new TreeMap<>();

  void add(long id) {
    Map.Entry<Long, Long> below = runs.floorEntry(id);
    if (below != null && below.getValue() >= id) {
      return;
    }
    boolean joins = below != null && (below.getValue() == id - 1 || runs.size() >= MAX_RUNS);
    Long end = runs.remove(id + 1);
    runs.put(joins ? below.getKey() : id, end == null ? id : end);
  }

  void remove(long id) {
    Map.Entry<Long, Long> run = runs.floorEntry(id);
    if (run == null || run.getValue() < id) {
      return;
    }
    runs.remove(run.getKey());
    if (run.getKey() < id) {
      runs.put(run.getKey(), id - 1);
    }
    if (id < run.getValue()) {
      runs.put(id + 1, run.getValue());
    }
  }

  void clear() {
    runs.clear();
  }

  boolean isEmpty() {
    return runs.isEmpty();
  }

  /** The lowest, or the highest long if there is none. */
  long first() {
    return runs.isEmpty() ? Long.MAX_VALUE : runs.firstKey();
  }

  /** Whether there may be any from one id to another, both included. */
  boolean isAnyIn(long lo, long hi) {
    Map.Entry<Long, Long> last = runs.floorEntry(hi);
    return lo <= hi && last != null && last.getValue() >= lo;
  }

  @Override
  public String toString() {
    return runs.toString();
  }
}
