package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.schema.Json;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Origin;
import io.stagepost.spi.StoredMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Clocks that differ: the producer's from the broker's, the consumer's from the producer's. */
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
class ClockSkewTest {
  record Note(String text) {}

  /** A producer on a machine whose clock is wrong. */
  public static final class Skewed implements ProducerInterceptor<byte[], byte[]> {
    static final String BY = "stagepost.test.skew";
    private Duration by = Duration.ZERO;

    @Override
    public void configure(Map<String, ?> configs) {
      by = Duration.parse(String.valueOf(configs.get(BY)));
    }

    @Override
    public ProducerRecord<byte[], byte[]> onSend(ProducerRecord<byte[], byte[]> sent) {
      return new ProducerRecord<>(
          sent.topic(),
          sent.partition(),
          Instant.now().plus(by).toEpochMilli(),
          sent.key(),
          sent.value(),
          sent.headers());
    }

    @Override
    public void onAcknowledgement(
        @Nullable RecordMetadata metadata, @Nullable Exception exception) {}

    @Override
    public void close() {}
  }

  private final String channel = Broker.unique("notes");
  private final EventType<Note> note =
      EventType.of("test.note.v1", Note.class)
          .source("urn:test:clocks")
          .channel(channel)
          .codec(Json.codec());
  private final Messaging messaging = Messaging.over(Broker.transport());
  private final BlockingQueue<Origin> origins = new LinkedBlockingQueue<>();

  @AfterEach
  void close() {
    messaging.close();
  }

  private static Messaging skewed(Duration by) {
    return Messaging.over(
        Broker.builder()
            .producerProperty("interceptor.classes", Skewed.class.getName())
            .producerProperty(Skewed.BY, by.toString())
            .build());
  }

  @Test
  void d01_a_producer_whose_clock_is_far_ahead_is_refused_and_told_of_its_clock() {
    try (Messaging ahead = skewed(Duration.ofHours(2))) {
      Throwable failure =
          Broker.get(
              ahead
                  .publish(note.event(new Note("from the future")))
                  .handle((ok, thrown) -> KafkaFailures.unwrap(thrown)));
      assertThat(failure)
          .isInstanceOfSatisfying(
              PublishRejectedException.class,
              refused -> assertThat(refused.fault()).isEqualTo(Fault.SURROUNDINGS))
          .hasMessageStartingWith("SP-KAFKA-016")
          .hasMessageContaining("clock")
          .hasMessageContaining("message.timestamp");
    }
    assertThat(Broker.stored(channel)).isEmpty();
  }

  @Test
  void a_producer_whose_clock_is_behind_or_a_little_ahead_is_heard_and_its_time_is_shown() {
    messaging
        .subscribe("reader")
        .on(
            note,
            (event, context) -> {
              origins.add(context.origin());
              return Outcome.done();
            })
        .start();
    for (Duration by : new Duration[] {Duration.ofDays(-300), Duration.ofMinutes(50)}) {
      try (Messaging skewed = skewed(by)) {
        Broker.get(skewed.publish(note.event(new Note("at another time"))));
      }
      await().until(() -> !origins.isEmpty());
      Instant told = Instant.now().plus(by);
      assertThat(origins.remove().time()).isBetween(told.minusSeconds(60), told.plusSeconds(60));
    }
  }

  @Test
  void d13_by_a_consumers_clock_that_is_ahead_an_event_expires_early() {
    Event<Note> event =
        note.event(new Note("valid for ten minutes"))
            .withExpiry(Instant.now().plus(Duration.ofMinutes(10)));
    try (Messaging ahead = reading(Duration.ofHours(1))) {
      assertThat(ahead.health().subscriptions()).hasSize(1);
      Broker.get(messaging.publish(event));
      String deadLetters = channel + ".reader.dead-letter";
      await().until(() -> !Broker.stored(deadLetters).isEmpty());
      StoredMessage dead = Broker.stored(deadLetters).get(0);
      assertThat(dead.message().header(FailureHeaders.REASON)).isEqualTo("expired".getBytes(UTF_8));
      assertThat(origins).isEmpty();
    }
  }

  @Test
  void d13_by_a_consumers_clock_that_is_behind_an_event_is_handled_after_its_time() {
    Event<Note> event =
        note.event(new Note("valid for a while")).withExpiry(Instant.now().plusSeconds(8));
    Broker.get(messaging.publish(event));
    await().atMost(Duration.ofSeconds(15)).until(() -> Instant.now().isAfter(event.expiry()));
    try (Messaging behind = reading(Duration.ofHours(-1))) {
      await().until(() -> !origins.isEmpty());
      assertThat(Instant.now()).isAfter(event.expiry());
      assertThat(behind.health().subscriptions()).hasSize(1);
    }
  }

  /** A subscription whose clock differs by so much. */
  private Messaging reading(Duration by) {
    Messaging reading =
        Messaging.builder(Broker.transport()).clock(() -> Instant.now().plus(by)).build();
    reading
        .subscribe("reader")
        .on(
            note,
            (event, context) -> {
              origins.add(context.origin());
              return Outcome.done();
            })
        .start();
    return reading;
  }
}
