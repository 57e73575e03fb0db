package io.stagepost.outbox.store;

import java.time.Instant;

/**
 * A row that the broker refused, and that waits for a person.
 *
 * @param row as it lay in the outbox
 * @param parkedAt when it was refused
 * @param error why
 * @param holds whether later rows of its lane stay behind it
 */
public record ParkedRow(Row row, Instant parkedAt, String error, boolean holds) {}
