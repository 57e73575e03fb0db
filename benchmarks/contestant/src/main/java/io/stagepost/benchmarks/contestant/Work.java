package io.stagepost.benchmarks.contestant;

import java.util.concurrent.TimeUnit;

/**
 * What handling an event means.
 *
 * @param kind nothing, waiting, or computing
 * @param amount microseconds to wait, or steps to compute
 */
public record Work(Kind kind, long amount) {
  /** The kinds of work. */
  public enum Kind {
    /** The handler returns at once. */
    NONE,
    /** The handler blocks its thread, as one that waits for a database does. */
    WAIT,
    /** The handler keeps a core busy: equal steps for all, however often they are interrupted. */
    COMPUTE
  }

  /**
   * Nothing.
   *
   * @return the work
   */
  public static Work none() {
    return new Work(Kind.NONE, 0);
  }

  /**
   * Waiting.
   *
   * @param micros how long
   * @return the work
   */
  public static Work waiting(long micros) {
    return new Work(Kind.WAIT, micros);
  }

  /**
   * Computing for about so long on this machine, when it has nothing else to do.
   *
   * @param micros how long
   * @return the work
   */
  public static Work computing(long micros) {
    long steps = 1_000_000;
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 50; i++) {
      long start = System.nanoTime();
      compute(steps);
      best = Math.min(best, System.nanoTime() - start);
    }
    return new Work(Kind.COMPUTE, steps * micros * 1_000 / best);
  }

  /** Does it. */
  public void perform() {
    switch (kind) {
      case NONE -> {}
      case WAIT -> {
        try {
          TimeUnit.MICROSECONDS.sleep(amount);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("Interrupted while an event was handled", interrupted);
        }
      }
      case COMPUTE -> compute(amount);
    }
  }

  private static void compute(long steps) {
    long value = System.nanoTime();
    for (long i = 0; i < steps; i++) {
      value = value * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
    }
    if (value == 0) {
      Thread.onSpinWait(); // so that the compiler cannot drop what nobody looks at
    }
  }
}
