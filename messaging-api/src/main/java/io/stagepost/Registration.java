package io.stagepost;

import io.cloudevents.CloudEvent;
import io.stagepost.spi.Header;
import io.stagepost.spi.Inbox;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An event type and what handles it.
 *
 * @param handler called for each event; not if there is a batch
 * @param once whether an inbox or a dedup store is to know its events
 * @param batch how events are gathered; null if each is handled alone
 * @param batched called for each batch; null if each is handled alone
 */
record Registration<T>(
    EventType<T> type,
    Handler.Async<T> handler,
    boolean once,
    @Nullable Batch batch,
    @Nullable BatchRun<T> batched) {
  /** How a batch is handled. */
  @FunctionalInterface
  interface BatchRun<T> {
    /**
     * Handles it.
     *
     * @param entries what the inbox knows the events by; nulls without an inbox
     * @return one outcome for each event; null if all are done
     */
    @Nullable List<Outcome> handle(
        List<Event<T>> events, List<Inbox.@Nullable Entry> entries, Context context)
        throws Exception;
  }

  Event<T> decode(CloudEvent event, List<Header> headers) {
    return type.event(event, headers);
  }
}
