package io.stagepost.inbox;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an inbox holds. Immutable.
 *
 * @param events about how many events are recorded, by the database's statistics where it has some
 * @param keys about how many idempotency keys are held
 * @param oldest the time from which on events are recorded: on PostgreSQL the day of the oldest
 *     partition; null if there is none
 * @param forgottenBefore events older than this are not remembered any more, and are dead letters
 * @param housekeptAt when somebody last kept house; 1970 if nobody has
 */
public record InboxState(
    long events,
    long keys,
    @Nullable Instant oldest,
    Instant forgottenBefore,
    Instant housekeptAt) {}
