package io.stagepost.dlq;

import static java.util.Objects.requireNonNull;

import io.stagepost.ConfigurationException;
import io.stagepost.MessagingException;
import io.stagepost.spi.Browser.Selection;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.spi.Queues;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * Moves what lies in a RabbitMQ queue, which cannot be read without being consumed, into a stream,
 * which can: from there the letters are read, planned and replayed as any others. Thread-safe; its
 * methods block.
 *
 * <p>Each message is stored in the stream before it leaves the queue. Whatever happens meanwhile,
 * none is lost; one that was under way may be in the stream twice, with the same headers and bytes.
 */
public final class Collector {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Transport transport;

  private Collector(Transport transport) {
    this.transport = transport;
  }

  /**
   * A collector on a broker.
   *
   * @param transport it stays the caller's
   * @return the collector
   */
  public static Collector on(Transport transport) {
    return new Collector(requireNonNull(transport, "transport"));
  }

  /**
   * Moves messages, oldest first: those that lie in the queue at the time of the call, so that it
   * ends although others come. Headers and properties stay, as do the annotations that tell of
   * their deaths; the time that they bear becomes the time of the move, and none expires any more.
   *
   * @param queue a quorum or classic queue; nobody else should consume it meanwhile
   * @param stream where to; made if it is missing and the transport creates what is
   * @param limit how many at most
   * @param progress is told how many were stored, after each, on threads of the transport
   * @return how many were moved
   * @throws ConfigurationException if the stream is missing, and cannot be made
   * @throws MessagingException {@code SP-DLQ-030} if the transport has no queues, or both are the
   *     same; {@code SP-DLQ-031} if a message could not be stored: it is in the queue, as before
   */
  public long collect(String queue, String stream, long limit, LongConsumer progress) {
    Queues queues = transport.queues();
    if (queues == null) {
      throw new MessagingException(
          "SP-DLQ-030",
          "Nothing has to be collected from "
              + queue
              + ": all that lies at "
              + transport.name()
              + " can be read where it is.");
    }
    if (queue.equals(stream)) {
      throw new MessagingException(
          "SP-DLQ-030", queue + " cannot be moved into itself. Name a stream of its own.");
    }
    requireStream(queue, stream);
    AtomicLong stored = new AtomicLong();
    try (Sender sender = transport.sender(TIMEOUT)) {
      return queues.take(
          queue,
          limit,
          message ->
              sender
                  .send(message.to(Message.QUEUE + stream))
                  .thenRun(() -> progress.accept(stored.incrementAndGet())));
    } catch (CompletionException failed) {
      throw new MessagingException(
          "SP-DLQ-031",
          "A message of "
              + queue
              + " could not be stored in "
              + stream
              + ", and stays where it was: "
              + failed.getCause(),
          failed);
    }
  }

  /** One that is there may be of any age and size; one that is missing is made as for letters. */
  private void requireStream(String queue, String stream) {
    try {
      transport.browser().browse(Selection.of(stream).limit(1), stored -> false);
    } catch (MessagingException unreadable) {
      List<String> problems =
          transport
              .topology()
              .provision(List.of(new Need(stream, null, queue, null, null)))
              .problems();
      if (!problems.isEmpty()) {
        throw new ConfigurationException("The stream " + stream, problems);
      }
    }
  }
}
