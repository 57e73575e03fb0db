package io.stagepost.benchmarks.model;

/** What queueing theory says without simulating. Rates are a second's, times are seconds. */
final class ClosedForms {
  private ClosedForms() {}

  /** The hottest lane is served one event at a time: 1/(p₁·t). */
  static double hottestLane(double share, double perEvent) {
    return 1 / (share * perEvent);
  }

  /** All workers are busy: C/t. */
  static double workers(int workers, double perEvent) {
    return workers / perEvent;
  }

  /** All processors are busy; infinite if an event costs nothing. */
  static double processors(int processors, double cpu) {
    return processors / cpu;
  }

  /** The least of the three. */
  static double bound(Shape shape, double share, double wait) {
    double perEvent = wait + shape.cpu();
    return Math.min(
        Math.min(hottestLane(share, perEvent), workers(shape.workers(), perEvent)),
        processors(shape.processors(), shape.cpu()));
  }

  /**
   * How long an event waits for a worker in M/M/c (Erlang C), on average: events come at random,
   * each in a lane of its own, and take exponentially distributed times.
   *
   * @param load arrivals a second times the mean service time: below the number of workers
   */
  static double erlangWait(int workers, double load, double mean) {
    double blocked = 1; // Erlang B, by its recursion
    for (int i = 1; i <= workers; i++) {
      blocked = load * blocked / (i + load * blocked);
    }
    double busy = load / workers;
    double waits = blocked / (1 - busy * (1 - blocked));
    return waits * mean / (workers - load);
  }
}
