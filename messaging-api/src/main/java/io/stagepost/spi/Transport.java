package io.stagepost.spi;

import io.cloudevents.CloudEvent;
import io.stagepost.DecodeException;
import io.stagepost.Setting;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A kind of broker: how CloudEvents are bound to its messages, and how those are sent, received and
 * inspected. Thread-safe.
 */
public interface Transport extends AutoCloseable {
  /**
   * Its name, such as {@code kafka}.
   *
   * @return lower case
   */
  String name();

  /**
   * Binds a CloudEvent to a message, by the CloudEvents binding of the protocol.
   *
   * @param address where to
   * @param key the ordering key; null if it has none
   * @param event the event, with its data encoded
   * @return the message
   */
  Message encode(String address, @Nullable String key, CloudEvent event);

  /**
   * The CloudEvent that a message holds.
   *
   * @param message as received
   * @return the event, unknown attributes included
   * @throws DecodeException if it holds none
   */
  CloudEvent decode(Message message);

  /**
   * The CloudEvent that a delivery holds: as {@link #decode(Message)}, for transports to which it
   * matters where the message lay.
   *
   * @param delivery as received
   * @return the event, unknown attributes included
   * @throws DecodeException if it holds none
   */
  default CloudEvent decode(Delivery delivery) {
    return decode(delivery.message());
  }

  /**
   * A sender.
   *
   * @param timeout how long a send may take until it completes as unknown
   * @return open until closed
   */
  Sender sender(Duration timeout);

  /**
   * Begins to receive.
   *
   * @param reception what
   * @param intake where to; ready to be called at once
   * @return the receiver, fetching until closed
   */
  Receiver receive(Reception reception, Intake intake);

  /**
   * Its administration.
   *
   * @return the same at every call
   */
  TopologyAdmin topology();

  /**
   * Its browser.
   *
   * @return the same at every call
   */
  Browser browser();

  /**
   * Its queues, which cannot be browsed.
   *
   * @return the same at every call; null if all that is stored can be browsed
   */
  default @Nullable Queues queues() {
    return null;
  }

  /**
   * What it can do.
   *
   * @return the same at every call
   */
  Capabilities capabilities();

  /**
   * How it is set up, without secrets, for {@link io.stagepost.Messaging#describe()}.
   *
   * @return in a fixed order
   */
  List<Setting<?>> settings();

  /** Closes what it holds. Senders and receivers are closed before. Idempotent. */
  @Override
  void close();
}
