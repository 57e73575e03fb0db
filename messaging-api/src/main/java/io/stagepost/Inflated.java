package io.stagepost;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds what the compressed payloads that are in hand come to, in bytes: what is in flight counts
 * them as they came. One larger than the bound is taken alone. Thread-safe.
 */
final class Inflated {
  private final long most;
  private final AtomicLong taken = new AtomicLong();

  Inflated(long most) {
    this.most = most;
  }

  /** False, with nothing taken, if it has to wait until some are given back. */
  boolean take(long bytes) {
    long before = taken.get();
    while (before == 0 || before + bytes <= most) {
      if (taken.compareAndSet(before, before + bytes)) {
        return true;
      }
      before = taken.get();
    }
    return false;
  }

  void giveBack(long bytes) {
    taken.addAndGet(-bytes);
  }
}
