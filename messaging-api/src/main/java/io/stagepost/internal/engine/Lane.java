package io.stagepost.internal.engine;

import io.stagepost.spi.Delivery;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The deliveries of one ordering key, or a single one that has no key. Guarded by the engine. */
final class Lane {
  enum State {
    READY,
    RUNNING,
    BACKOFF
  }

  /** Its key in the engine's map: equal for equal address and key, unique for the unkeyed. */
  final Object key;

  /** Of its priority. */
  final int weight;

  /** What waits, in order. What a worker has taken is not in here. */
  final ArrayDeque<Passage> waiting = new ArrayDeque<>(2);

  /** What a worker has taken and not ended yet; null if it does not run. */
  @Nullable Turn turn;

  State state = State.READY;

  /** Whether its turn counts as one of those that run at once: not while it waits in a batch. */
  boolean occupies;

  /** Whether its turn is the probe. */
  boolean probe;

  /** How many passages it holds: waiting, and taken by a worker. */
  int load;

  /** Whether a delivery was refused because the lane had its share. */
  boolean refused;

  Lane(Object key, int weight) {
    this.key = key;
    this.weight = weight;
  }

  static Object keyOf(Delivery delivery) {
    byte[] key = delivery.key();
    return key == null ? new Object() : new Key(delivery.address(), key, Arrays.hashCode(key));
  }

  private record Key(String address, byte[] bytes, int hash) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Key key
          && hash == key.hash
          && address.equals(key.address)
          && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }
}
