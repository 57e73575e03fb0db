package io.stagepost.outbox.store;

import java.nio.ByteBuffer;

/**
 * Rows that leave in order: those of one key at one address.
 *
 * @param address where they go
 * @param key the ordering key's bytes; not to be changed
 */
public record Lane(String address, ByteBuffer key) {
  /**
   * The lane of a key.
   *
   * @param address where its rows go
   * @param key the ordering key; not copied
   * @return the lane
   */
  public static Lane of(String address, byte[] key) {
    return new Lane(address, ByteBuffer.wrap(key));
  }
}
