package io.stagepost.internal.engine;

import static java.util.Objects.requireNonNull;

import io.stagepost.Priority;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The lanes that are ready, and how many of each priority run. First come, first served within a
 * priority; between priorities by stride scheduling (Waldspurger and Weihl 1995): each has a pass,
 * which advances with every passage that starts, the slower the higher its weight, and the lowest
 * pass is next. Guarded by the engine.
 */
final class Ready {
  private static final int STRIDE = Priority.URGENT.weight() * Priority.NORMAL.weight();

  /** The ready lanes of a priority. */
  private static final class Rank {
    private final ArrayDeque<Lane> lanes = new ArrayDeque<>();
    private final int stride;
    private final int most;

    /** How many run of this priority and the lower ones: what they share leaves the rest free. */
    private int running;

    private long pass;

    Rank(Priority priority, int most) {
      this.stride = STRIDE / priority.weight();
      this.most = most;
    }

    int startable() {
      return Math.min(lanes.size(), most - running);
    }
  }

  private final Map<Priority, Rank> ranks = new EnumMap<>(Priority.class);

  /** The same, the most urgent first. */
  private final List<Rank> inOrder;

  /** The pass of the rank that was served last: who was idle gains nothing by that. */
  private long now;

  /**
   * No lanes.
   *
   * @param priorities that there are
   * @param concurrency how many lanes run at once
   */
  Ready(Set<Priority> priorities, int concurrency) {
    int left = concurrency;
    for (Priority priority : Priority.values()) {
      if (priorities.contains(priority)) {
        ranks.put(priority, new Rank(priority, Math.max(1, left)));
        left -= reserve(concurrency);
      }
    }
    this.inOrder = new ArrayList<>(ranks.values());
  }

  /** What is left to another priority of a bound. */
  static int reserve(int bound) {
    return (bound + 9) / 10;
  }

  private Rank rank(Lane lane) {
    return requireNonNull(ranks.get(lane.priority), "rank");
  }

  void add(Lane lane) {
    Rank rank = rank(lane);
    if (rank.lanes.isEmpty()) {
      rank.pass = Math.max(rank.pass, now);
    }
    rank.lanes.add(lane);
  }

  void remove(Lane lane) {
    rank(lane).lanes.remove(lane);
  }

  /** How many lanes may start, at most, as far as their priorities are concerned. */
  int startable() {
    int startable = 0;
    for (Rank rank : inOrder) {
      startable += rank.startable();
    }
    return startable;
  }

  /** Takes the lane that is next; there is a {@link #startable()} one. */
  Lane next() {
    @Nullable Rank next = null;
    for (Rank rank : inOrder) {
      if (rank.startable() > 0 && (next == null || rank.pass < next.pass)) {
        next = rank;
      }
    }
    if (next == null) {
      throw new IllegalStateException("No lane may start");
    }
    now = next.pass;
    return next.lanes.remove();
  }

  /** A lane runs that many passages. */
  void started(Lane lane, int passages) {
    Rank rank = rank(lane);
    rank.pass += (long) rank.stride * passages;
    count(rank, 1);
  }

  /** A lane runs no more. */
  void stopped(Lane lane) {
    count(rank(lane), -1);
  }

  private void count(Rank of, int change) {
    for (Rank rank : inOrder) {
      rank.running += change;
      if (rank == of) {
        return;
      }
    }
  }
}
