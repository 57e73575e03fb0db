package io.stagepost.spi;

import io.stagepost.Receipt;
import java.util.concurrent.CompletableFuture;

/** Sends messages and waits for the broker's confirmation. Thread-safe. */
public interface Sender extends AutoCloseable {
  /**
   * Sends one message. Messages of equal address and key are stored in the order of the calls,
   * retries included. Blocks only as {@link io.stagepost.Publisher#publish} says.
   *
   * @param message what to send, complete
   * @return completes within the sender's timeout: with a receipt once durably accepted (rule D01),
   *     with {@link io.stagepost.PublishRejectedException} or {@link
   *     io.stagepost.PublishUnknownException} otherwise, also for an address that routes nowhere
   *     (D02)
   */
  CompletableFuture<Receipt> send(Message message);

  /**
   * Has everything sent at once that waits to be sent together with more. Does not wait for the
   * answers. A sender that gathers nothing has nothing to do.
   */
  default void flush() {}

  /** Waits for what is under way, at most for the sender's timeout, and closes. Idempotent. */
  @Override
  void close();
}
