package io.stagepost.internal.engine;

import static java.util.Objects.requireNonNull;

import io.stagepost.internal.engine.Engine.Bounds;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts what is in flight against the bounds (rule D09), and remembers whom to tell when there is
 * room again. Each priority leaves some of the bounds to the others. Guarded by the engine.
 */
final class Room {
  /** A priority's part. */
  private final class Part {
    int taken;
    long takenBytes;
    boolean refused;

    /** Up to where it may grow now: what others have, or what is left to them, is not its own. */
    int limit() {
      int limit = bounds.inFlight();
      for (Part part : parts.values()) {
        limit -= part == this ? 0 : Math.max(part.taken, reserve);
      }
      return limit;
    }

    long limitBytes() {
      long limit = bounds.inFlightBytes();
      for (Part part : parts.values()) {
        limit -= part == this ? 0 : Math.max(part.takenBytes, bounds.inFlightBytes() / 10);
      }
      return limit;
    }

    boolean enter(int size) {
      if (paused || taken >= limit() || (taken > 0 && takenBytes + size > limitBytes())) {
        refused = true;
        return false;
      }
      taken++;
      takenBytes += size;
      return true;
    }

    /** Whether a quarter is free again after a refusal. */
    boolean freed() {
      boolean freed = refused && !paused && isQuarterFree();
      refused &= !freed;
      return freed;
    }

    private boolean isQuarterFree() {
      int limit = limit();
      if (taken == 0) {
        return limit > 0;
      }
      long limitBytes = limitBytes();
      return taken <= limit - Math.max(1, limit / 4) && takenBytes <= limitBytes - limitBytes / 4;
    }
  }

  private final Bounds bounds;

  /** How many are left to each priority. */
  private final int reserve;

  /** By weight. */
  private final Map<Integer, Part> parts = new HashMap<>();

  private int inFlight;
  private long bytes;
  private boolean paused;

  Room(Bounds bounds) {
    this.bounds = bounds;
    List<Integer> priorities = bounds.priorities();
    this.reserve = Ready.reserve(bounds.inFlight(), priorities.size() - 1);
    priorities.forEach(weight -> parts.put(weight, new Part()));
  }

  private Part part(int weight) {
    return requireNonNull(parts.get(weight), "part");
  }

  int inFlight() {
    return inFlight;
  }

  long bytes() {
    return bytes;
  }

  /** The nearer of both bounds. */
  double share() {
    return Math.max((double) inFlight / bounds.inFlight(), (double) bytes / bounds.inFlightBytes());
  }

  /**
   * Takes a passage in, unless a bound says no. One larger than what its priority may have is taken
   * all the same, if it is the only one of that priority.
   */
  boolean enter(int weight, int size) {
    if (!part(weight).enter(size)) {
      return false;
    }
    inFlight++;
    bytes += size;
    return true;
  }

  /** Whether it has refused something of every priority, and nobody was told of room since. */
  boolean isFull() {
    return paused || parts.values().stream().allMatch(part -> part.refused);
  }

  /** Whether a lane has its share. */
  boolean refuses(Lane lane) {
    boolean refuses = lane.load >= bounds.laneCapacity();
    lane.refused |= refuses;
    return refuses;
  }

  void leave(Lane lane, Passage passage) {
    lane.load--;
    inFlight--;
    bytes -= passage.size();
    Part part = part(lane.weight);
    part.taken--;
    part.takenBytes -= passage.size();
  }

  void pause() {
    paused = true;
  }

  void resume() {
    paused = false;
    parts.values().forEach(part -> part.refused = false);
  }

  /**
   * Whether the receiver is to be told that there is room: a quarter of a bound, or half of the
   * lane's share, is free again after a refusal.
   */
  boolean freed(Lane lane) {
    boolean freed = false;
    if (lane.refused && lane.load <= bounds.laneCapacity() / 2) {
      lane.refused = false;
      freed = true;
    }
    for (Part part : parts.values()) {
      freed |= part.freed();
    }
    return freed;
  }
}
