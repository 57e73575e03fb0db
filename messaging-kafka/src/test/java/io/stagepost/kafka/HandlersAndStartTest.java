package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.ConfigurationException;
import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import io.stagepost.SubscriptionBuilder;
import io.stagepost.Topology;
import io.stagepost.schema.Json;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.StoredMessage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What handlers may return, and what is found at start. */
@Timeout(600)
class HandlersAndStartTest {
  record Note(String text) {}

  private final String channel = Broker.unique("notes");
  private final EventType<Note> note =
      EventType.of("test.note.v1", Note.class)
          .source("urn:test:notes")
          .channel(channel)
          .key(Note::text)
          .codec(Json.codec());
  private final Messaging messaging = Messaging.over(Broker.transport());
  private final Policy hasty =
      Policy.defaults()
          .retry(Retry.exponential(Duration.ofMillis(1), Duration.ofMillis(1)).attempts(2));

  @AfterEach
  void close() {
    messaging.close();
  }

  static Stream<EventHandling> handlersThatReturnNull() {
    return Stream.of(
        (subscription, type) -> subscription.on(type, (event, context) -> nothing()),
        (subscription, type) -> subscription.onAsync(type, (event, context) -> nothing()),
        (subscription, type) ->
            subscription.onAsync(
                type, (event, context) -> CompletableFuture.supplyAsync(() -> nothing())));
  }

  interface EventHandling {
    SubscriptionBuilder<Void> add(SubscriptionBuilder<Void> subscription, EventType<Note> type);
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what careless code does
  private static <T> T nothing() {
    return null;
  }

  @ParameterizedTest
  @MethodSource("handlersThatReturnNull")
  void d03_null_from_a_handler_is_a_failure_and_never_a_success(EventHandling handling) {
    handling.add(messaging.subscribe("reader").policy(hasty), note).start();
    Broker.get(messaging.publish(note.event(new Note("n"))));

    String deadLetters = channel + ".reader.dead-letter";
    await().until(() -> !Broker.stored(deadLetters).isEmpty());
    StoredMessage dead = Broker.stored(deadLetters).get(0);
    assertThat(text(dead, FailureHeaders.REASON)).isEqualTo("permanent-failure");
    assertThat(text(dead, FailureHeaders.EXCEPTION_MESSAGE)).startsWith("SP-API-013");
  }

  @Test
  void d06_a_dead_letter_that_is_too_large_with_its_exception_goes_without_it() {
    String deadLetters = channel + ".reader.dead-letter";
    // a channel that takes more than its dead-letter topic would be a problem at start
    Broker.create(channel, 1, Map.of("max.message.bytes", "2000"));
    Broker.create(deadLetters, 1, Map.of("max.message.bytes", "2500"));
    messaging
        .subscribe("reader")
        .policy(hasty)
        .on(
            note,
            event -> {
              throw new IllegalStateException("x".repeat(1_000));
            })
        .start();
    Broker.get(messaging.publish(note.event(new Note("n"))));

    await().until(() -> Broker.stored(deadLetters).size() == 1);
    StoredMessage dead = Broker.stored(deadLetters).get(0);
    assertThat(text(dead, FailureHeaders.REASON)).isEqualTo("attempts-exhausted");
    assertThat(text(dead, FailureHeaders.ATTEMPTS)).isEqualTo("2");
    assertThat(text(dead, FailureHeaders.STACK_TRACE)).isNull();
    assertThat(dead.message().body()).isEqualTo("{\"text\":\"n\"}".getBytes(UTF_8));
  }

  @Test
  void an_event_that_no_handler_is_for_is_dead_lettered_or_skipped_as_the_policy_says() {
    EventType<Note> other =
        EventType.of("test.other.v1", Note.class)
            .source("urn:test:notes")
            .channel(channel)
            .codec(Json.codec());
    ConcurrentLinkedQueue<Event<Note>> strict = new ConcurrentLinkedQueue<>();
    ConcurrentLinkedQueue<Event<Note>> choosy = new ConcurrentLinkedQueue<>();
    messaging.subscribe("strict").on(note, strict::add).start();
    messaging
        .subscribe("choosy")
        .policy(Policy.defaults().unknownType(Policy.UnknownType.SKIP))
        .on(note, choosy::add)
        .start();
    Broker.get(messaging.publish(other.event(new Note("x"))));
    Broker.get(messaging.publish(note.event(new Note("y"))));

    await().until(() -> Broker.stored(channel + ".strict.dead-letter").size() == 1);
    await().until(() -> strict.size() == 1 && choosy.size() == 1);
    assertThat(Broker.stored(channel + ".choosy.dead-letter")).isEmpty();
  }

  @Test
  void d19_all_that_is_wrong_is_told_at_once_and_a_later_start_succeeds() {
    try (Messaging verifying = Messaging.over(Broker.builder().topology(Topology.VERIFY).build())) {
      SubscriptionBuilder<Void> builder = verifying.subscribe("reader").on(note, event -> {});
      assertThatThrownBy(builder::start)
          .isInstanceOfSatisfying(
              ConfigurationException.class,
              all ->
                  assertThat(all.problems())
                      .hasSize(3)
                      .allMatch(p -> p.startsWith("SP-KAFKA-004")));
      for (String topic :
          List.of(channel, channel + ".reader.dead-letter", channel + ".reader.parking-lot")) {
        Broker.create(topic, 1, Map.of());
      }
      assertThat(builder.start().state()).isEqualTo(Subscription.State.RUNNING);
    }
  }

  @Test
  void d19_a_dead_letter_address_that_it_consumes_itself_is_refused() {
    assertThatThrownBy(
            () ->
                messaging
                    .subscribe("reader")
                    .policy(Policy.defaults().deadLetterAddress("{channel}"))
                    .on(note, event -> {})
                    .start())
        .hasMessageContaining("SP-API-015");
  }

  @Test
  void a_closed_subscription_is_forgotten() {
    Subscription subscription = messaging.subscribe("reader").on(note, event -> {}).start();
    assertThat(messaging.describe()).contains("subscription reader");
    subscription.close();
    subscription.close();
    assertThat(subscription.state()).isEqualTo(Subscription.State.CLOSED);
    assertThat(messaging.describe()).doesNotContain("subscription reader");
  }

  private static @Nullable String text(StoredMessage stored, String header) {
    byte[] value = stored.message().header(header);
    return value == null ? null : new String(value, UTF_8);
  }
}
