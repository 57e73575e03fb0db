package io.stagepost.amqp;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of a receiver: whatever belongs to it is read and written by its tasks only. The
 * client hands out messages on it too. Thread-safe.
 *
 * <p>While the broker has an alarm (disk or memory) it lets everybody connect, attach, receive and
 * settle, and reads no message: so what is sent as one, be it published or asked of its management,
 * has no answer until the alarm ends. All that is done {@linkplain #beside beside} the loop.
 */
final class Loop implements Executor {
  private final ScheduledThreadPoolExecutor tasks;
  private final ExecutorService questions;
  private final Consumer<Throwable> onUnexpected;
  private volatile @Nullable Thread thread;

  /**
   * Runs nothing yet.
   *
   * @param name of its thread
   * @param onUnexpected told, on the loop, what a task of ours has thrown
   */
  Loop(String name, Consumer<Throwable> onUnexpected) {
    this.onUnexpected = onUnexpected;
    this.tasks =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread own = new Thread(task, name);
              thread = own;
              return own;
            });
    tasks.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.questions =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread own = new Thread(task, name + "-beside");
              own.setDaemon(true);
              return own;
            });
  }

  /** For the client, which is told when it has ended. */
  @Override
  public void execute(Runnable task) {
    tasks.execute(task);
  }

  /** Runs a task soon; never, if it has ended: nothing is held any more then. */
  void run(Runnable task) {
    try {
      tasks.execute(() -> guarded(task));
    } catch (RejectedExecutionException ended) {
      // nothing is held any more
    }
  }

  /** As {@link #run}, after a while. */
  void later(Runnable task, Duration delay) {
    try {
      var unused = tasks.schedule(() -> guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException ended) {
      // nothing is held any more
    }
  }

  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error unexpected) {
      onUnexpected.accept(unexpected);
    }
  }

  /**
   * Does beside the loop, one after the other, what the broker may leave without an answer for
   * long.
   *
   * @return completed when it is done; with what it threw, not wrapped
   */
  CompletableFuture<Void> beside(Runnable question) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    try {
      questions.execute(
          () -> {
            try {
              question.run();
              done.complete(null);
            } catch (RuntimeException | Error failure) {
              done.completeExceptionally(failure);
            }
          });
    } catch (RejectedExecutionException ended) {
      done.completeExceptionally(ended);
    }
    return done;
  }

  /** Whether the caller is on it. */
  boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  /** Does nothing more beside, and waits a moment for what is under way. */
  void endBeside(Duration patience) {
    questions.shutdown();
    try {
      boolean unused = questions.awaitTermination(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  void end() {
    tasks.shutdown();
  }
}
