package io.stagepost.internal.engine;

import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/**
 * Counts successes and transient failures over a sliding window, and has the engine probe once the
 * failures exceed their budget (rule D12). Thread-safe.
 *
 * <pre>
 *            failures exceed the budget
 *   RUNNING ────────────────────────────▶ PROBING ──┐ a probe failed: wait longer
 *      ▲                                   │   ▲    │ a probe succeeded: the next one at once
 *      └── three probes in a row succeed ──┘   └────┘
 * </pre>
 *
 * <p>While it probes, one passage runs at a time, and the clocks of attempts and age stand still.
 */
public final class RetryBudget {
  private static final int BUCKETS = 12;
  private static final int PROBES_TO_RECOVER = 3;

  /**
   * The rules.
   *
   * @param share failures borne, as a share of the successes in the window
   * @param atLeast failures always borne in a window
   * @param window how far back successes and failures count
   * @param pause how long to wait before the n-th probe, after n failed ones, from 1
   */
  public record Rules(double share, int atLeast, Duration window, IntFunction<Duration> pause) {}

  private final Rules rules;
  private final long bucketNanos;
  private final LongSupplier ticker;
  private final Consumer<Boolean> onChange;

  private final int[] successes = new int[BUCKETS];
  private final int[] failures = new int[BUCKETS];
  private long bucket = Long.MIN_VALUE;
  private long successesInWindow;
  private long failuresInWindow;

  private volatile boolean probing;
  private long probingSince;
  private long stoodStill;
  private boolean probeRuns;
  private long nextProbe;
  private int failedProbes;
  private int succeededProbes;

  /**
   * An unused budget.
   *
   * @param rules its rules
   * @param ticker tells the time in nanoseconds, monotonic
   * @param onChange told when it begins (true) and ends (false) to probe; not under a lock of this
   */
  public RetryBudget(Rules rules, LongSupplier ticker, Consumer<Boolean> onChange) {
    this.rules = rules;
    this.bucketNanos = Math.max(1, rules.window().toNanos() / BUCKETS);
    this.ticker = ticker;
    this.onChange = onChange;
  }

  /**
   * Whether one passage runs at a time, and clocks stand still.
   *
   * @return true while it probes
   */
  public boolean isProbing() {
    return probing;
  }

  /**
   * How long clocks have stood still so far, over all probing.
   *
   * @return nanoseconds
   */
  public synchronized long stoodStill() {
    return stoodStill + (probing ? ticker.getAsLong() - probingSince : 0);
  }

  /**
   * Counts a transient failure.
   *
   * @return whether clocks stand still, so that this failure uses up no attempt
   */
  public boolean failed() {
    synchronized (this) {
      if (probing) {
        succeededProbes = 0; // also if what has failed is not to be tried again
        return true;
      }
      long now = ticker.getAsLong();
      slideTo(now);
      failures[index()]++;
      failuresInWindow++;
      if (failuresInWindow <= Math.max(rules.atLeast(), rules.share() * successesInWindow)) {
        return false;
      }
      probing = true;
      probingSince = now;
      probeRuns = false;
      succeededProbes = 0;
      failedProbes = 1;
      nextProbe = now + pause();
    }
    onChange.accept(true);
    return true;
  }

  /** Counts successes that were no probes. */
  void succeeded(int count) {
    if (count == 0) {
      return;
    }
    synchronized (this) {
      slideTo(ticker.getAsLong());
      successes[index()] += count;
      successesInWindow += count;
    }
  }

  /** How long until a probe may start: zero if it may now, the largest value while one runs. */
  synchronized long waitForProbe(long now) {
    return probeRuns ? Long.MAX_VALUE : Math.max(0, nextProbe - now);
  }

  synchronized void probeStarted() {
    probeRuns = true;
  }

  /**
   * A probe has ended.
   *
   * @param succeeded whether it was handled
   * @param failed whether it is to be tried again; neither, if it left another way
   * @param last whether nothing else is there to probe with
   */
  void probeEnded(boolean succeeded, boolean failed, boolean last) {
    synchronized (this) {
      probeRuns = false;
      long now = ticker.getAsLong();
      if (failed) {
        succeededProbes = 0;
        failedProbes++;
        nextProbe = now + pause();
      } else if (succeeded) {
        succeededProbes++;
        failedProbes = 0;
      }
      if (!probing || !succeeded || (succeededProbes < PROBES_TO_RECOVER && !last)) {
        return;
      }
      probing = false;
      stoodStill += now - probingSince;
      Arrays.fill(successes, 0);
      Arrays.fill(failures, 0);
      successesInWindow = 0;
      failuresInWindow = 0;
    }
    onChange.accept(false);
  }

  private long pause() {
    return rules.pause().apply(Math.max(1, failedProbes)).toNanos();
  }

  private int index() {
    return (int) Math.floorMod(bucket, (long) BUCKETS);
  }

  private void slideTo(long now) {
    long current = Math.floorDiv(now, bucketNanos);
    if (current == bucket) {
      return;
    }
    long emptied = bucket == Long.MIN_VALUE ? BUCKETS : Math.min(BUCKETS, current - bucket);
    for (long i = 1; i <= emptied; i++) {
      int old = (int) Math.floorMod(current - emptied + i, (long) BUCKETS);
      successesInWindow -= successes[old];
      failuresInWindow -= failures[old];
      successes[old] = 0;
      failures[old] = 0;
    }
    bucket = current;
  }
}
