package io.stagepost.dlq;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the headers of a dead letter tell of its failure, whoever wrote them. What they do not tell
 * is null.
 *
 * @param writer whose headers they are
 * @param reason a short word: ours, the broker's, or the class of the exception
 * @param exception the class of the exception
 * @param message the message of the exception; may hold what was in the payload
 * @param stackTrace the stack trace, perhaps cut off
 * @param firstFailure when it failed first
 * @param lastFailure when it failed last
 * @param attempts how often it was tried
 * @param subscription the subscription, or consumer group, that gave it up
 * @param originAddress the topic or queue that it came from
 * @param originPartition the partition that it came from
 * @param originPosition its position there
 * @param replays how often it was replayed; 0 if never
 */
public record FailureReport(
    Writer writer,
    @Nullable String reason,
    @Nullable String exception,
    @Nullable String message,
    @Nullable String stackTrace,
    @Nullable Instant firstFailure,
    @Nullable Instant lastFailure,
    @Nullable Integer attempts,
    @Nullable String subscription,
    @Nullable String originAddress,
    @Nullable String originPartition,
    @Nullable String originPosition,
    int replays) {
  /** Who wrote the headers of a dead letter. */
  public enum Writer {
    /** This library. */
    STAGEPOST,
    /** Spring for Apache Kafka's {@code DeadLetterPublishingRecoverer}. */
    SPRING_KAFKA,
    /** SmallRye Reactive Messaging, as in Quarkus. */
    SMALLRYE,
    /** Kafka Connect's error handling. */
    KAFKA_CONNECT,
    /** RabbitMQ's own dead-lettering. */
    RABBITMQ,
    /** Nobody that is known. */
    UNKNOWN
  }

  /**
   * The method of the application that is to blame: the first frame of the stack trace that is none
   * of the platform's, the messaging library's or a framework's.
   *
   * @return such as {@code com.example.Billing.charge}; null if the trace names none
   */
  public @Nullable String applicationFrame() {
    return stackTrace == null ? null : StackTraces.applicationFrame(stackTrace);
  }
}
