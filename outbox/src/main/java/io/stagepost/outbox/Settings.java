package io.stagepost.outbox;

import io.stagepost.Receipt;
import io.stagepost.spi.Message;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What a relay goes by.
 *
 * @param shards how many there are
 * @param shardsPerRound how many one round claims at most
 * @param rowsPerShard how many rows one round takes of a shard at most
 * @param bytesPerShard how many bytes, but always one row
 * @param rangesPerShard how many missing ranges it remembers apart
 * @param publishTimeout how long one send may take
 * @param send to the broker
 * @param clock tells when marks, scans and retries are due
 * @param horizonSql {@link PostgresRelay#ASSIGNED_XID}, except in the test that shows why
 */
record Settings(
    int shards,
    int shardsPerRound,
    int rowsPerShard,
    long bytesPerShard,
    int rangesPerShard,
    Duration publishTimeout,
    Function<Message, CompletableFuture<Receipt>> send,
    InstantSource clock,
    String horizonSql) {
  /** 500 rows was best in measurements; 2,000 cost a third. */
  static final int ROWS_PER_SHARD = 500;

  static final long BYTES_PER_SHARD = 2L * 1024 * 1024;
  static final int RANGES_PER_SHARD = 2_000;

  /** How often the marks are written, at most. */
  static final Duration MARK_EVERY = Duration.ofSeconds(1);

  /** How often each shard is read as a whole. */
  static final Duration SCAN_EVERY = Duration.ofMinutes(1);

  /** For how long a round may leave its transaction idle: longer than sending can take. */
  Duration idleInTransaction() {
    return Sending.longest(publishTimeout).plusSeconds(10);
  }
}
