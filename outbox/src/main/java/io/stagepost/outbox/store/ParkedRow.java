package io.stagepost.outbox.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A row that the broker refused, and that waits for a person. Without its headers and body, which
 * may be what was too large.
 *
 * @param id by which it is retried, discarded, or read as a whole
 * @param address where it was to go
 * @param key the ordering key; null if it has none; not copied
 * @param bodyBytes how long its body is; 0 if it has none
 * @param parkedAt when it was refused
 * @param error why
 * @param holds whether later rows of its lane stay behind it
 */
public record ParkedRow(
    RowId id,
    String address,
    byte @Nullable [] key,
    long bodyBytes,
    Instant parkedAt,
    String error,
    boolean holds) {}
