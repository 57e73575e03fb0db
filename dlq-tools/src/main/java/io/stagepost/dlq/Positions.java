package io.stagepost.dlq;

import io.stagepost.spi.Origin;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * A set of places at an address: intervals of positions, partition by partition, so that a million
 * letters in a row take no more room than one. Not thread-safe.
 */
final class Positions {
  /** By partition: from the first position of an interval to its last. */
  private final Map<String, TreeMap<Long, Long>> intervals = new TreeMap<>();

  private long size;

  static long position(Origin at) {
    return Long.parseLong(at.position());
  }

  /** How many places there are. */
  long size() {
    return size;
  }

  boolean contains(Origin at) {
    return contains(at.partition(), position(at));
  }

  boolean contains(String partition, long position) {
    TreeMap<Long, Long> ranges = intervals.get(partition);
    Map.Entry<Long, Long> below = ranges == null ? null : ranges.floorEntry(position);
    return below != null && position <= below.getValue();
  }

  void add(Origin at) {
    add(at.partition(), position(at), position(at));
  }

  void addAll(Positions others) {
    others.forEach((partition, range) -> add(partition, range.first(), range.last()));
  }

  /** Merges with what it touches; what is there already is not counted again. */
  void add(String partition, long first, long last) {
    TreeMap<Long, Long> ranges = intervals.computeIfAbsent(partition, any -> new TreeMap<>());
    long from = first;
    long to = last;
    Map.Entry<Long, Long> near = ranges.floorEntry(last == Long.MAX_VALUE ? last : last + 1);
    while (near != null && near.getValue() >= first - 1) {
      from = Math.min(from, near.getKey());
      to = Math.max(to, near.getValue());
      size -= near.getValue() - near.getKey() + 1;
      ranges.remove(near.getKey());
      near = ranges.floorEntry(last == Long.MAX_VALUE ? last : last + 1);
    }
    ranges.put(from, to);
    size += to - from + 1;
  }

  /** Whether it was there. */
  boolean remove(Origin at) {
    long before = size;
    remove(at.partition(), position(at), position(at));
    return size < before;
  }

  void remove(String partition, long first, long last) {
    TreeMap<Long, Long> ranges = intervals.get(partition);
    if (ranges == null) {
      return;
    }
    Map.Entry<Long, Long> near = ranges.floorEntry(last);
    while (near != null && near.getValue() >= first) {
      long from = near.getKey();
      long to = near.getValue();
      ranges.remove(from);
      size -= to - from + 1;
      if (to > last) {
        ranges.put(last + 1, to);
        size += to - last;
      }
      if (from < first) {
        ranges.put(from, first - 1);
        size += first - from;
      }
      near = ranges.floorEntry(last);
    }
  }

  /** Takes out what lies before a position. */
  Positions removeBefore(String partition, long position) {
    Positions before = new Positions();
    TreeMap<Long, Long> ranges = intervals.getOrDefault(partition, new TreeMap<>());
    while (!ranges.isEmpty() && ranges.firstKey() < position) {
      long from = ranges.firstKey();
      long to = Math.min(ranges.firstEntry().getValue(), position - 1);
      before.add(partition, from, to);
      remove(partition, from, to);
    }
    return before;
  }

  /** By partition, the first position. */
  Map<String, Long> first() {
    Map<String, Long> first = new TreeMap<>();
    forEach((partition, range) -> first.putIfAbsent(partition, range.first()));
    return first;
  }

  /** By partition, the last position. */
  Map<String, Long> last() {
    Map<String, Long> last = new TreeMap<>();
    forEach((partition, range) -> last.put(partition, range.last()));
    return last;
  }

  /** A copy without letters, named by their ids. */
  Positions without(Collection<String> ids) {
    Positions copy = new Positions();
    copy.addAll(this);
    for (String id : ids) {
      long position = position(id);
      copy.remove(partition(id), position, position);
    }
    return copy;
  }

  /** A copy of no others than these letters, named by their ids. */
  Positions only(Collection<String> ids) {
    Positions copy = new Positions();
    for (String id : ids) {
      long position = position(id);
      if (contains(partition(id), position)) {
        copy.add(partition(id), position, position);
      }
    }
    return copy;
  }

  private static String partition(String id) {
    return id.substring(0, Math.max(0, id.lastIndexOf('-')));
  }

  private static long position(String id) {
    return Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
  }

  /** A copy without what has been dealt with already, where a kind of entry is to be written. */
  Positions open(Ledger.State state, Entry.Kind kind) {
    Positions open = new Positions();
    open.addAll(this);
    if (kind == Entry.Kind.RESTORED) {
      forEach(
          (partition, range) -> {
            for (long position = range.first(); position <= range.last(); position++) {
              if (!state.isDiscarded(partition, position)) {
                open.remove(partition, position, position);
              }
            }
          });
      return open;
    }
    state.forEachResolved(
        resolved ->
            resolved.forEach(
                (partition, range) -> open.remove(partition, range.first(), range.last())));
    return open;
  }

  /** Those of a partition. */
  Positions only(String partition) {
    Positions only = new Positions();
    forEach(
        (each, range) -> {
          if (each.equals(partition)) {
            only.add(partition, range.first(), range.last());
          }
        });
    return only;
  }

  /** A stretch of positions, both ends included. */
  record Range(long first, long last) {}

  void forEach(BiConsumer<String, Range> visitor) {
    intervals.forEach(
        (partition, ranges) ->
            ranges.forEach((from, to) -> visitor.accept(partition, new Range(from, to))));
  }

  /**
   * By partition, each interval as {@code 17} or {@code 17-23}: as files and the ledger have it.
   */
  Map<String, List<String>> write() {
    Map<String, List<String>> written = new TreeMap<>();
    forEach(
        (partition, range) ->
            written
                .computeIfAbsent(partition, any -> new ArrayList<>())
                .add(
                    range.first() == range.last()
                        ? Long.toString(range.first())
                        : range.first() + "-" + range.last()));
    return written;
  }

  /** What {@link #write} has written. */
  static Positions read(Map<String, List<String>> written) {
    Positions positions = new Positions();
    written.forEach(
        (partition, ranges) -> {
          for (String range : ranges) {
            int dash = range.indexOf('-');
            long first = Long.parseLong(dash < 0 ? range : range.substring(0, dash));
            long last = dash < 0 ? first : Long.parseLong(range.substring(dash + 1));
            positions.add(partition, first, last);
          }
        });
    return positions;
  }

  @Override
  public String toString() {
    return write().toString();
  }
}
