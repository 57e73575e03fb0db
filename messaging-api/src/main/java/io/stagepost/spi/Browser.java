package io.stagepost.spi;

import java.util.function.Consumer;

/** Reads stored messages without consuming them: for tools and checks. Thread-safe. */
public interface Browser {
  /**
   * Visits every message that an address holds at the time of the call, oldest first within each
   * partition. Blocks until all were visited.
   *
   * @param address the topic or stream
   * @param visitor called on the caller's thread; what it throws ends the visit
   */
  void browse(String address, Consumer<StoredMessage> visitor);
}
