package io.stagepost.outbox.store;

import org.jspecify.annotations.Nullable;

/**
 * A row of the outbox: a complete message, as it will go out. Arrays are not copied.
 *
 * @param shard the slice of the outbox that its key belongs to, from 0
 * @param id grows, within a shard, in the order in which ids were drawn
 * @param address where it goes
 * @param key the ordering key; null if it has none
 * @param headers in the library's own form
 * @param body null if it has none
 */
public record Row(
    int shard,
    long id,
    String address,
    byte @Nullable [] key,
    byte[] headers,
    byte @Nullable [] body) {

  /**
   * What it counts for in a bound of bytes.
   *
   * @return the sum of the lengths of key, headers and body
   */
  public long size() {
    return (key == null ? 0L : key.length) + headers.length + (body == null ? 0L : body.length);
  }

  /**
   * The rows that it keeps its order with.
   *
   * @return null if it has no key, and so no order
   */
  public @Nullable Lane lane() {
    return key == null ? null : Lane.of(address, key);
  }

  /**
   * Shard and id, by which it is found again.
   *
   * @return both
   */
  public RowId rowId() {
    return new RowId(shard, id);
  }

  @Override
  public String toString() {
    return "row " + shard + "/" + id + " for " + address;
  }
}
