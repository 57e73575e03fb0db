package io.stagepost.outbox.store;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/** When a relay's session writes its marks, and reads each shard as a whole. Not thread-safe. */
final class Schedule {
  /**
   * How often the marks are written, at most. Every fetch reads them; while a foreign snapshot is
   * held, it steps over each version that was written since.
   */
  static final Duration MARK_EVERY = Duration.ofSeconds(10);

  /** How often each shard is read as a whole. */
  static final Duration SCAN_EVERY = Duration.ofMinutes(1);

  private final InstantSource clock;
  private final Instant begun;
  private final Map<Integer, Instant> scanAt = new HashMap<>();
  private Instant markAt;

  Schedule(InstantSource clock) {
    this.clock = clock;
    this.begun = clock.instant();
    this.markAt = begun.plus(MARK_EVERY);
  }

  Instant now() {
    return clock.instant();
  }

  /** Whether marks are to be written: once in each interval. */
  boolean takeMark() {
    Instant now = clock.instant();
    boolean due = isDue(markAt, now, MARK_EVERY);
    if (due) {
      markAt = now.plus(MARK_EVERY);
    }
    return due;
  }

  /** Whether a shard is to be read as a whole. Scans are spread over the time between two. */
  boolean isScanDue(int shard) {
    Instant due =
        scanAt.computeIfAbsent(
            shard, first -> begun.plus(SCAN_EVERY.multipliedBy(first % 8 + 1L).dividedBy(8)));
    return isDue(due, clock.instant(), SCAN_EVERY);
  }

  /** It was. */
  void scanned(int shard) {
    scanAt.put(shard, clock.instant().plus(SCAN_EVERY));
  }

  /**
   * Whether a time has come that was set to be so far off at most. One that is further off has come
   * too: the clock was set back since.
   */
  private static boolean isDue(Instant time, Instant now, Duration atMost) {
    return !now.isBefore(time) || now.plus(atMost).isBefore(time);
  }
}
