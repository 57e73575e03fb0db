package io.stagepost.outbox.store;

import java.util.List;
import java.util.Set;

/**
 * What a fetch found in one shard.
 *
 * @param shard which
 * @param rows ascending by id; none that this session has been shown before, unless it was told to
 *     forget or revisit
 * @param cut whether there may be more than these
 * @param held lanes behind a parked row that {@linkplain Refusal#holds() holds} them
 */
public record Fetched(int shard, List<Row> rows, boolean cut, Set<Lane> held) {}
