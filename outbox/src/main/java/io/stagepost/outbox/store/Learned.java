package io.stagepost.outbox.store;

import java.util.List;

/**
 * What a round has taught a session.
 *
 * @param violations rows that appeared where none could: sent now, late and out of order
 * @param open whether ids are missing that may still appear
 */
public record Learned(List<RowId> violations, boolean open) {}
