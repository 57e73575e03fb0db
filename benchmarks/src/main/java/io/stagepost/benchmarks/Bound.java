package io.stagepost.benchmarks;

import java.util.concurrent.TimeUnit;

/** What no consumer that keeps order per key can exceed: min(1/(p₁·d), C/d). */
final class Bound {
  private static final int SAMPLES = 50;

  private Bound() {}

  /**
   * Events per second, with d as it is on this machine now: a thread that asks for 10 ms of sleep
   * gets some more, and one that handles nothing else shows how much.
   */
  static double rate(Row row) {
    row.work().perform();
    long start = System.nanoTime();
    for (int i = 0; i < SAMPLES; i++) {
      row.work().perform();
    }
    double seconds = (System.nanoTime() - start) / (double) SAMPLES / TimeUnit.SECONDS.toNanos(1);
    return Math.min(1 / (row.load().hottestShare() * seconds), row.ours().concurrency() / seconds);
  }
}
