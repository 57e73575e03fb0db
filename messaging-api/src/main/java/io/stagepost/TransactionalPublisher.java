package io.stagepost;

import java.util.List;

/**
 * Publishes events as part of a transaction of the caller's: they leave after the transaction has
 * committed, and never if it rolls back (rule D08). The outbox is one.
 *
 * <p>Synchronous by design: inside a transaction nothing returns a future that somebody may forget,
 * and nothing but the database is called. As thread-safe as the transaction it belongs to.
 */
public interface TransactionalPublisher {
  /**
   * Publishes one event with the transaction.
   *
   * @param event the event
   * @throws MessagingException if it could not be written; the transaction should then roll back
   */
  void publish(Event<?> event);

  /**
   * Publishes several events with the transaction, in the order of the list and in one round trip.
   *
   * @param events the events
   * @throws MessagingException if they could not be written; the transaction should then roll back
   */
  void publishAll(List<? extends Event<?>> events);
}
