package io.stagepost.spi;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Takes deliveries from a receiver: the engine's side of the consume road. Thread-safe. */
public interface Intake {
  /**
   * Offers deliveries, in order. Never blocks. Those not taken must be offered again, before any
   * later one of their assignment, once {@link Receiver#roomAvailable()} was called; meanwhile the
   * receiver fetches little more for that assignment (rule D09).
   *
   * @param deliveries in the order in which they lie at the broker
   * @return how many were taken, from the front
   */
  int offer(List<? extends Delivery> deliveries);

  /**
   * Whether it would take a delivery now whose key has none waiting. If not, all that a receiver
   * can do is wait for {@link Receiver#roomAvailable()}; if so, what was refused is one key too
   * many, and other assignments may go on.
   *
   * @return false while a bound of the whole intake is reached
   */
  default boolean hasRoom() {
    return true;
  }

  /**
   * Drops what waits of these assignments.
   *
   * @param assignments what is revoked, {@linkplain Assignment#release() released} before: none of
   *     their deliveries is started any more
   * @return completes when no handler of one of their deliveries is running any more: before an
   *     orderly hand-over, wait for it up to the drain limit (D04). Never fails
   */
  CompletableFuture<Void> release(Collection<Assignment> assignments);

  /**
   * Drops what waits of assignments that were lost (an expired session, a cut connection) or whose
   * handlers did not end within the drain limit, and cancels the handlers that run: somebody else
   * may be handling their deliveries already.
   *
   * @param assignments what is lost, {@linkplain Assignment#release() released} before
   * @return as {@link #release}
   */
  CompletableFuture<Void> lose(Collection<Assignment> assignments);

  /**
   * Tells that the receiver may not receive, or that it does again: its credentials are refused, or
   * it is denied what it reads. A receiver tells when that changes and not at every try; it goes on
   * trying by itself, slowly, and releases its assignments meanwhile. What is only out of reach, as
   * a broker that restarts, is not told. The subscription is {@link
   * io.stagepost.Subscription.State#BLOCKED} until it receives again.
   *
   * @param reason for people, with a code and what to do, and without secrets; null once it
   *     receives again
   */
  default void blocked(@Nullable String reason) {}
}
