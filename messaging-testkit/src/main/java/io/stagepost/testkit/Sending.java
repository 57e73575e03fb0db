package io.stagepost.testkit;

import io.stagepost.MessagingException;
import io.stagepost.Receipt;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** A message under way: what the publisher waits for, and what the broker has decided. */
final class Sending extends ClockFuture<Receipt> {
  final String address;

  // Written before the task that completes it is handed on, read by that task.
  @Nullable Receipt receipt;
  @Nullable MessagingException failure;

  /** Ends the wait for a confirmation that is held back or slow. */
  volatile @Nullable Future<?> limit;

  Sending(String address, @Nullable ManualClock clock) {
    super(clock);
    this.address = address;
  }
}
