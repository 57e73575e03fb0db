package io.stagepost.kafka;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Knows what may be committed of one assignment. Holds the deliveries that were taken, in the order
 * of their offsets, from the first that is not settled to the last.
 *
 * <p>Not thread-safe: it belongs to the receiver's thread. The deliveries in it are settled by any
 * thread.
 */
final class Ledger {
  /** What {@link #committable()} says before anything was taken. */
  static final long NOTHING = -1;

  private static final int SMALLEST = 64;

  /** A ring; a slot in use is null once a sweep has found its delivery settled. */
  private @Nullable KafkaDelivery[] ring = new KafkaDelivery[SMALLEST];

  private int head;
  private int size;

  /** The offset behind the last one taken: the next to be read if all is settled. */
  private long end = NOTHING;

  /**
   * Adds the next delivery.
   *
   * @throws IllegalArgumentException if its offset is below one before it; several may share one
   */
  void append(KafkaDelivery delivery) {
    if (delivery.offset() < end - 1) {
      throw new IllegalArgumentException(delivery + " comes after the offset " + (end - 1));
    }
    end = delivery.offset() + 1;
    if (size == ring.length) {
      grow();
    }
    ring[slot(size)] = delivery;
    size++;
  }

  /** Everything below this offset was taken, or holds no delivery (transaction marks). */
  void reached(long offset) {
    end = Math.max(end, offset);
  }

  /**
   * The offset that may be committed: all below it is settled. It never goes back.
   *
   * @return {@link #NOTHING} before anything was taken
   */
  long committable() {
    while (size > 0) {
      KafkaDelivery first = ring[head];
      if (first != null && !first.isSettled()) {
        return first.offset();
      }
      ring[head] = null;
      head = slot(1);
      size--;
    }
    return end;
  }

  /** Whether all that was taken is settled. */
  boolean isEmpty() {
    long unused = committable();
    return size == 0;
  }

  /** The offset behind the last delivery that was taken; {@link #NOTHING} before the first. */
  long end() {
    return end;
  }

  /**
   * What need not be read again although it lies above an offset that is to be committed: bit n for
   * the offset n above it. Offsets that hold no delivery are among it.
   */
  BitSet settled(long offset) {
    BitSet settled = new BitSet();
    if (size > 0) {
      settled.set(0, (int) (end - offset));
      for (int i = 0; i < size; i++) {
        KafkaDelivery delivery = ring[slot(i)];
        if (delivery != null && !delivery.isSettled()) {
          settled.clear((int) (delivery.offset() - offset));
        }
      }
    }
    return settled;
  }

  /** The span from the first delivery that was not settled, when last looked, to the last. */
  int span() {
    return size;
  }

  /**
   * Lets go of deliveries that are settled but behind one that is not. To be called now and then.
   */
  void sweep() {
    for (int i = 0; i < size; i++) {
      KafkaDelivery delivery = ring[slot(i)];
      if (delivery != null && delivery.isSettled()) {
        ring[slot(i)] = null;
      }
    }
  }

  /** How many deliveries it keeps from being collected. */
  int held() {
    int held = 0;
    for (int i = 0; i < size; i++) {
      held += ring[slot(i)] == null ? 0 : 1;
    }
    return held;
  }

  private int slot(int index) {
    return (head + index) & (ring.length - 1);
  }

  private void grow() {
    @Nullable KafkaDelivery[] larger = new KafkaDelivery[ring.length * 2];
    for (int i = 0; i < size; i++) {
      larger[i] = ring[slot(i)];
    }
    ring = larger;
    head = 0;
  }
}
