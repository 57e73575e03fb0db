package io.stagepost.outbox.store;

/**
 * A row that the broker refuses for good.
 *
 * @param row the row
 * @param error why
 * @param holds whether later rows of its lane stay behind it until it is retried or discarded
 */
public record Refusal(Row row, String error, boolean holds) {}
