package io.stagepost.outbox;

import io.stagepost.spi.Message;
import org.jspecify.annotations.Nullable;

/** A row of the outbox, as fetched. */
record Row(
    int shard,
    long id,
    String address,
    byte @Nullable [] key,
    byte[] headers,
    byte @Nullable [] body) {

  /** What it counts for in the bound of bytes; the fetch measures in the same way. */
  long size() {
    return (key == null ? 0L : key.length) + headers.length + (body == null ? 0L : body.length);
  }

  /**
   * The message, as it was stored.
   *
   * @throws io.stagepost.MessagingException if its headers cannot be read
   */
  Message message() {
    return new Message(address, key, HeaderBytes.decode(headers), body);
  }

  @Override
  public String toString() {
    return "row " + shard + "/" + id + " for " + address;
  }
}
