package io.stagepost.spi;

import io.stagepost.Subscription;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Is told what happens, for metrics and traces. Every method does nothing unless overridden. They
 * are called on the thread where it happens, a handler's, the transport's or a relay's, so they
 * must be quick and must not block; what one throws is logged and changes nothing. Gauges of
 * subscriptions (in flight, pressure, state, oldest age) are not told but asked for: {@link
 * io.stagepost.Messaging#health()}; those of an outbox are told: {@link #outboxMeasured}.
 *
 * <p>Implementations are thread-safe. Messages and deliveries must not be changed, and not be kept.
 */
public interface Observer {
  /** How a try to handle a delivery ended. */
  enum Ending {
    /** It was handled. */
    SUCCEEDED,
    /**
     * It needed no handling: its handler, or the policy for its type, says so. With a failure: that
     * came while the subscription probed, and the policy's degradation skips such events.
     */
    SKIPPED,
    /** The inbox knows that it took effect before. */
    DUPLICATE,
    /** It had expired, and the policy discards such events. */
    EXPIRED,
    /** It will be tried again. */
    RETRIED,
    /** It will be tried again, out of its lane: it went to the delay address, confirmed. */
    DEFERRED,
    /** It went to the dead-letter channel, confirmed. */
    DEAD_LETTERED,
    /** It went to the parking lot, confirmed. */
    PARKED
  }

  /**
   * A publish begins.
   *
   * @param message what is sent
   */
  default void publishing(Message message) {}

  /**
   * A publish ended.
   *
   * @param message what was sent
   * @param nanos how long it took
   * @param failure null if it was confirmed
   */
  default void published(Message message, long nanos, @Nullable Throwable failure) {}

  /**
   * A delivery was admitted to its lane. Told once the receiver has its answer: what follows on
   * another thread may be told before.
   *
   * @param subscription the subscription's name
   * @param delivery what was received
   */
  default void received(String subscription, Delivery delivery) {}

  /**
   * A try begins. On a blocking handler's thread, before its handler.
   *
   * @param subscription the subscription's name
   * @param delivery what is tried
   * @param attempt which try, from 1
   */
  default void started(String subscription, Delivery delivery, int attempt) {}

  /**
   * A try ended. After a blocking handler on its thread, else on any.
   *
   * @param subscription the subscription's name
   * @param delivery what was tried
   * @param attempt which try, from 1
   * @param ending how it ended
   * @param nanos how long it took, since it started
   * @param failure the exception, if one was the cause
   */
  default void ended(
      String subscription,
      Delivery delivery,
      int attempt,
      Ending ending,
      long nanos,
      @Nullable Throwable failure) {}

  /**
   * A delivery's outcome was told to the transport.
   *
   * @param subscription the subscription's name
   * @param delivery what was settled
   */
  default void settled(String subscription, Delivery delivery) {}

  /**
   * A subscription changed its state: it was paused or resumed, began or ended to probe, was
   * blocked or receives again, or closed.
   *
   * @param subscription the subscription's name
   * @param from its state before
   * @param to its state now
   */
  default void stateChanged(String subscription, Subscription.State from, Subscription.State to) {}

  /**
   * A round of an outbox's relay ended in which it did something. Sums make counters, of this relay
   * alone; each send was told besides, as {@link #published}.
   *
   * @param outbox the name of the outbox's table
   * @param sent how many rows it has sent and deleted
   * @param parked how many rows it has parked because the broker refused them
   * @param violations how many rows appeared where none could: anything but 0 is an alarm
   */
  default void relayed(String outbox, int sent, int parked, int violations) {}

  /**
   * What waits in an outbox, as a running relay measures it when it starts and every ten seconds,
   * whether its rounds go on or not. These are gauges of the table, which every relay of it tells:
   * take the largest of several, not the sum. Nothing is told while the database does not answer.
   *
   * @param outbox the name of its table
   * @param waiting how many rows wait to be relayed; counted up to 100,000
   * @param oldest for how long the oldest of them has waited, since its transaction began; zero if
   *     there are none
   * @param parked how many rows are parked, and wait for a person
   */
  default void outboxMeasured(String outbox, long waiting, Duration oldest, long parked) {}

  /**
   * The W3C trace context of the calling thread, for an event that is published and states none.
   *
   * @return a {@code traceparent}; null if there is none
   * @see <a href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a>
   */
  default @Nullable String traceparent() {
    return null;
  }
}
