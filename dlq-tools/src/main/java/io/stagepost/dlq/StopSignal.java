package io.stagepost.dlq;

import io.stagepost.MessagingException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whether a run was told to stop: given once, by any thread. Thread-safe. */
final class StopSignal {
  private static final String INTERRUPTED =
      "The run was interrupted. Carry the plan out again to go on.";

  private final CountDownLatch given = new CountDownLatch(1);

  void give() {
    given.countDown();
  }

  boolean isGiven() {
    return given.getCount() == 0;
  }

  /**
   * Waits for it, at most for a time.
   *
   * @throws MessagingException {@code SP-DLQ-012} if the thread is interrupted
   */
  boolean await(Duration time) {
    try {
      return given.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw interrupted(interrupted);
    }
  }

  static MessagingException interrupted(InterruptedException interrupted) {
    return new MessagingException("SP-DLQ-012", INTERRUPTED, interrupted);
  }

  /** For what cannot end otherwise. */
  static MessagingException stopped() {
    return new MessagingException("SP-DLQ-012", INTERRUPTED);
  }
}
