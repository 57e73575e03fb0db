package io.stagepost.outbox.store;

import java.time.Duration;
import java.time.InstantSource;

/**
 * What a relay's session goes by.
 *
 * @param rowsPerShard how many rows one fetch takes of a shard at most
 * @param bytesPerShard how many bytes, but always one row
 * @param idleTimeout after how long without a statement within a round the server shall roll it
 *     back and give its shards to others: longer than any send
 * @param clock tells when marks and full scans are due
 */
public record SessionSettings(
    int rowsPerShard, long bytesPerShard, Duration idleTimeout, InstantSource clock) {}
