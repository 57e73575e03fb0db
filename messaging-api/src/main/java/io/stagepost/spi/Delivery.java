package io.stagepost.spi;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A message that was received and waits for its outcome. Thread-safe. */
public interface Delivery {
  /**
   * The message, byte for byte as received.
   *
   * @return never null
   */
  Message message();

  /**
   * The ordering key's bytes: deliveries of equal address and key form a lane.
   *
   * @return null if it has none; do not change them
   */
  byte @Nullable [] key();

  /**
   * The address that it came from.
   *
   * @return never null
   */
  String address();

  /**
   * How much memory it holds, roughly.
   *
   * @return bytes
   */
  int size();

  /**
   * Where it lay.
   *
   * @return never null
   */
  Origin origin();

  /**
   * What it belongs to.
   *
   * @return never null
   */
  Assignment assignment();

  /**
   * How often the process died, as far as the transport knows, while this delivery was being
   * handled and no other could have been the cause.
   *
   * @return 0 unless the transport keeps such evidence
   */
  default int crashes() {
    return 0;
  }

  /**
   * Whether the process may have died of it, so that the transport lets nothing else begin in the
   * process until it is settled. An intake that cannot begin with it soon does not take it.
   *
   * @return false unless the transport keeps such evidence
   */
  default boolean isSuspect() {
    return false;
  }

  /**
   * Asks the transport to give it back, and to have it redelivered when it is time and not before;
   * others overtake it meanwhile.
   *
   * @param until when it is wanted; roughly, and never much earlier
   * @return false, having done nothing, unless the broker can do so
   */
  default boolean putAside(Instant until) {
    return false;
  }

  /**
   * Tells the transport that its outcome is final (rule D03). Returns at once; does nothing when
   * called again, or when the broker has given its assignment to somebody else (D11).
   */
  void settle();
}
