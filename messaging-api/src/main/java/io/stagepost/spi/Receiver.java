package io.stagepost.spi;

/** Fetches messages for one subscription and offers them to its intake. Thread-safe. */
public interface Receiver extends AutoCloseable {
  /** Tells that the intake, having refused a delivery, has room again. Returns at once. */
  void roomAvailable();

  /**
   * Stops fetching, makes settlements durable that were made, and leaves the group: what is
   * unsettled will be delivered again, here or elsewhere (rule D10). Idempotent.
   */
  @Override
  void close();
}
