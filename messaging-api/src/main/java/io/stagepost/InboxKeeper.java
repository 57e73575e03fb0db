package io.stagepost;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Has a subscription's inbox, or dedup store, keep house: when it starts, and then again and again,
 * on a thread of its handlers. Thread-safe.
 */
final class InboxKeeper {
  private static final Logger LOG = System.getLogger(Subscription.class.getName());

  private final String subscription;
  private final Keeping keeping;
  private final Executor executor;
  private final ScheduledExecutorService scheduler;
  private volatile boolean closed;

  /** What it does. */
  @FunctionalInterface
  interface Keeping {
    void house() throws Exception;
  }

  InboxKeeper(
      String subscription, Keeping keeping, Executor executor, ScheduledExecutorService scheduler) {
    this.subscription = subscription;
    this.keeping = keeping;
    this.executor = executor;
    this.scheduler = scheduler;
  }

  void start() {
    handOver();
  }

  /** What is being done goes on to its end. */
  void close() {
    closed = true;
  }

  private void handOver() {
    if (closed) {
      return;
    }
    try {
      executor.execute(this::keep);
    } catch (RejectedExecutionException ended) {
      LOG.log(Level.DEBUG, "Subscription {0} has ended, and its inbox with it", subscription);
    }
  }

  private void keep() {
    try {
      keeping.house();
    } catch (Exception failure) {
      LOG.log(
          Level.WARNING,
          () ->
              String.format(
                  "SP-API-048 Subscription %s: its inbox could not keep house; again in %s. It"
                      + " grows meanwhile, and forgets nothing. The cause says what to mend.",
                  subscription, Defaults.INBOX_HOUSEKEEPING),
          failure);
    } finally {
      later();
    }
  }

  private void later() {
    if (closed) {
      return;
    }
    try {
      var unused =
          scheduler.schedule(
              this::handOver, Defaults.INBOX_HOUSEKEEPING.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException ended) {
      LOG.log(Level.DEBUG, "Subscription {0} has ended, and its inbox with it", subscription);
    }
  }
}
