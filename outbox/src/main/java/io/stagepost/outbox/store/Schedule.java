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

  /** How often each shard is read as a whole, at most. */
  static final Duration SCAN_EVERY = Duration.ofMinutes(1);

  /** So many times as long as a scan took passes until the next: what is dead may be much. */
  private static final int SCAN_REST = 1_000;

  private record Scan(Instant at, Duration after) {}

  private final InstantSource clock;
  private final Instant begun;
  private final Map<Integer, Scan> scans = new HashMap<>();
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
    Scan next =
        scans.computeIfAbsent(
            shard,
            first -> {
              Duration after = SCAN_EVERY.multipliedBy(first % 8 + 1L).dividedBy(8);
              return new Scan(begun.plus(after), after);
            });
    return isDue(next.at, clock.instant(), next.after);
  }

  /** It was, and that took so long. */
  void scanned(int shard, Duration took) {
    Duration rest = took.multipliedBy(SCAN_REST);
    Duration after = rest.compareTo(SCAN_EVERY) < 0 ? SCAN_EVERY : rest;
    scans.put(shard, new Scan(clock.instant().plus(after), after));
  }

  /**
   * Whether a time has come that was set to be so far off at most. One that is further off has come
   * too: the clock was set back since.
   */
  private static boolean isDue(Instant time, Instant now, Duration atMost) {
    return !now.isBefore(time) || now.plus(atMost).isBefore(time);
  }
}
