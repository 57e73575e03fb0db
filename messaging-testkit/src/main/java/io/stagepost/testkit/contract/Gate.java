package io.stagepost.testkit.contract;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Holds handlers until the test opens it; the end of the test does so at the latest. */
final class Gate {
  private final CountDownLatch latch = new CountDownLatch(1);
  private final AtomicInteger waiting = new AtomicInteger();

  void await() {
    waiting.incrementAndGet();
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException again) {
        interrupted = true; // whoever is interrupted still runs: so does a handler that is deaf
      }
    }
    waiting.decrementAndGet();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** How many wait now. */
  int waiting() {
    return waiting.get();
  }

  void open() {
    latch.countDown();
  }
}
