package io.stagepost;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Inbox;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a try to handle a delivery beside the event itself: where it came from, how much
 * time is left, and whether it was cancelled. Thread-safe.
 *
 * <p>When the time is over (rule D18), or the delivery was given to somebody else, the try is
 * cancelled: {@link #isCancelled()} says so, {@link #cancellation()} completes, and the thread of a
 * blocking handler is interrupted. The key waits until the handler has really ended.
 */
public final class Context {
  private static final ThreadLocal<@Nullable Context> CURRENT = new ThreadLocal<>();

  private final String subscription;
  private final int attempt;
  private final Delivery delivery;
  private final @Nullable CloudEvent cause;
  private final Inbox.@Nullable Entry entry;
  private final LongSupplier ticker;
  private final long started;
  private final long deadline;

  /** When the watchdog is to act next: at the deadline first, then to tell that it runs on. */
  private volatile long watchAt;

  /** Whether the inbox has called the handler. */
  private volatile boolean called;

  // The run: guarded by this.
  private @Nullable Thread thread;
  private @Nullable Context outer;
  private boolean interrupted;
  private boolean ended;
  private @Nullable String cancelled;
  private @Nullable CompletableFuture<Void> cancellation;

  Context(
      String subscription,
      int attempt,
      Delivery delivery,
      @Nullable CloudEvent cause,
      Inbox.@Nullable Entry entry,
      LongSupplier ticker,
      Duration timeout) {
    this.subscription = subscription;
    this.attempt = attempt;
    this.delivery = delivery;
    this.cause = cause;
    this.entry = entry;
    this.ticker = ticker;
    this.started = ticker.getAsLong();
    this.deadline = started + nanos(timeout);
    this.watchAt = deadline;
  }

  /** Half of what a long holds at most, so that a deadline never wraps: 146 years. */
  static long nanos(Duration timeout) {
    Duration longest = Duration.ofNanos(Long.MAX_VALUE / 2);
    return (timeout.compareTo(longest) < 0 ? timeout : longest).toNanos();
  }

  /**
   * The subscription that handles it.
   *
   * @return its name
   */
  public String subscription() {
    return subscription;
  }

  /**
   * Which try this is in this process, or, once it was {@linkplain Policy#defer deferred}, of all
   * since then too. Tries while the subscription probes do not count.
   *
   * @return from 1
   */
  public int attempt() {
    return attempt;
  }

  /**
   * Where the message came from.
   *
   * @return never null
   */
  public Origin origin() {
    return delivery.origin();
  }

  /**
   * The message as it was received, byte for byte.
   *
   * @return never null; do not change its arrays
   */
  public Message message() {
    return delivery.message();
  }

  /**
   * What is left of the time for this try: the lesser of the policy's timeout and the event's
   * {@code expirytime} (rule D17), for the timeouts of what the handler calls.
   *
   * @return zero if it is over
   */
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, deadline - ticker.getAsLong()));
  }

  /**
   * Whether the try was cancelled. A handler may still finish: what it returns counts.
   *
   * @return true once its time is over or its delivery was lost
   */
  public synchronized boolean isCancelled() {
    return cancelled != null;
  }

  /**
   * Tells an asynchronous handler of the cancellation.
   *
   * @return completes, on a thread that must not be blocked, once the try is cancelled
   */
  public synchronized CompletionStage<Void> cancellation() {
    if (cancellation == null) {
      cancellation = new CompletableFuture<>();
      if (cancelled != null) {
        cancellation.complete(null);
      }
    }
    return cancellation.minimalCompletionStage();
  }

  /** What the inbox knows it by, for handlers in its transaction. */
  Inbox.Entry entry() {
    return requireNonNull(entry, "entry");
  }

  /** The inbox calls the handler: it is no duplicate. */
  void called() {
    called = true;
  }

  boolean wasCalled() {
    return called;
  }

  /** The event that the calling thread is handling, which caused what it publishes meanwhile. */
  static @Nullable CloudEvent cause() {
    Context current = CURRENT.get();
    return current == null ? null : current.cause;
  }

  /** Whether the calling thread runs a handler of this subscription. */
  static boolean isOf(String subscription) {
    Context current = CURRENT.get();
    return current != null && current.subscription.equals(subscription);
  }

  // ---- the run, from the road and the watchdog

  /** The handler begins, on this thread; interrupted if it was cancelled already. */
  void enter() {
    outer = CURRENT.get();
    CURRENT.set(this);
    synchronized (this) {
      thread = Thread.currentThread();
      if (cancelled != null) {
        interrupted = true;
        thread.interrupt();
      }
    }
  }

  /** The handler has returned to this thread, which will not be interrupted any more. */
  void leave() {
    CURRENT.set(outer);
    keepFromInterruption();
  }

  /** What this thread still does for the handler, such as committing, must not be interrupted. */
  void keepFromInterruption() {
    boolean clear;
    synchronized (this) {
      thread = null;
      clear = interrupted;
      interrupted = false;
    }
    if (clear) {
      Thread.interrupted(); // meant for the handler, not for what this thread does next
    }
  }

  /** The run has ended, also where it was asynchronous. Returns why it was cancelled, if it was. */
  synchronized @Nullable String end() {
    ended = true;
    return cancelled;
  }

  /** Returns false if it has ended, or was cancelled before. */
  boolean cancel(String reason) {
    CompletableFuture<Void> told;
    synchronized (this) {
      if (ended || cancelled != null) {
        return false;
      }
      cancelled = reason;
      if (thread != null) {
        interrupted = true;
        thread.interrupt();
      }
      told = cancellation;
    }
    if (told != null) {
      told.complete(null);
    }
    return true;
  }

  long watchAt() {
    return watchAt;
  }

  void watchAt(long next) {
    watchAt = next;
  }

  synchronized boolean isOverdue() {
    return !ended && ticker.getAsLong() >= deadline;
  }

  long started() {
    return started;
  }
}
