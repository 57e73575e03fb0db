package io.stagepost.testkit;

import io.stagepost.MessagingException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A future for a test with a manual clock: who waits for it runs the clock's tasks meanwhile,
 * instead of blocking the only thread for ever. The same holds for what is derived from it.
 */
class ClockFuture<T> extends CompletableFuture<T> {
  private final @Nullable ManualClock clock;

  /**
   * A future.
   *
   * @param clock null in real time: then it is like any other
   */
  ClockFuture(@Nullable ManualClock clock) {
    this.clock = clock;
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new ClockFuture<>(clock);
  }

  @Override
  public T join() {
    await();
    return super.join();
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    await();
    return super.get();
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (help()) {
      return super.get(timeout, unit);
    }
    throw new TimeoutException("No task is left that could complete it");
  }

  /** Runs tasks until it is done; false if none is left and it is not. */
  private boolean help() {
    if (clock != null && !isDone()) {
      clock.help(this::isDone);
    }
    return clock == null || isDone();
  }

  private void await() {
    if (clock != null && !help()) {
      throw new MessagingException(
          "SP-TEST-003",
          "Nothing can complete this future as long as the test waits for it: no task is left at "
              + clock.instant()
              + ". Advance the clock, or end the fault that holds it back, before joining.");
    }
  }
}
