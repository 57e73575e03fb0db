package io.stagepost.schema.registry;

import io.stagepost.MessagingException;
import io.stagepost.schema.SchemaNotFoundException;
import java.util.function.Supplier;

/**
 * Bounds how many ids are looked up that turn out to be unknown: whoever writes garbage to a topic
 * must not make its consumers flood the registry. A token bucket; only unknown ids take from it.
 * Thread-safe.
 */
final class UnknownIds {
  static final int BURST = 100;
  static final int PER_SECOND = 10;

  private double tokens = BURST;
  private long filled = System.nanoTime();

  <V> V count(Supplier<V> lookup) {
    if (isExhausted()) {
      throw new MessagingException(
          "SP-SCHEMA-310",
          "Of the schema ids and versions looked up lately more than "
              + BURST
              + " were unknown, so those not seen before wait: the registry is asked for "
              + PER_SECOND
              + " a second. Something writes to the topic what is not framed, or with another"
              + " registry's ids; find and stop it.");
    }
    try {
      return lookup.get();
    } catch (SchemaNotFoundException unknown) {
      take();
      throw unknown;
    }
  }

  private synchronized boolean isExhausted() {
    long now = System.nanoTime();
    tokens = Math.min(BURST, tokens + (now - filled) * 1e-9 * PER_SECOND);
    filled = now;
    return tokens < 1;
  }

  private synchronized void take() {
    tokens--;
  }
}
