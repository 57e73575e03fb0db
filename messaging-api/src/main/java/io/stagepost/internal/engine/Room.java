package io.stagepost.internal.engine;

import io.stagepost.internal.engine.Engine.Bounds;

/**
 * Counts what is in flight against the bounds (rule D09), and remembers whom to tell when there is
 * room again. Guarded by the engine.
 */
final class Room {
  private final Bounds bounds;
  private int inFlight;
  private long bytes;
  private boolean refused;
  private boolean paused;

  Room(Bounds bounds) {
    this.bounds = bounds;
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

  /** Takes a passage in, unless a bound says no. One larger than the bound is taken alone. */
  boolean enter(int size) {
    if (paused
        || inFlight >= bounds.inFlight()
        || (inFlight > 0 && bytes + size > bounds.inFlightBytes())) {
      refused = true;
      return false;
    }
    inFlight++;
    bytes += size;
    return true;
  }

  /** Whether it has refused something, of whatever lane, and nobody was told of room since. */
  boolean isFull() {
    return paused || refused;
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
  }

  void pause() {
    paused = true;
  }

  void resume() {
    paused = false;
    refused = false;
  }

  /**
   * Whether the receiver is to be told that there is room: a quarter of the bound, or half of a
   * lane's share, is free again after a refusal.
   */
  boolean freed(Lane lane) {
    boolean freed = false;
    if (lane.refused && lane.load <= bounds.laneCapacity() / 2) {
      lane.refused = false;
      freed = true;
    }
    if (refused
        && !paused
        && inFlight <= bounds.inFlight() - Math.max(1, bounds.inFlight() / 4)
        && bytes <= bounds.inFlightBytes() - bounds.inFlightBytes() / 4) {
      refused = false;
      freed = true;
    }
    return freed;
  }
}
