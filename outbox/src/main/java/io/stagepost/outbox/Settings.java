package io.stagepost.outbox;

import io.stagepost.Receipt;
import io.stagepost.outbox.store.SessionSettings;
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
 * @param publishTimeout how long one send may take
 * @param onRefused what becomes of a key's later rows when one is refused
 * @param send to the broker
 * @param flush has all sent that waits to be sent together with more
 * @param clock tells when marks, scans and retries are due
 */
record Settings(
    int shards,
    int shardsPerRound,
    int rowsPerShard,
    long bytesPerShard,
    Duration publishTimeout,
    OnRefused onRefused,
    Function<Message, CompletableFuture<Receipt>> send,
    Runnable flush,
    InstantSource clock) {
  /** 500 rows was best in measurements; 2,000 cost a third. */
  static final int ROWS_PER_SHARD = 500;

  static final long BYTES_PER_SHARD = 2L * 1024 * 1024;

  /** For how long a round may leave its transaction idle: longer than sending can take. */
  Duration idleInTransaction() {
    return Sending.longest(publishTimeout).plusSeconds(10);
  }

  SessionSettings session() {
    return new SessionSettings(rowsPerShard, bytesPerShard, idleInTransaction(), clock);
  }

  boolean holds() {
    return onRefused == OnRefused.HOLD_KEY;
  }
}
