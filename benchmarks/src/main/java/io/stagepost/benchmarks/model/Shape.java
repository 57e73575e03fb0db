package io.stagepost.benchmarks.model;

/**
 * The bounds of a modelled engine and what it runs on.
 *
 * @param workers how many lanes run at once
 * @param inFlight how many events are in flight at most
 * @param laneCapacity how many of them one lane holds at most
 * @param turn how many events of a lane a worker takes at once
 * @param processors how many there are
 * @param cpu seconds of a processor that an event costs
 */
record Shape(int workers, int inFlight, int laneCapacity, int turn, int processors, double cpu) {
  /** A subscription as the benchmarks have it, on processors that cost nothing. */
  static Shape of(int workers) {
    int inFlight = Math.max(1_000, 4 * workers);
    return new Shape(workers, inFlight, inFlight / 4, 16, 1, 0);
  }

  Shape inFlight(int inFlight) {
    return new Shape(workers, inFlight, Math.max(1, inFlight / 4), turn, processors, cpu);
  }

  Shape on(int processors, double cpu) {
    return new Shape(workers, inFlight, laneCapacity, turn, processors, cpu);
  }
}
