package io.stagepost;

import static java.util.Objects.requireNonNull;

import io.stagepost.spi.Delivery;
import io.stagepost.spi.Inbox;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import org.jspecify.annotations.Nullable;

/** What is known of a delivery beside the event itself. Immutable and thread-safe. */
public final class Context {
  private final String subscription;
  private final int attempt;
  private final Delivery delivery;
  private final Inbox.@Nullable Entry entry;

  Context(String subscription, int attempt, Delivery delivery, Inbox.@Nullable Entry entry) {
    this.subscription = subscription;
    this.attempt = attempt;
    this.delivery = delivery;
    this.entry = entry;
  }

  /**
   * The subscription that handles it.
   *
   * @return its name
   */
  public String subscription() {
    return subscription;
  }

  /**
   * Which try this is in this process.
   *
   * @return from 1
   */
  public int attempt() {
    return attempt;
  }

  /**
   * Where the message came from.
   *
   * @return never null
   */
  public Origin origin() {
    return delivery.origin();
  }

  /**
   * The message as it was received, byte for byte.
   *
   * @return never null; do not change its arrays
   */
  public Message message() {
    return delivery.message();
  }

  /** What the inbox knows it by, for handlers in its transaction. */
  Inbox.Entry entry() {
    return requireNonNull(entry, "entry");
  }
}
