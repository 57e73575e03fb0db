package io.stagepost.testkit;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What one group has settled of one partition: everything below the lowest unsettled offset, and
 * some above it. After a loss it begins anew where it was last made durable, so that a suffix is
 * delivered again, settled ones included. Guarded by the broker's lock.
 */
final class Progress {
  private static final int SHIFT = 1 << 16;

  final Partition partition;

  /** Who has it now, or is about to hand it over; null if nobody. */
  @Nullable Flow flow;

  private long lowest;
  private long durable;

  /** Offsets above {@link #lowest} that are settled, counted from {@link #base}. */
  private final BitSet above = new BitSet();

  private long base;
  private int countAbove;

  Progress(Partition partition) {
    this.partition = partition;
    rewind(partition.begin());
  }

  /** Settles an offset; does nothing if it was. */
  void settle(long offset) {
    if (offset < lowest) {
      return;
    }
    if (offset > lowest) {
      int bit = (int) (offset - base);
      if (!above.get(bit)) {
        above.set(bit);
        countAbove++;
      }
      return;
    }
    lowest++;
    while (countAbove > 0 && above.get((int) (lowest - base))) {
      above.clear((int) (lowest - base));
      countAbove--;
      lowest++;
    }
    if (lowest - base >= SHIFT) {
      shift();
    }
  }

  private void shift() {
    BitSet rest = countAbove == 0 ? new BitSet() : above.get((int) (lowest - base), above.length());
    above.clear();
    above.or(rest);
    base = lowest;
  }

  /** What is settled now survives whatever comes. */
  void commit() {
    durable = lowest;
  }

  /** An orderly end: what comes next begins at the lowest offset that is not settled. */
  void handOver() {
    commit();
    forget();
  }

  /** Begins anew where it was made durable. */
  void forget() {
    rewind(durable);
  }

  /** Begins anew at an offset. */
  void rewind(long offset) {
    lowest = offset;
    durable = offset;
    base = offset;
    above.clear();
    countAbove = 0;
  }

  long lowest() {
    return lowest;
  }

  long durable() {
    return durable;
  }

  boolean isDirty() {
    return durable < lowest;
  }

  long settled() {
    return lowest + countAbove;
  }

  long unsettled() {
    return partition.end() - settled();
  }

  @Override
  public String toString() {
    return partition + " from " + lowest;
  }
}
