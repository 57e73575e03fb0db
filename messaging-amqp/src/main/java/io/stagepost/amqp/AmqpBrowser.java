package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.ConsumerBuilder.StreamOffsetSpecification;
import com.rabbitmq.client.amqp.ConsumerBuilder.StreamOptions;
import com.rabbitmq.client.amqp.Management.QueueInfo;
import com.rabbitmq.client.amqp.Management.QueueType;
import io.stagepost.MessagingException;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Origin;
import io.stagepost.spi.StoredMessage;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads streams. What lies at an address that keeps nothing, or in a subscription's queues, cannot
 * be read without being consumed. Thread-safe.
 */
final class AmqpBrowser implements Browser {
  /** So many messages are granted ahead at most. */
  private static final int READ_AHEAD = 200;

  /** So much of them is held at most, but for the last one. */
  private static final long MOST_BYTES = 16L << 20;

  /** So many are granted until it is known how large they are. */
  private static final int FIRST_ROUND = 4;

  /** So many say how large the next ones are. */
  private static final int MEASURED = 20;

  /** So long after the last one nothing more is coming of what lies there. */
  private static final long QUIET_MILLIS = 300;

  /** So long nothing may come where it may well be that nothing does. */
  private static final long SLOW_MILLIS = 5_000;

  /** So long a busy broker may keep silent that is known to have more. */
  private static final long SILENT_MILLIS = 30_000;

  private static final long NONE = -1;

  private final Connections connections;

  AmqpBrowser(Connections connections) {
    this.connections = connections;
  }

  @Override
  public void browse(Selection what, Visitor visitor) {
    if (what.limit() <= 0) {
      return;
    }
    long end = end(what.address());
    if (end != NONE) {
      boolean unused = reading(what.address(), () -> new Visit(what, end, visitor).run());
    }
  }

  @Override
  public Map<String, String> ends(String address) {
    return Map.of("", Long.toString(end(address) + 1));
  }

  /** The offset of the last message; none if there is none. */
  private long end(String address) {
    try (Connection connection = open(address)) {
      return last(connection, stream(connection, address));
    }
  }

  private Connection open(String address) {
    return connections.open("browse " + address, null, event -> {});
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

  private static long last(Connection connection, QueueInfo stream) {
    return reading(
        stream.name(),
        () -> {
          try (StreamRound<Boolean> round =
              new StreamRound<>(
                  connection,
                  stream.name(),
                  options -> options.offset(StreamOffsetSpecification.LAST),
                  READ_AHEAD,
                  MOST_BYTES,
                  message -> true, // its offset is enough
                  kept -> 0)) {
            StreamRound.Received<Boolean> first =
                round.next(stream.messageCount() > 0 ? SILENT_MILLIS : SLOW_MILLIS / 5);
            if (first == null && stream.messageCount() > 0) {
              throw cutShort(stream.name(), NONE, 0);
            }
            return first == null ? NONE : lastOf(first, round);
          }
        });
  }

  /** The last chunk comes whole: the offset of the last one before a pause, if there is any. */
  private static long lastOf(StreamRound.Received<Boolean> first, StreamRound<Boolean> round)
      throws InterruptedException {
    long last = first.offset();
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SLOW_MILLIS);
    for (var next = first; next != null && System.nanoTime() - end < 0; ) {
      last = next.offset();
      next = round.next(QUIET_MILLIS);
    }
    return last;
  }

  /**
   * Visits what is selected, up to an offset, in rounds. Each has a connection of its own: the
   * client loses one on which a consumer is closed to which messages are still coming, and another
   * one opened.
   */
  private final class Visit {
    private final Selection what;
    private final long end;
    private final Visitor visitor;
    private final long position;
    private long visited;
    private long reached = NONE;
    private boolean enough;

    /** The largest message of late. */
    private long largest = 1;

    Visit(Selection what, long end, Visitor visitor) {
      this.what = what;
      this.end = end;
      this.visitor = visitor;
      this.position = what.position() == null ? 0 : Long.parseLong(what.position());
    }

    boolean run() throws InterruptedException {
      for (int credits = FIRST_ROUND; !isDone(); credits = fitting()) {
        try (Connection connection = open(what.address());
            StreamRound<StoredMessage> round =
                new StreamRound<>(
                    connection,
                    what.address(),
                    this::from,
                    credits,
                    MOST_BYTES,
                    message -> stored(what.address(), message),
                    AmqpBrowser::size)) {
          read(round, credits);
        }
      }
      return true;
    }

    /** Nobody knows what comes: when they are small, more may be granted. */
    private int fitting() {
      return (int) Math.max(1, Math.min(READ_AHEAD, MOST_BYTES / largest));
    }

    private boolean isDone() {
      return enough || visited >= what.limit() || reached >= end;
    }

    private StreamOptions from(StreamOptions options) {
      if (reached != NONE) {
        return options.offset(reached + 1);
      }
      if (what.position() != null) {
        return options.offset(Math.min(position, end)); // which comes at once
      }
      return what.since() == null
          ? options.offset(StreamOffsetSpecification.FIRST)
          : options.offset(what.since());
    }

    private void read(StreamRound<StoredMessage> round, int credits) throws InterruptedException {
      largest = 1;
      for (int read = 0; !isDone(); read++) {
        if (read >= MEASURED && credits < fitting() / 2) {
          return;
        }
        boolean hasMore = reached >= 0 || what.position() != null || what.since() == null;
        StreamRound.Received<StoredMessage> next =
            round.next(hasMore ? SILENT_MILLIS : SLOW_MILLIS);
        if (next == null && round.isFull()) {
          return;
        }
        if (next == null && hasMore) {
          throw cutShort(what.address(), reached, end);
        }
        if (next == null) {
          enough = true; // all is older
          return;
        }
        largest = Math.max(largest, next.bytes());
        visit(next);
      }
    }

    private void visit(StreamRound.Received<StoredMessage> next) {
      if (next.offset() <= reached) {
        return; // a chunk comes whole
      }
      reached = next.offset();
      Instant since = what.since();
      Instant time = next.kept().origin().time();
      if (reached < position || (since != null && time != null && time.isBefore(since))) {
        return;
      }
      visited++;
      enough = !visitor.visit(next.kept());
    }
  }

  private static MessagingException cutShort(String address, long reached, long end) {
    return new MessagingException(
        "SP-AMQP-051",
        "Nothing more came of what lies at "
            + address
            + " within "
            + SILENT_MILLIS
            + " ms: "
            + (reached < 0 ? "nothing" : "offset " + reached)
            + " was reached, and it goes on to "
            + end
            + " at least. Read it again.");
  }

  private interface Reading<T> {
    T read() throws InterruptedException;
  }

  private static <T> T reading(String stream, Reading<T> reading) {
    try {
      return reading.read();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new MessagingException(
          "SP-AMQP-031", "Interrupted while reading " + stream + "; read it again.", interrupted);
    }
  }

  private static StoredMessage stored(String stream, com.rabbitmq.client.amqp.Message received) {
    return new StoredMessage(
        AmqpMessages.read(stream, received),
        new Origin(
            stream,
            "",
            Long.toString(((Number) received.annotation(StreamRound.OFFSET)).longValue()),
            AmqpMessages.time(received)));
  }

  private static long size(StoredMessage stored) {
    byte[] body = stored.message().body();
    return body == null ? 0 : body.length;
  }
}
