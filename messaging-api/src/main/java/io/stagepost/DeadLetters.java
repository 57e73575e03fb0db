package io.stagepost;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.spi.Delivery;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes the message that goes to the dead-letter channel or the parking lot (rule D14). */
final class DeadLetters {
  private static final int MESSAGE_LIMIT = 1_024;
  private static final int STACK_LIMIT = 4_096;

  private DeadLetters() {}

  /** What is known of a failed passage. */
  record Case(
      String subscription,
      String reason,
      int attempts,
      Instant firstFailure,
      Instant lastFailure,
      @Nullable Throwable failure) {}

  /** The delivery's own bytes, key and headers, and beside them what became of it. */
  static Message of(Delivery delivery, String address, Case what) {
    Message original = delivery.message();
    Origin origin = delivery.origin();
    boolean sentBack = cameFrom(original, delivery.address());
    List<Header> headers = new ArrayList<>(original.headers().size() + 12);
    for (Header header : original.headers()) {
      // A replayed dead letter that fails again tells of its last failure only, of its replays, and
      // of where it first lay.
      if (!header.name().startsWith(FailureHeaders.PREFIX)
          || header.name().equals(FailureHeaders.REPLAYS)
          || (sentBack && header.name().startsWith(FailureHeaders.ORIGIN))) {
        headers.add(header);
      }
    }
    add(headers, FailureHeaders.REASON, what.reason());
    add(headers, FailureHeaders.FIRST_FAILURE, what.firstFailure().toString());
    add(headers, FailureHeaders.LAST_FAILURE, what.lastFailure().toString());
    add(headers, FailureHeaders.ATTEMPTS, Integer.toString(what.attempts()));
    add(headers, FailureHeaders.SUBSCRIPTION, what.subscription());
    if (!sentBack) {
      add(headers, FailureHeaders.ORIGIN_ADDRESS, origin.address());
      add(headers, FailureHeaders.ORIGIN_PARTITION, origin.partition());
      add(headers, FailureHeaders.ORIGIN_POSITION, origin.position());
      add(headers, FailureHeaders.ORIGIN_TIME, Objects.toString(origin.time(), null));
    }
    Throwable failure = what.failure();
    if (failure != null) {
      add(headers, FailureHeaders.EXCEPTION, failure.getClass().getName());
      add(headers, FailureHeaders.EXCEPTION_MESSAGE, cut(failure.getMessage(), MESSAGE_LIMIT));
      add(headers, FailureHeaders.STACK_TRACE, cut(stackTrace(failure), STACK_LIMIT));
    }
    return new Message(address, original.key(), headers, original.body());
  }

  /** Whether it is a dead letter of that address which was sent back there. */
  private static boolean cameFrom(Message message, String address) {
    return Arrays.equals(message.header(FailureHeaders.ORIGIN_ADDRESS), address.getBytes(UTF_8))
        && message.header(FailureHeaders.ORIGIN_POSITION) != null;
  }

  /** Tells, behind the dead letters of a key, that its later events are to be handled again. */
  static Message release(
      String address, byte[] key, String subscription, String channel, Instant time) {
    List<Header> headers = new ArrayList<>();
    add(headers, FailureHeaders.RELEASED, time.toString());
    add(headers, FailureHeaders.SUBSCRIPTION, subscription);
    add(headers, FailureHeaders.ORIGIN_ADDRESS, channel);
    return new Message(address, key, headers, null);
  }

  private static void add(List<Header> headers, String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      headers.add(new Header(name, value.getBytes(UTF_8)));
    }
  }

  private static @Nullable String cut(@Nullable String text, int limit) {
    return text == null || text.length() <= limit ? text : text.substring(0, limit);
  }

  private static String stackTrace(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
