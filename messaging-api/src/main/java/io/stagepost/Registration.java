package io.stagepost;

import io.cloudevents.CloudEvent;
import io.stagepost.spi.Header;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An event type and what handles it.
 *
 * @param handler called for each event; not if there is a batch
 * @param once whether it handles in the inbox's transaction
 * @param batch how events are gathered; null if each is handled alone
 * @param batched called for each batch; null if each is handled alone
 */
record Registration<T>(
    EventType<T> type,
    Handler.Async<T> handler,
    boolean once,
    @Nullable Batch batch,
    Handler.@Nullable Batched<T> batched) {
  Event<T> decode(CloudEvent event, List<Header> headers) {
    return type.event(event, headers);
  }
}
