package io.stagepost.asyncapi.operations;

/**
 * The queue M/M/c: arrivals at random, service times exponential, several handlers. Real service
 * times vary less, so what it says is on the careful side; bursts beyond the rate are not in it.
 *
 * @param arrivals a second
 * @param service mean time of one, in seconds
 * @param handlers how many
 */
record Queue(double arrivals, double service, int handlers) {
  /** How many handlers are busy on average, by Little's law. */
  double busy() {
    return arrivals * service;
  }

  double utilisation() {
    return busy() / handlers;
  }

  /** The probability that all handlers are busy: Erlang's C. */
  double waitProbability() {
    double load = busy();
    if (load >= handlers) {
      return 1;
    }
    double blocked = 1; // Erlang's B, by its recursion
    for (int k = 1; k <= handlers; k++) {
      blocked = load * blocked / (k + load * blocked);
    }
    double utilisation = load / handlers;
    return blocked / (1 - utilisation * (1 - blocked));
  }

  /** The mean time in the queue, in seconds; infinite if it grows without end. */
  double meanWait() {
    double spare = handlers / service - arrivals;
    return spare <= 0 ? Double.POSITIVE_INFINITY : waitProbability() / spare;
  }

  /** The probability that queue and service together take longer than a time. */
  double tail(double seconds) {
    double rate = 1 / service;
    double load = busy();
    if (load >= handlers) {
      return 1;
    }
    double waits = waitProbability();
    double gap = handlers - 1 - load;
    double alone = Math.exp(-rate * seconds);
    double queued =
        Math.abs(gap) < 1e-9
            ? waits * rate * seconds * alone
            : waits * (alone - Math.exp(-(handlers - load) * rate * seconds)) / gap;
    return Math.min(1, alone + queued);
  }

  /** The time that a part of all stay within, such as 0.99, in seconds. */
  double percentile(double part) {
    if (busy() >= handlers) {
      return Double.POSITIVE_INFINITY;
    }
    double low = 0;
    double high = service;
    while (tail(high) > 1 - part) {
      high *= 2;
    }
    for (int i = 0; i < 60; i++) {
      double middle = (low + high) / 2;
      if (tail(middle) > 1 - part) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }
}
