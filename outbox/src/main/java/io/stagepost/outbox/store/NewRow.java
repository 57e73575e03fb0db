package io.stagepost.outbox.store;

import org.jspecify.annotations.Nullable;

/**
 * A row that is to be inserted. Arrays are not copied.
 *
 * @param shard the slice of the outbox that its key belongs to, from 0
 * @param address where it goes
 * @param key the ordering key; null if it has none
 * @param headers in the library's own form
 * @param body null if it has none
 */
public record NewRow(
    int shard, String address, byte @Nullable [] key, byte[] headers, byte @Nullable [] body) {}
