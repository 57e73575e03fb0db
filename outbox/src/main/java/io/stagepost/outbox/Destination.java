package io.stagepost.outbox;

import io.stagepost.outbox.store.Lane;
import io.stagepost.outbox.store.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

/**
 * An address that fails, as one relay sees it: a circuit breaker, that is gone with the first
 * answer. When five lanes have failed and none was answered it rests: its rows stay in place, and
 * those of others go on; then one row tries whether it is back. (Fewer lanes wait each by itself.)
 * Not thread-safe.
 *
 * <pre>
 *   open to all ─── 5 lanes fail in a row ─▶ at rest ── its time is over ─▶ one row is sent
 *        ▲                                    ▲                            │       │
 *        │                                    └───────── it fails ─────────┘       │
 *        └──────────────────────────── it is answered ─────────────────────────────┘
 * </pre>
 */
final class Destination {
  private static final int LANES = 5;
  private static final Duration REST_BASE = Duration.ofMillis(100);
  private static final Duration REST_CAP = Duration.ofSeconds(30);

  final String address;

  private final Set<Object> failing = new HashSet<>();
  private int rests;
  private Instant restsUntil = Instant.MIN;

  Destination(String address) {
    this.address = address;
  }

  boolean isAtRest() {
    return rests > 0;
  }

  /** Whether it is at rest and may be tried. */
  boolean isProbeDue(Instant now) {
    return isAtRest() && Shard.isTime(restsUntil, now, REST_CAP);
  }

  /**
   * A row was not answered, or not for the row's own fault.
   *
   * @return whether it rests from now on, or longer
   */
  boolean failed(Row row, Instant now) {
    if (failing.size() < LANES) {
      Lane lane = row.lane();
      failing.add(lane == null ? row.rowId() : lane);
    }
    if (failing.size() < LANES || !Shard.isTime(restsUntil, now, REST_CAP)) {
      return false;
    }
    restsUntil = now.plus(Shard.backoff(rests++, REST_BASE, REST_CAP));
    return true;
  }

  /** How often it has rested since it answered last; chooses what it is tried with. */
  int rests() {
    return rests;
  }

  Instant restsUntil() {
    return restsUntil;
  }
}
