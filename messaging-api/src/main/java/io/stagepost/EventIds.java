package io.stagepost;

import java.security.SecureRandom;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * Ids of new events: UUIDs of version 7 (RFC 9562, section 5.7), which begin with the time in
 * milliseconds, so that an index of them grows at its end. 73 bits are drawn at random once in a
 * millisecond, and counted up within it (section 6.2, method 1); a clock that goes back makes no id
 * again. Each is greater than the one before. Thread-safe.
 */
final class EventIds {
  /** Of all events of the process. */
  static final EventIds SHARED = new EventIds(System::currentTimeMillis);

  private static final int VERSION = 7 << 12;
  private static final long VARIANT = 0b10L << 62;

  private final SecureRandom random = new SecureRandom();
  private final LongSupplier clock;
  private long millis = Long.MIN_VALUE;
  private int high;
  private long low;

  /**
   * Ids of a time.
   *
   * @param clock tells milliseconds since 1970
   */
  EventIds(LongSupplier clock) {
    this.clock = clock;
  }

  /** A new one. */
  synchronized UUID next() {
    long now = clock.getAsLong();
    if (now > millis) {
      millis = now;
      high = random.nextInt() & 0xfff;
      low = random.nextLong() >>> 3; // one of the 62 bits is left to count into
    } else {
      low++;
    }
    return new UUID(millis << 16 | VERSION | high, VARIANT | low);
  }
}
