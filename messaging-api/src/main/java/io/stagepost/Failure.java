package io.stagepost;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A failed try to handle an event: all that {@link FailurePolicy} may look at.
 *
 * @param subscription the subscription's name
 * @param source the event's source
 * @param id the event's id
 * @param attempt which try it was, from 1
 * @param age how long ago the event failed first; zero at the first failure
 * @param kind whether trying again can help
 * @param requestedDelay what the handler asked for with {@link Outcome.RetryAfter}; null if nothing
 * @param probing whether the subscription has used up its retry budget (rule D12): attempts and age
 *     do not count then
 * @param byHandler whether its handler has failed, with this event alone; false if it never got
 *     there (no answer from a schema registry, a type that nobody handles), was in a batch with
 *     others, or was lost meanwhile
 */
public record Failure(
    String subscription,
    URI source,
    String id,
    int attempt,
    Duration age,
    FailureKind kind,
    @Nullable Duration requestedDelay,
    boolean probing,
    boolean byHandler) {}
