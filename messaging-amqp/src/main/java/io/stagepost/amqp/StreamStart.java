package io.stagepost.amqp;

import static java.util.Objects.requireNonNull;

import com.rabbitmq.client.amqp.ConsumerBuilder.StreamOffsetSpecification;
import com.rabbitmq.client.amqp.ConsumerBuilder.StreamOptions;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where a subscription begins that reads a stream: each time it is started, since RabbitMQ keeps no
 * offsets for its readers over AMQP 1.0. Immutable.
 */
public final class StreamStart {
  private static final StreamStart FIRST = new StreamStart(null);
  private static final StreamStart NEXT = new StreamStart(null);

  private final @Nullable Instant since;

  private StreamStart(@Nullable Instant since) {
    this.since = since;
  }

  /**
   * With the oldest that is kept.
   *
   * @return for views that are built anew
   */
  public static StreamStart first() {
    return FIRST;
  }

  /**
   * With what is published from now on.
   *
   * @return for those who care for the present alone
   */
  public static StreamStart next() {
    return NEXT;
  }

  /**
   * With what was published at a time or later, by the clock of whoever published it, or else the
   * broker's.
   *
   * @param time the beginning
   * @return for replays
   */
  public static StreamStart since(Instant time) {
    return new StreamStart(requireNonNull(time, "time"));
  }

  StreamOptions applyTo(StreamOptions options) {
    if (since != null) {
      return options.offset(since);
    }
    return options.offset(
        this == FIRST ? StreamOffsetSpecification.FIRST : StreamOffsetSpecification.NEXT);
  }

  /** The same, of somebody who began at a time, and has got nothing yet. */
  StreamOptions applyAgain(StreamOptions options, Instant began) {
    return this == NEXT ? options.offset(began) : applyTo(options);
  }

  /** Whether a message is not before it: the broker begins with a chunk of them. */
  boolean includes(@Nullable Instant time) {
    return since == null || time == null || !time.isBefore(since);
  }

  @Override
  public String toString() {
    return since != null ? "since " + since : this == FIRST ? "first" : "next";
  }
}
