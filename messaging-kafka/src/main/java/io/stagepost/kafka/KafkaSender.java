package io.stagepost.kafka;

import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishUnknownException;
import io.stagepost.Receipt;
import io.stagepost.kafka.KafkaFailures.Finding;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Sends through one idempotent producer. Thread-safe.
 *
 * <p>Of the timeout, one half may pass until the topic is known to exist, the other half until the
 * producer has room; the producer's own delivery timeout is the whole. Only a send that had to wait
 * for the former two needs a timer, to complete in time nevertheless.
 */
final class KafkaSender implements Sender {
  private final Duration timeout;
  private final Topics topics;
  private final KafkaFailures failures;
  private final Producer<byte @Nullable [], byte @Nullable []> producer;
  private final AtomicBoolean closed = new AtomicBoolean();

  KafkaSender(
      Duration timeout, ClientProperties properties, Topics topics, KafkaFailures failures) {
    this.timeout = timeout;
    this.topics = topics;
    this.failures = failures;
    try {
      this.producer = new KafkaProducer<>(properties.forProducer(timeout));
    } catch (KafkaException unusable) {
      throw failures.client("producer", unusable);
    }
  }

  @Override
  public CompletableFuture<Receipt> send(Message message) {
    long began = System.nanoTime();
    Sending sending = new Sending(message);
    if (closed.get()) {
      sending.completeExceptionally(closed(message, null));
      return sending;
    }
    Finding wrong = topics.require(message.address(), timeout.dividedBy(2));
    if (wrong != null) {
      sending.completeExceptionally(wrong.publishing());
      return sending;
    }
    try {
      var unused =
          producer.send(
              new ProducerRecord<>(
                  message.address(),
                  null,
                  null,
                  message.key(),
                  message.body(),
                  KafkaHeaders.iterable(message.headers())),
              sending);
    } catch (IllegalStateException closedMeanwhile) {
      sending.completeExceptionally(closed(message, closedMeanwhile));
    } catch (RuntimeException failure) {
      sending.fail(failure);
    }
    long waited = System.nanoTime() - began;
    if (waited > timeout.toNanos() / 20 && !sending.isDone()) {
      CompletableFuture.delayedExecutor(timeout.toNanos() - waited, TimeUnit.NANOSECONDS)
          .execute(() -> sending.fail(new TimeoutException()));
    }
    return sending;
  }

  private static PublishRejectedException closed(Message message, @Nullable Throwable cause) {
    return new PublishRejectedException(
        "SP-KAFKA-013",
        "The sender is closed; a message for the topic "
            + message.address()
            + " was not sent. Publish before closing.",
        cause);
  }

  /** One message under way: what the caller waits for, and what the producer calls. */
  private final class Sending extends CompletableFuture<Receipt> implements Callback {
    private final Message message;

    Sending(Message message) {
      this.message = message;
    }

    @Override
    public void onCompletion(@Nullable RecordMetadata stored, @Nullable Exception failure) {
      if (failure != null) {
        fail(failure);
      } else if (stored != null) {
        complete(new Receipt(message.address(), stored.partition() + "/" + stored.offset()));
      }
    }

    void fail(Throwable failure) {
      if (isDone()) {
        return;
      }
      MessagingException translated = failures.publishing(message, failure);
      if (translated instanceof PublishUnknownException) {
        topics.doubt(message.address());
      }
      completeExceptionally(translated);
    }
  }

  @Override
  public void close() {
    if (!closed.getAndSet(true)) {
      producer.close(timeout);
    }
  }

  @Override
  public String toString() {
    return "sender, " + timeout;
  }
}
