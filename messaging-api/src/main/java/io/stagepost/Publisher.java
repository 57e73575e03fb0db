package io.stagepost;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Publishes events straight to the broker. To publish as part of a database transaction, use a
 * {@link TransactionalPublisher} instead.
 *
 * <p>Thread-safe. Events of equal key leave in the order of the calls, if the calls themselves are
 * ordered (one thread, or a happens-before between them).
 */
public interface Publisher {
  /**
   * Publishes one event. The future always completes, within the publish timeout: with a receipt
   * once the broker has durably accepted the event (rule D01), or with
   *
   * <ul>
   *   <li>{@link PublishRejectedException} if the broker refused it or it cannot be routed (D02):
   *       it is not stored;
   *   <li>{@link PublishUnknownException} if no answer came: it may be stored.
   * </ul>
   *
   * <p>The call itself blocks, at most for the publish timeout, the first time an address is used
   * (its existence is checked) and while the transport's send buffer is full; otherwise it returns
   * at once. What is wrong with the event itself (no codec, no channel, a payload that the codec
   * refuses) is thrown from the call.
   *
   * @param event the event
   * @return completes as said above, on a thread of the transport: do not block it
   */
  CompletableFuture<Receipt> publish(Event<?> event);

  /**
   * Publishes several events, in the order of the list.
   *
   * @param events the events
   * @return the receipts in the same order, once all are accepted; fails with the first failure in
   *     the list, when all have completed: the others may have been accepted
   */
  default CompletableFuture<List<Receipt>> publishAll(List<? extends Event<?>> events) {
    List<CompletableFuture<Receipt>> receipts =
        events.stream().<CompletableFuture<Receipt>>map(this::publish).toList();
    return CompletableFuture.allOf(receipts.toArray(CompletableFuture<?>[]::new))
        .handle((done, failure) -> receipts.stream().map(CompletableFuture::join).toList());
  }
}
