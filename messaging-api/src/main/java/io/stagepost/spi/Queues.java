package io.stagepost.spi;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Takes what lies in queues, which cannot be read without being consumed: for tools that move it to
 * where it can. Thread-safe; its methods block.
 */
public interface Queues {
  /**
   * Takes messages, those at the head of the queue first: at most as many as lie there at the time
   * of the call, so that it ends although others come meanwhile. Each is taken off the queue only
   * after it is kept; what is not goes back to its place, also when this process dies. So nothing
   * is lost, and something may be kept twice. Holds no more in memory than it fetches ahead.
   *
   * @param queue its name
   * @param limit how many at most
   * @param keeping keeps a message, and completes when that is done; called on the caller's thread.
   *     The first one that fails ends it
   * @return how many were taken; fewer than lay there if other consumers took them
   * @throws io.stagepost.MessagingException if there is no such queue, the broker is lost, or
   *     another consumer has the queue for itself
   * @throws java.util.concurrent.CompletionException with what keeping has failed with
   */
  long take(String queue, long limit, Function<Message, CompletableFuture<?>> keeping);
}
