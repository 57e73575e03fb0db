package io.stagepost.outbox;

import io.stagepost.Event;
import io.stagepost.MessagingException;
import io.stagepost.TransactionalPublisher;
import java.sql.Connection;
import java.util.List;
import java.util.function.Function;

/** Publishes with whatever transaction surrounds the call. As thread-safe as what finds it. */
final class JoiningPublisher implements TransactionalPublisher {
  private final Function<Connection, TransactionalPublisher> within;
  private final CurrentTransaction transaction;

  JoiningPublisher(
      Function<Connection, TransactionalPublisher> within, CurrentTransaction transaction) {
    this.within = within;
    this.transaction = transaction;
  }

  @Override
  public void publish(Event<?> event) {
    publishAll(List.of(event));
  }

  @Override
  public void publishAll(List<? extends Event<?>> events) {
    boolean[] joined = {false};
    try {
      transaction.lend(
          connection -> {
            within.apply(connection).publishAll(events);
            joined[0] = true;
          });
    } catch (RuntimeException failure) {
      throw failure;
    } catch (Exception failure) {
      throw new MessagingException(
          "SP-OUTBOX-061",
          "The connection of the surrounding transaction could not be had; roll the transaction"
              + " back, and see the cause.",
          failure);
    }
    if (!joined[0]) {
      throw new MessagingException(
          "SP-OUTBOX-060",
          "No transaction surrounds the publish of "
              + events.size()
              + " events, so they would not leave with any business change; begin one before it"
              + " (in Spring: @Transactional, on a method that is called from outside its bean).");
    }
  }
}
