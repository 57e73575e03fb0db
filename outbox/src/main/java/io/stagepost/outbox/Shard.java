package io.stagepost.outbox;

import io.stagepost.outbox.ShardMemory.Range;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A shard, as one relay sees it. Not thread-safe. */
final class Shard {
  private static final Duration RETRY_BASE = Duration.ofMillis(100);
  private static final Duration RETRY_CAP = Duration.ofSeconds(30);
  private static final List<Range> EVERYTHING =
      List.of(new Range(Long.MIN_VALUE, Long.MAX_VALUE, 0));

  final int number;

  /** What is known; null if nothing is. */
  @Nullable ShardMemory memory;

  /** When all of it is to be read next. */
  Instant scanAt;

  /** The mark that was written last. */
  long marked = Long.MIN_VALUE;

  private int failures;
  private Instant retryAt = Instant.MIN;

  Shard(int number, Instant scanAt) {
    this.number = number;
    this.scanAt = scanAt;
  }

  void forget() {
    memory = null;
    marked = Long.MIN_VALUE;
  }

  boolean isScanDue(Instant now) {
    return !now.isBefore(scanAt);
  }

  /** Where to look: above the highest id seen and in what is missing; or, scanning, everywhere. */
  List<Range> slice(ShardMemory known, Instant now) {
    if (isScanDue(now)) {
      return EVERYTHING;
    }
    List<Range> ranges = new ArrayList<>(known.missing());
    ranges.add(new Range(known.seen() + 1, Long.MAX_VALUE, 0));
    return ranges;
  }

  /** Whether its last sends failed. */
  boolean isFailing() {
    return failures > 0;
  }

  boolean isDue(Instant now) {
    return !now.isBefore(retryAt);
  }

  /** Nothing is known of it any more, and it rests for a while: longer each time. */
  Duration failed(Instant now) {
    forget();
    Duration delay = backoff(failures++, RETRY_BASE, RETRY_CAP);
    retryAt = now.plus(delay);
    return delay;
  }

  void succeeded() {
    failures = 0;
  }

  /** Doubles from the base to the cap. */
  static Duration backoff(int failures, Duration base, Duration cap) {
    Duration delay = base.multipliedBy(1L << Math.min(failures, 20));
    return delay.compareTo(cap) < 0 ? delay : cap;
  }
}
