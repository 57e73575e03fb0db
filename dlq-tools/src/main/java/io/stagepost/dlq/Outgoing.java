package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A letter as it is sent again: its own bytes, key and headers, without those that told of its
 * failure. What tells where it first lay stays, so that a second failure tells it too.
 */
final class Outgoing {
  /** The run that sent it. */
  static final String RUN = FailureHeaders.PREFIX + "replay-run";

  /** Failure headers of others, and of brokers. */
  private static final Pattern OTHERS =
      Pattern.compile(
          "kafka_dlt-.*|kafka_deliveryAttempt|retry_topic-.*|dead-letter-.*|__connect\\.errors\\..*"
              + "|(?:amqp:annotation:[a-z]+:|amqp:property:[a-z]+:)?x-(?:opt-deaths|death"
              + "|first-death-.*|last-death-.*)");

  private Outgoing() {}

  /** Where it goes: where it is told to, or where it came from; null if nobody knows. */
  static @Nullable String destination(Letter letter, @Nullable String to) {
    return to == null ? letter.failure().originAddress() : to;
  }

  static Message of(Letter letter, String destination, String run) {
    Message message = letter.message();
    List<Header> headers = new ArrayList<>(message.headers().size());
    for (Header header : message.headers()) {
      if (!tellsOfFailure(header.name())) {
        headers.add(header);
      }
    }
    headers.add(header(FailureHeaders.REPLAYS, Integer.toString(letter.failure().replays() + 1)));
    headers.add(header(RUN, run));
    return new Message(destination, message.key(), List.copyOf(headers), message.body());
  }

  private static boolean tellsOfFailure(String name) {
    return name.startsWith(FailureHeaders.PREFIX)
        ? !name.startsWith(FailureHeaders.ORIGIN)
        : OTHERS.matcher(name).matches();
  }

  private static Header header(String name, String value) {
    return new Header(name, value.getBytes(UTF_8));
  }
}
