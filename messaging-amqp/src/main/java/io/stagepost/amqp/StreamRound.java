package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.ConsumerBuilder.StreamOptions;
import com.rabbitmq.client.amqp.Message;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer of its own receives of a stream, to be taken on another thread. It is granted so
 * many messages ahead; since it cannot be told how many bytes, it ends by itself once too many are
 * held: what was received until then can still be taken. Used once.
 *
 * @param <T> what is kept of a message
 */
final class StreamRound<T> implements AutoCloseable {
  private static final long LOOK_MILLIS = 100;

  /** The annotation with a message's offset. */
  static final String OFFSET = "x-stream-offset";

  private final LinkedBlockingQueue<Received<T>> all = new LinkedBlockingQueue<>();
  private final CompletableFuture<Consumer> consumer = new CompletableFuture<>();
  private final Function<Message, T> keeping;
  private final ToLongFunction<T> size;
  private final long mostBytes;
  private final AtomicLong held = new AtomicLong();
  private volatile boolean full;

  /** A message of a stream. */
  record Received<T>(long offset, T kept, long bytes, Consumer.Context context) {}

  /**
   * Begins to receive.
   *
   * @param credits how many messages are granted ahead
   * @param mostBytes how much may be held
   * @param keeping what is kept of a message, and how much that is
   */
  StreamRound(
      Connection connection,
      String stream,
      Function<StreamOptions, StreamOptions> from,
      int credits,
      long mostBytes,
      Function<Message, T> keeping,
      ToLongFunction<T> size) {
    this.mostBytes = mostBytes;
    this.keeping = keeping;
    this.size = size;
    consumer.complete(
        from.apply(connection.consumerBuilder().queue(stream).initialCredits(credits).stream())
            .builder()
            .messageHandler(this::received)
            .build());
  }

  private void received(Consumer.Context context, Message message) {
    if (full) {
      return; // the next round reads it again
    }
    T kept = keeping.apply(message);
    long bytes = size.applyAsLong(kept);
    full = held.addAndGet(bytes) > mostBytes;
    all.add(
        new Received<>(((Number) message.annotation(OFFSET)).longValue(), kept, bytes, context));
    if (full) {
      var unused = consumer.thenAccept(Consumer::close);
    }
  }

  /**
   * The next message; one more may come then.
   *
   * @return null if none came within that time, or it has ended
   */
  @Nullable Received<T> next(long millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    Received<T> next = null;
    for (boolean last = false; next == null && !last; ) {
      last = full || System.nanoTime() >= end; // looks once more then
      next = all.poll(last ? 0 : Math.min(LOOK_MILLIS, millis), TimeUnit.MILLISECONDS);
    }
    if (next != null) {
      held.addAndGet(-next.bytes());
      accept(next.context());
    }
    return next;
  }

  private void accept(Consumer.Context context) {
    try {
      if (!full) {
        context.accept();
      }
    } catch (AmqpException | IllegalStateException closed) {
      // a stream keeps it, whatever is said of it
    }
  }

  /** Whether it has ended by itself. */
  boolean isFull() {
    return full;
  }

  @Override
  public void close() {
    consumer.join().close();
  }
}
