package io.stagepost;

import java.time.Duration;

/**
 * Every number that holds when nobody says otherwise. The table in the docs is tested against it.
 */
final class Defaults {
  static final Duration PUBLISH_TIMEOUT = Duration.ofSeconds(30);

  static final Duration HANDLER_TIMEOUT = Duration.ofSeconds(30);

  static final int CRASHES = 2;

  static final Duration RETRY_BASE = Duration.ofMillis(200);
  static final Duration RETRY_CAP = Duration.ofSeconds(30);
  static final int RETRY_ATTEMPTS = 10;
  static final Duration RETRY_MAX_AGE = Duration.ofMinutes(10);

  static final int CONCURRENCY = 16;
  static final int IN_FLIGHT = 1_000;
  static final long IN_FLIGHT_BYTES = 64L * 1024 * 1024;
  static final double LANE_SHARE = 0.25;
  static final double RETRY_BUDGET_SHARE = 0.2;
  static final int RETRY_BUDGET_AT_LEAST = 10;
  static final Duration RETRY_WINDOW = Duration.ofMinutes(1);
  static final Duration DRAIN = Duration.ofSeconds(30);

  /** How long somebody has to look after a dead letter; an inbox must not forget sooner. */
  static final Duration REPLAY_HORIZON = Duration.ofDays(14);

  /** How often a subscription has its inbox keep house. */
  static final Duration INBOX_HOUSEKEEPING = Duration.ofMinutes(5);

  /** How much longer than its handler's time an event is claimed for. */
  static final Duration LEASE_MARGIN = Duration.ofSeconds(30);

  /** Health tells of a lag at most so old without having it asked for again. */
  static final Duration LAG_FRESH = Duration.ofSeconds(10);

  static final Duration BATCH_DELAY = Duration.ofMillis(20);

  // 32 MiB is what a Kafka producer buffers: the bound is reached before the producer blocks.
  static final int PUBLISH_IN_FLIGHT = 10_000;
  static final long PUBLISH_IN_FLIGHT_BYTES = 32L * 1024 * 1024;

  /** What a compressed payload may come to. */
  static final int UNCOMPRESSED = 16 * 1024 * 1024;

  static final int BROKEN_AFTER = 5;
  static final Duration BROKEN_FOR = Duration.ofSeconds(5);

  private Defaults() {}
}
