package io.stagepost;

import java.util.ArrayList;
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
   * Publishes one event. The future always completes, at its deadline at the latest: the publish
   * timeout, or the event's {@code expirytime} if that comes first (rule D17). It completes with a
   * receipt once the broker has durably accepted the event (D01), or with
   *
   * <ul>
   *   <li>{@link PublishRejectedException} if it is not stored: the broker refused it, it cannot be
   *       routed (D02), it has expired, or it was not sent, since the bounds of {@link
   *       PublishLimits} were reached or its address is given a rest;
   *   <li>{@link PublishUnknownException} if no answer came: it may be stored.
   * </ul>
   *
   * <p>The call itself blocks while the bounds of {@link PublishLimits} are reached, if they say
   * so, at most until the deadline; an interrupt ends that, as rejected, and stays set. It also
   * blocks, at most for the publish timeout, the first time an address is used (its existence is
   * checked) and while the transport's send buffer is full. Otherwise it returns at once, and never
   * waits for room on a thread that completes publishes: there the future waits instead. What is
   * wrong with the event itself (no codec, no channel, a payload that the codec refuses) is thrown
   * from the call.
   *
   * @param event the event
   * @return completes as said above, on a thread of the transport: do not block it
   */
  CompletableFuture<Receipt> publish(Event<?> event);

  /**
   * Publishes several events, in the order of the list, each as {@link #publish} does: if they wait
   * when a bound is reached, the call blocks until the last is sent.
   *
   * <p>An event that fails at once ends it: what comes after it in the list is not sent. So with
   * {@link PublishLimits.WhenFull#FAIL}, or an address that is given a rest, no event overtakes one
   * of its key that was refused; publish again from the first that failed on. What an event that
   * fails later leaves behind it is under way by then, and may be accepted.
   *
   * @param events the events
   * @return the receipts in the same order, once all are accepted; fails with the first failure in
   *     the list, when all that were sent have completed: the others may have been accepted
   */
  default CompletableFuture<List<Receipt>> publishAll(List<? extends Event<?>> events) {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>(events.size());
    for (Event<?> event : events) {
      CompletableFuture<Receipt> receipt = publish(event);
      receipts.add(receipt);
      if (receipt.isCompletedExceptionally()) {
        break;
      }
    }
    return CompletableFuture.allOf(receipts.toArray(CompletableFuture<?>[]::new))
        .handle((done, failure) -> receipts.stream().map(CompletableFuture::join).toList());
  }
}
