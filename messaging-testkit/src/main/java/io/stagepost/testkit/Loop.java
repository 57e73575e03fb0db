package io.stagepost.testkit;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.stagepost.MessagingException;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Where a broker's work is done: one line of tasks for deliveries and everything that concerns
 * groups, one for confirmations. With a manual clock both are the clock's; else each is a daemon
 * thread that ends when it has been idle. Thread-safe.
 */
final class Loop {
  private static final long IDLE_SECONDS = 5;
  private static final long CALL_SECONDS = 15;

  final @Nullable ManualClock manual;
  final InstantSource clock;
  private final Executor deliveries;
  private final Executor confirmations;
  private final ScheduledExecutorService delays;
  private volatile @Nullable Thread delivering;
  private volatile @Nullable Thread confirming;

  Loop(@Nullable ManualClock manual) {
    this.manual = manual;
    if (manual != null) {
      this.clock = manual;
      this.deliveries = manual.executor();
      this.confirmations = manual.executor();
      this.delays = manual.scheduler();
    } else {
      this.clock = Clock.systemUTC();
      this.deliveries =
          line(
              task -> {
                Thread thread = daemon(task, "stagepost-memory-deliveries");
                delivering = thread;
                return thread;
              });
      this.confirmations =
          line(
              task -> {
                Thread thread = daemon(task, "stagepost-memory-confirmations");
                confirming = thread;
                return thread;
              });
      ScheduledThreadPoolExecutor timer =
          new ScheduledThreadPoolExecutor(1, task -> daemon(task, "stagepost-memory-delays"));
      timer.setKeepAliveTime(IDLE_SECONDS, SECONDS);
      timer.allowCoreThreadTimeOut(true);
      timer.setRemoveOnCancelPolicy(true);
      this.delays = timer;
    }
  }

  private static Executor line(ThreadFactory threads) {
    ThreadPoolExecutor line =
        new ThreadPoolExecutor(1, 1, IDLE_SECONDS, SECONDS, new LinkedBlockingQueue<>(), threads);
    line.allowCoreThreadTimeOut(true);
    return line;
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  void confirm(Runnable task) {
    confirmations.execute(task);
  }

  void deliver(Runnable task) {
    deliveries.execute(task);
  }

  Future<?> confirmAfter(Duration delay, Runnable task) {
    return delays.schedule(() -> confirmations.execute(task), delay.toNanos(), NANOSECONDS);
  }

  Future<?> deliverAfter(Duration delay, Runnable task) {
    return delays.schedule(() -> deliveries.execute(task), delay.toNanos(), NANOSECONDS);
  }

  /** Whether the caller is one of its threads, which must not wait for the other tasks. */
  boolean isOwn() {
    Thread current = Thread.currentThread();
    return current == delivering || current == confirming;
  }

  /** Does it between deliveries and returns when it is done; at once with a manual clock. */
  void call(Runnable task) {
    if (manual != null || Thread.currentThread() == delivering) {
      task.run();
      return;
    }
    CompletableFuture<Void> done = CompletableFuture.runAsync(task, deliveries);
    try {
      done.get(CALL_SECONDS, SECONDS);
    } catch (ExecutionException failure) {
      throw new IllegalStateException(failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt(); // it will be done all the same
    } catch (TimeoutException late) {
      throw new MessagingException(
          "SP-TEST-004",
          "An intake has blocked the in-memory broker for "
              + CALL_SECONDS
              + " s; Intake.offer and Intake.release must never block.",
          late);
    }
  }
}
