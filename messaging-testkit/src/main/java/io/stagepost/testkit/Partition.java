package io.stagepost.testkit;

import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import io.stagepost.spi.StoredMessage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An append-only log of messages: a ring of those from {@link #begin()} to {@link #end()}, both
 * offsets. Guarded by the broker's lock.
 */
final class Partition {
  private static final int SMALLEST = 16;

  /**
   * A message as it was stored.
   *
   * @param number how many the broker had stored before it, at all addresses
   */
  record Entry(Message message, Instant time, long number) {}

  final String address;
  final int number;
  final String name;

  /** What each group has settled of it. */
  final List<Progress> progress = new ArrayList<>();

  private @Nullable Entry[] ring = new Entry[SMALLEST];
  private long begin;
  private long end;

  Partition(String address, int number) {
    this.address = address;
    this.number = number;
    this.name = address + "-" + number;
  }

  long begin() {
    return begin;
  }

  long end() {
    return end;
  }

  long append(Message message, Instant time, long number) {
    if (end - begin == ring.length) {
      @Nullable Entry[] larger = new Entry[ring.length * 2];
      for (long offset = begin; offset < end; offset++) {
        larger[(int) (offset & (larger.length - 1))] = ring[slot(offset)];
      }
      ring = larger;
    }
    ring[slot(end)] = new Entry(message, time, number);
    return end++;
  }

  Entry get(long offset) {
    Entry entry = offset < begin || offset >= end ? null : ring[slot(offset)];
    if (entry == null) {
      throw new IllegalArgumentException(
          name + " holds the offsets " + begin + " to " + end + ", not " + offset);
    }
    return entry;
  }

  StoredMessage stored(long offset) {
    Entry entry = get(offset);
    return new StoredMessage(entry.message(), origin(offset, entry));
  }

  Origin origin(long offset, Entry entry) {
    return new Origin(address, Integer.toString(number), Long.toString(offset), entry.time());
  }

  /** Forgets what every group that has ever read it has settled for good. */
  void discardSettled() {
    if (progress.isEmpty()) {
      return;
    }
    long until = end;
    for (Progress each : progress) {
      until = Math.min(until, each.durable());
    }
    discardBefore(until);
  }

  void discardBefore(long offset) {
    while (begin < Math.min(offset, end)) {
      ring[slot(begin++)] = null;
    }
  }

  private int slot(long offset) {
    return (int) (offset & (ring.length - 1));
  }

  @Override
  public String toString() {
    return name;
  }
}
