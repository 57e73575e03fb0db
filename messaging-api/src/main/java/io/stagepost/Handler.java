package io.stagepost;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Handles the events of one type: what an application writes. Events of equal key come one at a
 * time and in order; a handler must otherwise tolerate concurrent calls.
 *
 * <p>A normal return is success. Any exception is classified ({@link FailureKind}) and then the
 * {@link Policy} decides: retry within its lane, or dead-letter. Nothing is dropped.
 *
 * @param <T> the class of the payload
 */
@FunctionalInterface
public interface Handler<T> {
  /**
   * Handles one event.
   *
   * @param event the event
   * @throws Exception any failure; the policy decides what follows
   */
  void handle(Event<T> event) throws Exception;

  /**
   * A handler that says itself what shall become of the event.
   *
   * @param <T> the class of the payload
   */
  @FunctionalInterface
  interface Deciding<T> {
    /**
     * Handles one event.
     *
     * @param event the event
     * @param context what else is known of this delivery
     * @return what shall become of it
     * @throws Exception any failure; the policy decides what follows
     */
    Outcome handle(Event<T> event, Context context) throws Exception;
  }

  /**
   * A handler that does not hold a thread while it waits. Its lane stays closed until the stage
   * completes.
   *
   * @param <T> the class of the payload
   */
  @FunctionalInterface
  interface Async<T> {
    /**
     * Begins to handle one event.
     *
     * @param event the event
     * @param context what else is known of this delivery
     * @return completes with what shall become of it, or with any failure
     * @throws Exception any failure; the policy decides what follows
     */
    CompletionStage<Outcome> handle(Event<T> event, Context context) throws Exception;
  }

  /**
   * A handler whose effects are part of the inbox's transaction: it and the record that the event
   * was handled commit together, or neither does.
   *
   * @param <T> the class of the payload
   * @param <R> the transaction's resource, such as a JDBC {@code Connection}
   */
  @FunctionalInterface
  interface Transactional<T, R> {
    /**
     * Handles one event inside the transaction. Do not commit, roll back or close the resource.
     *
     * @param event the event
     * @param resource the transaction's resource
     * @throws Exception any failure: the transaction rolls back and the policy decides what follows
     */
    void handle(Event<T> event, R resource) throws Exception;
  }

  /**
   * A {@link Transactional} handler that says itself what shall become of the event. The
   * transaction commits if that is done or skip, and rolls back otherwise.
   *
   * @param <T> the class of the payload
   * @param <R> the transaction's resource, such as a JDBC {@code Connection}
   */
  @FunctionalInterface
  interface TransactionalDeciding<T, R> {
    /**
     * Handles one event inside the transaction. Do not commit, roll back or close the resource.
     *
     * @param event the event
     * @param resource the transaction's resource
     * @param context what else is known of this delivery
     * @return what shall become of it
     * @throws Exception any failure: the transaction rolls back and the policy decides what follows
     */
    Outcome handle(Event<T> event, R resource, Context context) throws Exception;
  }

  /**
   * A handler of several events at once in the inbox's transaction: it and the records that the
   * events were handled commit together, or none does.
   *
   * @param <T> the class of the payload
   * @param <R> the transaction's resource, such as a JDBC {@code Connection}
   */
  @FunctionalInterface
  interface TransactionalBatch<T, R> {
    /**
     * Handles those of a batch that are new. Do not commit, roll back or close the resource.
     *
     * @param events at least one, in the order in which they were gathered; none that was handled
     *     before
     * @param resource the transaction's resource
     * @throws Exception any failure: the transaction rolls back, and what follows is as for {@link
     *     Batched}
     */
    void handle(List<Event<T>> events, R resource) throws Exception;
  }

  /**
   * A handler of several events at once, of many keys; those of one key are in order. It is all or
   * nothing: an exception means that none of them took effect. What it publishes has no one cause,
   * so it inherits none of their deadlines, correlations and traces: {@link Event#reply} does.
   *
   * @param <T> the class of the payload
   */
  @FunctionalInterface
  interface Batched<T> {
    /**
     * Handles a batch.
     *
     * @param events at least one, in the order in which they were gathered
     * @throws Exception any failure. One that trying again can help has all of them tried again;
     *     any other, or the last, has the batch halved until the event at fault is found, which
     *     alone is given up
     */
    void handle(List<Event<T>> events) throws Exception;
  }
}
