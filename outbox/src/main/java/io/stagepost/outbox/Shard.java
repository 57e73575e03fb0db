package io.stagepost.outbox;

import io.stagepost.outbox.store.Lane;
import io.stagepost.outbox.store.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A shard, as one relay sees it: which of its rows were left in place, and when they are to be read
 * again. Not thread-safe.
 */
final class Shard {
  private static final Duration RETRY_BASE = Duration.ofMillis(100);
  private static final Duration RETRY_CAP = Duration.ofSeconds(30);

  /** More lanes than that are not told apart: the shard waits as a whole. */
  private static final int MAX_BLOCKED = 10_000;

  /** So many rows of different lanes are remembered, to try a destination with. */
  private static final int MAX_WAITING = 16;

  /** The first row of its lane that was left; one without a key is a lane of its own. */
  private record Waiting(@Nullable Lane lane, long id) {}

  final int number;

  private final Set<Lane> blocked = new HashSet<>();
  private final Map<String, List<Waiting>> waiting = new HashMap<>();
  private boolean failed;
  private int failures;
  private Instant retryAt = Instant.MIN;
  private Instant pausedUntil = Instant.MIN;

  Shard(int number) {
    this.number = number;
  }

  /** Whether it is to be worked on now. */
  boolean isDue(Instant now) {
    return isTime(pausedUntil, now, RETRY_CAP);
  }

  /** Whether rows that failed are to be read again. */
  boolean isRetryDue(Instant now) {
    return failed && isTime(retryAt, now, RETRY_CAP);
  }

  /** Whether its last sends failed, so that the next go with care. */
  boolean isFailing() {
    return failures > 0;
  }

  boolean isBlocked(@Nullable Lane lane) {
    return lane != null && blocked.contains(lane);
  }

  /** A row was not confirmed: its lane waits, until the shard is retried. */
  void block(Row row) {
    Lane lane = row.lane();
    if (lane != null) {
      blocked.add(lane);
    }
  }

  /** Rows were blocked; they are read again after a while: longer each time. */
  Duration failed(Instant now) {
    failed = true;
    Duration delay = backoff(failures++, RETRY_BASE, RETRY_CAP);
    retryAt = now.plus(delay);
    if (blocked.size() > MAX_BLOCKED) {
      pausedUntil = retryAt;
    }
    return delay;
  }

  /** What was sent was confirmed; that counts once nothing of it waits for another try. */
  void succeeded() {
    if (!failed) {
      failures = 0;
    }
  }

  /** A row was left because its destination rests. */
  void await(Row row) {
    Lane lane = row.lane();
    List<Waiting> firsts = waiting.computeIfAbsent(row.address(), none -> new ArrayList<>());
    for (int i = 0; i < firsts.size(); i++) {
      Waiting first = firsts.get(i);
      if (lane == null ? first.id == row.id() : lane.equals(first.lane)) {
        firsts.set(i, new Waiting(lane, Math.min(first.id, row.id())));
        return;
      }
    }
    if (firsts.size() < MAX_WAITING) {
      firsts.add(new Waiting(lane, row.id()));
    }
  }

  /** Rows left for a destination that rests, each the first of its lane; empty if none were. */
  List<Long> waiting(String address) {
    return waiting.getOrDefault(address, List.of()).stream().map(Waiting::id).toList();
  }

  /** A row that was left cannot be tried: its lane waits for something else. */
  void drop(Row row) {
    waiting.getOrDefault(row.address(), new ArrayList<>()).removeIf(first -> first.id == row.id());
  }

  /** It is read again from its mark, for want of time: what is blocked stays so. */
  void reread() {
    waiting.clear();
  }

  void pause(Instant until) {
    pausedUntil = until;
  }

  /** All that was left is going to be read again. */
  void forget() {
    blocked.clear();
    waiting.clear();
    failed = false;
    pausedUntil = Instant.MIN;
  }

  /**
   * Whether a time has come that was set to be so far off at most. One that is further off has come
   * too: the clock was set back since, and nobody should wait until it is where it was.
   */
  static boolean isTime(Instant time, Instant now, Duration atMost) {
    return !now.isBefore(time) || now.plus(atMost).isBefore(time);
  }

  /** Doubles from the base to the cap. */
  static Duration backoff(int failures, Duration base, Duration cap) {
    Duration delay = base.multipliedBy(1L << Math.min(failures, 20));
    return delay.compareTo(cap) < 0 ? delay : cap;
  }
}
