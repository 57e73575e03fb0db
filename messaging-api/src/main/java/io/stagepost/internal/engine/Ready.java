package io.stagepost.internal.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The lanes that are ready, and how many of each priority run. First come, first served within a
 * priority; between priorities by stride scheduling (Waldspurger and Weihl 1995): each has a pass,
 * which advances with every passage that starts, the slower the higher its weight, and the lowest
 * pass is next. Guarded by the engine.
 */
final class Ready {
  /** A priority of this weight advances by one for each passage. */
  private static final int HIGHEST = 1 << 10;

  /** The ready lanes of a priority. */
  private static final class Rank {
    private final ArrayDeque<Lane> lanes = new ArrayDeque<>();
    private final int weight;
    private final int most;

    /** How many run of this priority and the lower ones: at most so many, the rest stays free. */
    private int running;

    private long pass;

    Rank(int weight, int most) {
      this.weight = weight;
      this.most = most;
    }
  }

  /** The highest first. */
  private final List<Rank> ranks = new ArrayList<>();

  /**
   * No lanes.
   *
   * @param priorities that there are, by their weights, the highest first
   * @param concurrency how many lanes run at once
   */
  Ready(List<Integer> priorities, int concurrency) {
    int left = concurrency;
    for (int weight : priorities) {
      ranks.add(new Rank(weight, left));
      left -= reserve(concurrency, priorities.size() - 1);
    }
  }

  /**
   * What of a bound is left to each of the other priorities: a tenth, at least one where there are
   * enough.
   */
  static int reserve(int bound, int others) {
    return others == 0 ? 0 : Math.min((bound + 9) / 10, (bound - 1) / others);
  }

  private Rank rank(Lane lane) {
    for (Rank rank : ranks) {
      if (rank.weight == lane.weight) {
        return rank;
      }
    }
    throw new IllegalStateException("No priority has the weight " + lane.weight);
  }

  void add(Lane lane) {
    rank(lane).lanes.add(lane);
  }

  void remove(Lane lane) {
    rank(lane).lanes.remove(lane);
  }

  /** How many lanes may start, at most, as far as their priorities are concerned. */
  int startable() {
    int startable = 0;
    int free = Integer.MAX_VALUE;
    for (Rank rank : ranks) {
      free = Math.min(free, rank.most - rank.running);
      startable += Math.max(0, Math.min(rank.lanes.size(), free));
    }
    return startable;
  }

  /** Takes the lane that is next; there is a {@link #startable()} one. */
  Lane next() {
    @Nullable Rank next = null;
    int free = Integer.MAX_VALUE;
    for (Rank rank : ranks) {
      free = Math.min(free, rank.most - rank.running);
      if (free > 0 && !rank.lanes.isEmpty() && (next == null || rank.pass < next.pass)) {
        next = rank;
      }
    }
    if (next == null) {
      throw new IllegalStateException("No lane may start");
    }
    for (Rank rank : ranks) {
      rank.pass = Math.max(rank.pass, next.pass); // who is idle, or may not start, saves nothing up
    }
    return next.lanes.remove();
  }

  /** A lane runs that many passages. */
  void started(Lane lane, int passages) {
    Rank rank = rank(lane);
    rank.pass += (long) HIGHEST / rank.weight * passages;
    count(rank, 1);
  }

  /** A lane runs no more. */
  void stopped(Lane lane) {
    count(rank(lane), -1);
  }

  private void count(Rank of, int change) {
    for (Rank rank : ranks) {
      rank.running += change;
      if (rank == of) {
        return;
      }
    }
  }
}
