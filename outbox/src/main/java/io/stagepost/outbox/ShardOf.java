package io.stagepost.outbox;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Which shard a key belongs to: the same in every process and every version, since a key that
 * changed its shard would lose its order. Without a key, the next one in turn. Thread-safe.
 */
final class ShardOf {
  private final int shards;
  private final AtomicInteger turn = new AtomicInteger();

  ShardOf(int shards) {
    this.shards = shards;
  }

  int key(byte @Nullable [] key) {
    return Math.floorMod(key == null ? turn.getAndIncrement() : hash(key), shards);
  }

  /** FNV-1a, 32 bits, and the finisher of MurmurHash3, so that few shards are filled evenly. */
  private static int hash(byte[] key) {
    int hash = 0x811c9dc5;
    for (byte b : key) {
      hash = (hash ^ (b & 0xff)) * 0x01000193;
    }
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    return hash ^ (hash >>> 16);
  }
}
