package io.stagepost.outbox;

import io.stagepost.outbox.store.Lane;
import io.stagepost.outbox.store.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A shard, as one relay sees it: which of its rows were left in place, which of them are tried
 * again and when, and when all of them are to be read again. Not thread-safe.
 *
 * <p>Of a lane that waits only the first row is tried. Once that is answered, what follows it is
 * read again, with all the shard, from the mark. Reading again must not keep the relay from what
 * lies behind: until the shard has been read to its end, each reading may only begin after twice as
 * many rounds as the one before it.
 */
final class Shard {
  private static final Duration RETRY_BASE = Duration.ofMillis(100);
  private static final Duration RETRY_CAP = Duration.ofSeconds(30);

  private static final Duration HELD_BASE = Duration.ofMillis(1);
  private static final Duration HELD_CAP = Duration.ofMillis(100);

  /** More lanes than that are not told apart: the shard waits as a whole. */
  private static final int MAX_BLOCKED = 10_000;

  /** So many rows of different lanes are remembered, to try a destination with. */
  private static final int MAX_WAITING = 16;

  /** The first row of its lane that was left; one without a key is a lane of its own. */
  private record Waiting(@Nullable Lane lane, long id) {}

  /** The first row of its lane that was not confirmed, and whether later ones were left too. */
  private record Blocked(String address, long id, boolean isFollowed) {}

  final int number;

  /** By lane, or by the id of a row without a key; those tried longest ago come first. */
  private final Map<Object, Blocked> blocked = new LinkedHashMap<>();

  /** Lanes whose first row is answered by now: what follows waits until it is read again. */
  private final Set<Object> answered = new HashSet<>();

  private final Map<Long, Object> tried = new HashMap<>();
  private final Map<String, List<Waiting>> waiting = new HashMap<>();
  private int failures;
  private Instant retryAt = Instant.MIN;
  private Instant pausedUntil = Instant.MIN;
  private int heldElsewhere;
  private Instant claimAt = Instant.MIN;
  private boolean wantsReread;
  private boolean isReadToEnd;
  private int rounds;
  private int patience = 1;

  Shard(int number) {
    this.number = number;
  }

  /** Whether it is to be worked on now. */
  boolean isDue(Instant now) {
    return isTime(claimAt, now, HELD_CAP)
        && isTime(pausedUntil, now, RETRY_CAP)
        && (blocked.size() <= MAX_BLOCKED || isTime(retryAt, now, RETRY_CAP));
  }

  /** This relay holds it. */
  void claimed() {
    heldElsewhere = 0;
  }

  /** Another relay holds it: it is asked for ever less often. */
  void heldElsewhere(Instant now) {
    claimAt = now.plus(backoff(heldElsewhere++, HELD_BASE, HELD_CAP));
  }

  // ---- lanes that failed -----------------------------------------------------------------------

  /** Whether its last sends failed, so that the next go with care. */
  boolean isFailing() {
    return failures > 0;
  }

  /** Whether a row waits for one of its lane, or is one that was not confirmed. */
  boolean isBlocked(Row row) {
    Object key = key(row);
    return blocked.containsKey(key) || answered.contains(key);
  }

  /** A row was not confirmed: its lane waits, until that is answered. */
  void block(Row row) {
    Object key = key(row);
    Blocked first = blocked.remove(key);
    blocked.put(
        key,
        first == null
            ? new Blocked(row.address(), row.id(), false)
            : new Blocked(
                row.address(),
                Math.min(first.id, row.id()),
                first.isFollowed || first.id != row.id()));
  }

  /** A row of a blocked lane was left. */
  void follow(Row row) {
    blocked.computeIfPresent(
        key(row),
        (key, first) -> row.id() > first.id ? new Blocked(first.address, first.id, true) : first);
  }

  /** Rows were blocked; they are tried after a while: longer each time. */
  Duration failed(Instant now) {
    if (isTime(retryAt, now, RETRY_CAP)) {
      retryAt = now.plus(backoff(failures++, RETRY_BASE, RETRY_CAP));
    }
    return Duration.between(now, retryAt);
  }

  /** The rows to be tried now, so many at most: the first ones of lanes that are blocked. */
  Set<Long> retries(Instant now, int max) {
    tried.clear();
    if (!blocked.isEmpty() && isTime(retryAt, now, RETRY_CAP)) {
      failed(now);
      for (Object key : blocked.keySet().stream().limit(max).toList()) {
        Blocked first = blocked.remove(key);
        if (first != null) {
          blocked.put(key, first);
          tried.put(first.id, key);
        }
      }
    }
    return tried.keySet();
  }

  /** A row was confirmed, or refused for good: if its lane waited for that, it goes on. */
  void answered(Row row, Instant now) {
    Blocked first = blocked.get(key(row));
    if (first != null && first.id == row.id()) {
      release(key(row), first, now);
    }
  }

  /** A row that was to be tried is not there: another relay has sent it. */
  void gone(long id, Instant now) {
    Object key = tried.get(id);
    Blocked first = key == null ? null : blocked.get(key);
    if (key != null && first != null) {
      release(key, first, now);
    } else {
      wantsReread = true;
    }
  }

  /** And the others are tried soon. */
  private void release(Object key, Blocked first, Instant now) {
    blocked.remove(key);
    if (first.isFollowed) {
      answered.add(key);
      wantsReread = true;
    }
    failures = 1;
    retryAt = blocked.isEmpty() ? Instant.MIN : now.plus(RETRY_BASE);
  }

  /** What was sent was confirmed; that counts once nothing of it waits for another try. */
  void succeeded() {
    if (blocked.isEmpty() && answered.isEmpty()) {
      failures = 0;
    }
  }

  // ---- destinations that rest ------------------------------------------------------------------

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

  /** Whether rows were left for a destination that rested, and not read again since. */
  boolean isWaiting(String address) {
    return waiting.containsKey(address);
  }

  /** Rows left for a destination that rests, each the first of its lane; empty if none were. */
  List<Long> waiting(String address) {
    return waiting.getOrDefault(address, List.of()).stream().map(Waiting::id).toList();
  }

  /**
   * A row that was left cannot be tried: its lane waits for something else. Was it the last that is
   * remembered of its destination, others are looked for.
   */
  void drop(Row row) {
    List<Waiting> firsts = waiting.getOrDefault(row.address(), new ArrayList<>());
    if (firsts.removeIf(first -> first.id == row.id())) {
      wantsReread |= firsts.isEmpty();
    }
  }

  /** A destination takes rows again: those that were left for it are read again, or tried. */
  void recovered(String address) {
    wantsReread |= isWaiting(address);
    if (blocked.values().stream().anyMatch(first -> first.address.equals(address))) {
      retryAt = Instant.MIN;
    }
  }

  // ---- reading again ---------------------------------------------------------------------------

  /** It was fetched. */
  void read(boolean cut) {
    rounds++;
    if (!cut) {
      isReadToEnd = true;
      patience = 1;
    }
  }

  /** Whether it is to be read again from its mark. */
  boolean isRereadDue() {
    return wantsReread && (isReadToEnd || rounds >= patience);
  }

  /** It is read again from its mark: everything that was left, but for what is blocked. */
  void reread() {
    answered.clear();
    waiting.clear();
    wantsReread = false;
    pausedUntil = Instant.MIN;
    patience = Math.min(2 * patience, 1 << 20);
    rounds = 0;
    isReadToEnd = false;
  }

  void pause(Instant until) {
    pausedUntil = until;
  }

  // ----------------------------------------------------------------------------------------------

  private static Object key(Row row) {
    Lane lane = row.lane();
    return lane == null ? row.id() : lane;
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
