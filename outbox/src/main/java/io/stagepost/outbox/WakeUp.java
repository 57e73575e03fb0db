package io.stagepost.outbox;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * When a relay looks again (step 12). At once while there is more; 1 ms after it found something or
 * was hinted that a publisher in this process has written; then ever less often, while ids are
 * missing up to every 10 ms, else up to every 100 ms. The hint comes before the publisher's commit,
 * whose moment nobody tells: hence the short, growing pauses after it.
 */
final class WakeUp {
  private static final long SHORTEST = Duration.ofMillis(1).toNanos();
  private static final long LONGEST_OPEN = Duration.ofMillis(10).toNanos();
  private static final long LONGEST = Duration.ofMillis(100).toNanos();

  private final AtomicBoolean hinted = new AtomicBoolean();
  private volatile @Nullable Thread sleeper;
  private volatile boolean closed;
  private long pause;

  WakeUp() {
    this(Duration.ofNanos(SHORTEST));
  }

  /** With another first pause than 1 ms. */
  WakeUp(Duration first) {
    this.pause = first.toNanos();
  }

  /** Somebody has written, and will commit. Costs next to nothing. Any thread. */
  void hint() {
    if (!hinted.getAndSet(true)) {
      LockSupport.unpark(sleeper);
    }
  }

  /** Ends every pause from now on. Any thread. */
  void close() {
    closed = true;
    LockSupport.unpark(sleeper);
  }

  boolean isClosed() {
    return closed;
  }

  /** Pauses as long as that result asks for. */
  void after(Round.Result result) {
    if (result.more()) {
      return;
    }
    if (result.rows() > 0) {
      pause = SHORTEST;
    }
    park(pause, true);
    pause = Math.min(pause + pause / 2, result.open() ? LONGEST_OPEN : LONGEST);
  }

  /** Pauses after an error; hints do not shorten it. */
  void pause(Duration duration) {
    park(duration.toNanos(), false);
  }

  private void park(long nanos, boolean listening) {
    sleeper = Thread.currentThread();
    long until = System.nanoTime() + nanos;
    while (!closed) {
      if (listening && hinted.getAndSet(false)) {
        pause = SHORTEST;
        until = Math.min(until, System.nanoTime() + SHORTEST);
      }
      long left = until - System.nanoTime();
      if (left <= 0) {
        return;
      }
      LockSupport.parkNanos(this, left);
    }
  }
}
