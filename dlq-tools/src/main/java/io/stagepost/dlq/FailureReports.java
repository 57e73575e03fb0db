package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.cloudevents.Rfc3339;
import io.stagepost.dlq.FailureReport.Writer;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads the failure headers of this library and of others. What is not as it should be is null. */
final class FailureReports {
  private static final String SPRING = "kafka_dlt-";
  private static final String SMALLRYE = "dead-letter-";
  private static final String CONNECT = "__connect.errors.";
  private static final String FIRST_DEATH = "x-first-death-";
  private static final String LAST_DEATH = "x-last-death-";

  /** Of those that repeat, the last, as most readers take it. */
  private final Map<String, byte @Nullable []> headers = new HashMap<>();

  private FailureReports(Message message) {
    for (Header header : message.headers()) {
      headers.put(header.name(), header.value());
    }
  }

  static FailureReport of(Message message) {
    FailureReports headers = new FailureReports(message);
    if (headers.has(FailureHeaders.REASON)) {
      return headers.stagepost();
    }
    if (headers.has(SPRING + "original-topic")) {
      return headers.spring();
    }
    if (headers.has(CONNECT + "topic")) {
      return headers.connect();
    }
    if (headers.has(SMALLRYE + "topic") || headers.has(SMALLRYE + "reason")) {
      return headers.smallRye();
    }
    if (headers.annotation(FIRST_DEATH + "queue") != null) {
      return headers.rabbit();
    }
    return new FailureReport(
        Writer.UNKNOWN,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        headers.replays());
  }

  /** As the whole report has it: of our own letters it is one header. */
  static @Nullable String originAddress(Message message) {
    byte[] ours =
        message.header(FailureHeaders.REASON) == null
            ? null
            : message.header(FailureHeaders.ORIGIN_ADDRESS);
    return ours == null ? of(message).originAddress() : text(ours);
  }

  /** As the whole report has it. */
  static int replays(Message message) {
    return replays(message.header(FailureHeaders.REPLAYS));
  }

  private FailureReport stagepost() {
    return new FailureReport(
        Writer.STAGEPOST,
        text(FailureHeaders.REASON),
        text(FailureHeaders.EXCEPTION),
        text(FailureHeaders.EXCEPTION_MESSAGE),
        text(FailureHeaders.STACK_TRACE),
        time(headers.get(FailureHeaders.FIRST_FAILURE)),
        time(headers.get(FailureHeaders.LAST_FAILURE)),
        integer(text(FailureHeaders.ATTEMPTS)),
        text(FailureHeaders.SUBSCRIPTION),
        text(FailureHeaders.ORIGIN_ADDRESS),
        text(FailureHeaders.ORIGIN_PARTITION),
        text(FailureHeaders.ORIGIN_POSITION),
        replays());
  }

  private FailureReport spring() {
    // What could not be read has failed by its key, or by its value.
    String of = has(SPRING + "exception-fqcn") ? SPRING : SPRING + "key-";
    String wrapped = text(of + "exception-fqcn");
    String cause = text(SPRING + "exception-cause-fqcn");
    String exception = cause == null ? wrapped : cause; // the listener's own wrapper tells nothing
    byte[] attempts = headers.get("kafka_deliveryAttempt");
    if (attempts == null) {
      attempts = headers.get("retry_topic-attempts");
    }
    return new FailureReport(
        Writer.SPRING_KAFKA,
        simpleName(exception),
        exception,
        text(of + "exception-message"),
        text(of + "exception-stacktrace"),
        null,
        null,
        attempts == null ? null : toInteger(number(attempts)),
        text(SPRING + "original-consumer-group"),
        text(SPRING + "original-topic"),
        string(number(headers.get(SPRING + "original-partition"))),
        string(number(headers.get(SPRING + "original-offset"))),
        replays());
  }

  private FailureReport smallRye() {
    String exception = text(SMALLRYE + "exception-class-name");
    return new FailureReport(
        Writer.SMALLRYE,
        simpleName(exception),
        exception,
        text(SMALLRYE + "reason"),
        null,
        null,
        null,
        null,
        null,
        text(SMALLRYE + "topic"),
        text(SMALLRYE + "partition"),
        text(SMALLRYE + "offset"),
        replays());
  }

  private FailureReport connect() {
    String exception = text(CONNECT + "exception.class.name");
    String connector = text(CONNECT + "connector.name");
    return new FailureReport(
        Writer.KAFKA_CONNECT,
        Objects.requireNonNullElse(text(CONNECT + "stage"), simpleName(exception)),
        exception,
        text(CONNECT + "exception.message"),
        text(CONNECT + "exception.stacktrace"),
        null,
        null,
        null,
        connector == null ? null : "connect-" + connector, // the group of a sink's consumers
        text(CONNECT + "topic"),
        text(CONNECT + "partition"),
        text(CONNECT + "offset"),
        replays());
  }

  private FailureReport rabbit() {
    String queue = annotation(FIRST_DEATH + "queue");
    return new FailureReport(
        Writer.RABBITMQ,
        Objects.requireNonNullElse(
            annotation(LAST_DEATH + "reason"), annotation(FIRST_DEATH + "reason")),
        null,
        null,
        null,
        null,
        null,
        null,
        queue,
        Message.QUEUE + queue, // its exchange would give it to other queues too
        null,
        null,
        replays());
  }

  /** Whoever gave it up, it is we who count how often it was sent again. */
  private int replays() {
    return replays(headers.get(FailureHeaders.REPLAYS));
  }

  private static int replays(byte @Nullable [] count) {
    return count == null ? 0 : Objects.requireNonNullElse(integer(text(count)), 0);
  }

  // ---- values

  private boolean has(String name) {
    return headers.get(name) != null;
  }

  private @Nullable String text(String name) {
    byte[] value = headers.get(name);
    return value == null ? null : text(value);
  }

  static @Nullable String text(byte[] value) {
    String text = new String(value, UTF_8);
    if (text.indexOf('\uFFFD') < 0) {
      return text;
    }
    try { // which may be there, or stand for what is no text
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
    } catch (CharacterCodingException binary) {
      return null;
    }
  }

  /** RabbitMQ's, which AMQP 1.0 carries as annotations and AMQP 0.9.1 as headers. */
  private @Nullable String annotation(String name) {
    if (has(name)) {
      return text(name);
    }
    return headers.keySet().stream()
        .filter(each -> each.endsWith(":" + name))
        .findFirst()
        .map(this::text)
        .orElse(null);
  }

  private static @Nullable Instant time(byte @Nullable [] text) {
    try {
      return text == null ? null : Rfc3339.parse(text).toInstant();
    } catch (DateTimeException none) {
      return null;
    }
  }

  private static @Nullable Integer integer(@Nullable String text) {
    try {
      return text == null ? null : Integer.valueOf(text);
    } catch (NumberFormatException none) {
      return null;
    }
  }

  /** Spring writes numbers as big-endian bytes. */
  private static @Nullable Long number(byte @Nullable [] value) {
    if (value == null) {
      return null;
    }
    return switch (value.length) {
      case Integer.BYTES -> (long) ByteBuffer.wrap(value).getInt();
      case Long.BYTES -> ByteBuffer.wrap(value).getLong();
      default -> null;
    };
  }

  private static @Nullable Integer toInteger(@Nullable Long number) {
    return number == null || number != number.intValue() ? null : number.intValue();
  }

  private static @Nullable String string(@Nullable Long number) {
    return number == null ? null : number.toString();
  }

  /** Without its package, and without the class that it is nested in. */
  private static @Nullable String simpleName(@Nullable String className) {
    return className == null
        ? null
        : className.substring(Math.max(className.lastIndexOf('.'), className.lastIndexOf('$')) + 1);
  }
}
