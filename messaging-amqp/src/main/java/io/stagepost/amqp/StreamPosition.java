package io.stagepost.amqp;

import com.rabbitmq.client.amqp.ConsumerBuilder.StreamOptions;
import java.time.Instant;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How far a receiver has come in a stream, over all its stays there: it goes on with the first that
 * is unsettled. Belongs to the receiver's thread.
 */
final class StreamPosition {
  private final StreamStart start;
  private final TreeSet<Long> unsettled = new TreeSet<>();
  private long next = -1;
  private @Nullable Instant began;

  StreamPosition(StreamStart start) {
    this.start = start;
  }

  /** From where a stay is to receive; what was unsettled with the former one comes again. */
  StreamOptions begin(StreamOptions options) {
    if (!unsettled.isEmpty()) {
      next = unsettled.first();
      unsettled.clear();
    }
    if (next >= 0) {
      return options.offset(next);
    }
    Instant before = began;
    if (before == null) {
      began = Instant.now();
    }
    return before == null ? start.applyTo(options) : start.applyAgain(options, before);
  }

  /** Whether a message that has come is wanted: the broker begins with a chunk of them. */
  boolean received(long offset, @Nullable Instant time) {
    if (offset < next || !start.includes(time)) {
      return false;
    }
    next = offset + 1;
    unsettled.add(offset);
    return true;
  }

  void settled(long offset) {
    unsettled.remove(offset);
  }
}
