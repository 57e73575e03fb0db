package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.ConsumerBuilder.StreamOffsetSpecification;
import com.rabbitmq.client.amqp.ConsumerBuilder.StreamOptions;
import com.rabbitmq.client.amqp.Management.QueueInfo;
import com.rabbitmq.client.amqp.Management.QueueType;
import io.stagepost.MessagingException;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import io.stagepost.spi.StoredMessage;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads streams. What lies at an address that keeps nothing, or in a subscription's queues, cannot
 * be read without being consumed. Thread-safe.
 */
final class AmqpBrowser implements Browser {
  private static final int READ_AHEAD = 200;

  /** So long after the last one nothing more is coming of what lies there. */
  private static final long QUIET_MILLIS = 300;

  private static final long SLOW_MILLIS = 5_000;
  private static final long NONE = -1;
  private static final String OFFSET = "x-stream-offset";

  private final Connections connections;

  AmqpBrowser(Connections connections) {
    this.connections = connections;
  }

  /** A message of a stream. */
  private record Read(long offset, StoredMessage stored, Consumer.Context context) {}

  @Override
  public void browse(Selection what, Visitor visitor) {
    if (what.limit() <= 0) {
      return;
    }
    try (Connection connection = connections.open("browse " + what.address(), null, event -> {})) {
      QueueInfo stream = stream(connection, what.address());
      long end = last(connection, stream);
      if (end != NONE) {
        visit(connection, what, end, visitor);
      }
    }
  }

  @Override
  public Map<String, String> ends(String address) {
    try (Connection connection = connections.open("browse " + address, null, event -> {})) {
      QueueInfo stream = stream(connection, address);
      return Map.of("", Long.toString(last(connection, stream) + 1));
    }
  }

  /** The last chunk comes whole: the offset of the last one before a pause, if there is any. */
  private static long lastOf(Read first, BlockingQueue<Read> all) throws InterruptedException {
    long last = first.offset();
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SLOW_MILLIS);
    for (Read next = first; next != null && System.nanoTime() - end < 0; ) {
      last = next.offset();
      next.context().accept();
      next = all.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
    }
    return last;
  }

  private static QueueInfo stream(Connection connection, String address) {
    QueueInfo info;
    try {
      info = connection.management().queueInfo(address);
    } catch (AmqpEntityDoesNotExistException missing) {
      throw unreadable(address, "has no stream of that name", missing);
    }
    if (info.type() != QueueType.STREAM) {
      throw unreadable(address, "is a queue and no stream", null);
    }
    return info;
  }

  private static MessagingException unreadable(
      String address, String why, @Nullable Throwable cause) {
    return new MessagingException(
        "SP-AMQP-030",
        "What lies at "
            + address
            + " cannot be read without being consumed: it "
            + why
            + ". Dead letters and parking lots are streams; of a channel, say that it is kept:"
            + " AmqpTransport.builder().keep(\""
            + address
            + "\", Duration.ofDays(7)).",
        cause);
  }

  /** The offset of the last message; none if there is none. */
  private static long last(Connection connection, QueueInfo stream) {
    return read(
        connection,
        stream.name(),
        options -> options.offset(StreamOffsetSpecification.LAST),
        all -> {
          Read first =
              all.poll(
                  stream.messageCount() > 0 ? SLOW_MILLIS : SLOW_MILLIS / 5, TimeUnit.MILLISECONDS);
          if (first == null && stream.messageCount() > 0) {
            throw cutShort(stream.name(), NONE, 0);
          }
          return first == null ? NONE : lastOf(first, all);
        });
  }

  private static void visit(Connection connection, Selection what, long end, Visitor visitor) {
    String position = what.position();
    Instant since = what.since();
    Boolean unused =
        read(
            connection,
            what.address(),
            options ->
                position != null
                    ? options.offset(Math.min(Long.parseLong(position), end)) // which comes at once
                    : since != null
                        ? options.offset(since)
                        : options.offset(StreamOffsetSpecification.FIRST),
            all -> {
              long visited = 0;
              long reached = -1;
              while (visited < what.limit() && reached < end) {
                Read next = all.poll(SLOW_MILLIS, TimeUnit.MILLISECONDS);
                if (next == null) {
                  if (reached >= 0 || position != null || since == null) {
                    throw cutShort(what.address(), reached, end);
                  }
                  break;
                }
                next.context().accept(); // lets one more come
                reached = next.offset();
                Instant time = next.stored().origin().time();
                if ((position != null && reached < Long.parseLong(position))
                    || (since != null && time != null && time.isBefore(since))) {
                  continue; // a chunk comes whole
                }
                visited++;
                if (!visitor.visit(next.stored())) {
                  break;
                }
              }
              return true;
            });
  }

  private static MessagingException cutShort(String address, long reached, long end) {
    return new MessagingException(
        "SP-AMQP-051",
        "Nothing more came of what lies at "
            + address
            + " within "
            + SLOW_MILLIS
            + " ms: "
            + (reached < 0 ? "nothing" : "offset " + reached)
            + " was reached, and it goes on to "
            + end
            + " at least. Read it again.");
  }

  private interface Reading<T> {
    T from(BlockingQueue<Read> all) throws InterruptedException;
  }

  /** Reads on the caller's thread what a consumer receives, which is {@link #READ_AHEAD} ahead. */
  private static <T> T read(
      Connection connection,
      String stream,
      Function<StreamOptions, StreamOptions> from,
      Reading<T> reading) {
    LinkedBlockingQueue<Read> all = new LinkedBlockingQueue<>();
    Consumer consumer =
        from.apply(connection.consumerBuilder().queue(stream).initialCredits(READ_AHEAD).stream())
            .builder()
            .messageHandler((context, received) -> all.add(stored(stream, received, context)))
            .build();
    try {
      return reading.from(all);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new MessagingException(
          "SP-AMQP-031", "Interrupted while reading " + stream + "; read it again.", interrupted);
    } finally {
      consumer.close();
    }
  }

  private static Read stored(
      String stream, com.rabbitmq.client.amqp.Message received, Consumer.Context context) {
    long offset = ((Number) received.annotation(OFFSET)).longValue();
    Message message = AmqpMessages.read(stream, received);
    return new Read(
        offset,
        new StoredMessage(
            message, new Origin(stream, "", Long.toString(offset), AmqpMessages.time(received))),
        context);
  }
}
