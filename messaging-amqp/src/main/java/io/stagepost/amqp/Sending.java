package io.stagepost.amqp;

import io.stagepost.Receipt;
import io.stagepost.spi.Message;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One message under way: what the caller waits for. */
final class Sending extends CompletableFuture<Receipt> {
  final Message message;

  /** When it was sent, by {@link System#nanoTime}. */
  final long began;

  /** Its place, which its {@link Line} guards. */
  @Nullable Sending before;

  @Nullable Sending after;

  /** Whether the client had it once: then it may be stored. */
  private boolean handedOver;

  /** Whether its time is over: then the client must not get it any more. */
  private boolean over;

  Sending(Message message, long began) {
    this.message = message;
    this.began = began;
  }

  synchronized boolean isHandedOver() {
    return handedOver;
  }

  /** The client is to get it now; false if it is too late for that. */
  synchronized boolean handOver() {
    boolean inTime = !over && !isDone();
    handedOver |= inTime;
    return inTime;
  }

  /** The client has refused to get it. */
  synchronized void takeBack() {
    handedOver = false;
  }

  /** Its time is over. */
  void giveUp(AmqpFailures failures, Duration timeout) {
    boolean sent;
    synchronized (this) {
      over = true;
      sent = handedOver;
    }
    completeExceptionally(failures.overdue(message, sent, timeout));
  }
}
