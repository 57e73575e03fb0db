package io.stagepost.testkit.road;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Batch;
import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.FailureClassifier;
import io.stagepost.FailureKind;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.FailureHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchTest {
  private static final Policy POLICY =
      Policy.defaults()
          .retry(Retry.exponential(ofMillis(100), ofSeconds(1)).attempts(3))
          .failures(
              FailureClassifier.defaults()
                  .with(IllegalArgumentException.class, FailureKind.PERMANENT));

  private final Road road = new Road();
  private final List<List<String>> batches = new ArrayList<>();
  private final Set<String> poison = new HashSet<>();
  private final List<String> handled = new ArrayList<>();
  private boolean down;

  @Test
  void a_batch_is_handled_when_it_is_full() {
    try (Subscription subscription = subscribe(Batch.upTo(3).orAfter(ofMinutes(1)))) {
      road.publish("a:1", "b:1");
      assertThat(batches).isEmpty();
      road.publish("c:1", "d:1");
      assertThat(batches).containsExactly(List.of("a:1", "b:1", "c:1"));
      road.pass(ofMinutes(1));
      assertThat(batches).hasSize(2);
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void a_batch_is_handled_when_its_first_event_has_waited_for_long_enough() {
    try (Subscription subscription = subscribe(Batch.upTo(100).orAfter(ofMillis(20)))) {
      road.publish("a:1");
      road.pass(ofMillis(10));
      road.publish("b:1");
      road.pass(ofMillis(9));
      assertThat(batches).isEmpty();
      road.pass(ofMillis(1));
      assertThat(batches).containsExactly(List.of("a:1", "b:1"));
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void d04_one_keys_events_are_in_order_inside_a_batch_and_across_batches() {
    List<String> published = new ArrayList<>();
    IntStream.range(0, 100).forEach(i -> published.add("a:" + i));
    published.forEach(text -> road.publish(text));
    try (Subscription subscription = subscribe(Batch.upTo(30).orAfter(ofMillis(20)))) {
      road.pass(ofSeconds(1));
      assertThat(handled).containsExactlyElementsOf(published);
      assertThat(batches).hasSizeLessThanOrEqualTo(5);
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void many_keys_fill_a_batch_although_one_handler_runs_at_a_time() {
    IntStream.range(0, 100).forEach(i -> road.publish("key-" + i + ":x"));
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .limits(Limits.defaults().concurrency(1))
            .onBatch(Road.TEXTS, Batch.upTo(50).orAfter(ofSeconds(1)), this::handle)
            .start()) {
      road.clock.run();
      assertThat(batches).extracting(List::size).containsExactly(50, 50);
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void a_transient_failure_has_all_of_it_tried_again() {
    try (Subscription subscription = subscribe(Batch.upTo(4).orAfter(ofMillis(20)))) {
      down = true;
      road.publish("a:1", "b:1", "a:2", "c:1");
      road.pass(ofMillis(20));
      assertThat(batches).containsExactly(List.of("a:1", "b:1", "c:1"));
      down = false;
      road.pass(ofSeconds(2));
      assertThat(road.at(Road.DEAD_LETTERS)).isEmpty();
      assertThat(handled).containsOnlyOnce("b:1", "c:1").containsSubsequence("a:1", "a:2");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void the_event_at_fault_is_found_by_halving_and_alone_is_dead_lettered() {
    poison.add("key-41:x");
    try (Subscription subscription = subscribe(Batch.upTo(64).orAfter(ofSeconds(1)))) {
      IntStream.range(0, 64).forEach(i -> road.publish("key-" + i + ":x"));
      assertThat(road.at(Road.DEAD_LETTERS)).containsExactly("key-41:x");
      assertThat(road.reasons(Road.DEAD_LETTERS)).containsExactly("permanent-failure");
      assertThat(handled).hasSize(63).doesNotHaveDuplicates();
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void several_events_at_fault_are_all_found() {
    poison.addAll(Set.of("key-0:x", "key-1:x", "key-31:x", "key-63:x"));
    try (Subscription subscription = subscribe(Batch.upTo(64).orAfter(ofSeconds(1)))) {
      IntStream.range(0, 64).forEach(i -> road.publish("key-" + i + ":x"));
      assertThat(road.at(Road.DEAD_LETTERS)).containsExactlyInAnyOrderElementsOf(poison);
      assertThat(handled).hasSize(60).doesNotHaveDuplicates();
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void the_successors_of_the_event_at_fault_leave_the_batch_and_come_later_in_order() {
    poison.add("a:2");
    try (Subscription subscription = subscribe(Batch.upTo(6).orAfter(ofMillis(20)))) {
      road.publish("a:1", "a:2", "b:1", "a:3", "a:4", "b:2");
      road.pass(ofSeconds(1));
      assertThat(road.at(Road.DEAD_LETTERS)).containsExactly("a:2");
      assertThat(handled)
          .containsSubsequence("a:1", "a:3", "a:4")
          .containsSubsequence("b:1", "b:2")
          .hasSize(5);
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void one_that_has_used_up_its_attempts_is_found_too() {
    poison.add("c:1");
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .policy(
                Policy.defaults().retry(Retry.exponential(ofMillis(100), ofSeconds(1)).attempts(3)))
            .onBatch(Road.TEXTS, Batch.upTo(4).orAfter(ofMillis(20)), this::handle)
            .start()) {
      road.publish("a:1", "b:1", "c:1", "d:1");
      road.pass(ofSeconds(10));
      assertThat(road.at(Road.DEAD_LETTERS)).containsExactly("c:1");
      assertThat(road.reasons(Road.DEAD_LETTERS)).containsExactly("attempts-exhausted");
      assertThat(
              Road.header(
                  road.transport.stored(Road.DEAD_LETTERS).get(0).message(),
                  FailureHeaders.ATTEMPTS))
          .isEqualTo("3");
      assertThat(handled).containsExactlyInAnyOrder("a:1", "b:1", "d:1");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void d04_events_of_a_key_that_are_handled_alone_stay_in_order_with_batched_ones() {
    EventType<String> single = Road.type("com.example.single.v1");
    List<String> order = new ArrayList<>();
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .onBatch(
                Road.TEXTS,
                Batch.upTo(10).orAfter(ofMillis(20)),
                events -> events.forEach(event -> order.add(event.data())))
            .on(single, event -> order.add(event.data()))
            .start()) {
      road.publish("a:1", "a:2");
      road.publish(single.event("a:3"));
      road.publish("a:4");
      road.publish(single.event("a:5"));
      road.pass(ofSeconds(1));
      assertThat(order).containsExactly("a:1", "a:2", "a:3", "a:4", "a:5");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void d10_a_close_leaves_what_was_gathered_for_redelivery() {
    Subscription first = subscribe(Batch.upTo(100).orAfter(ofMinutes(1)));
    road.publish("a:1", "b:1", "a:2");
    first.close();
    road.pass(ofMinutes(2));
    assertThat(batches).isEmpty();
    assertThat(road.transport.unsettled(Road.SUBSCRIPTION)).isEqualTo(3);
    try (Subscription second = subscribe(Batch.upTo(3).orAfter(ofMinutes(1)))) {
      road.clock.run();
      assertThat(handled).hasSize(3).containsSubsequence("a:1", "a:2");
      assertThat(second.inFlight()).isZero();
    }
  }

  @Test
  void d13_an_event_that_expires_while_it_is_gathered_is_not_handled() {
    try (Subscription subscription = subscribe(Batch.upTo(100).orAfter(ofSeconds(10)))) {
      road.publish(Road.TEXTS.event("a:1").withExpiry(road.clock.instant().plusSeconds(5)));
      road.publish("a:2", "b:1");
      road.pass(ofMinutes(1));
      assertThat(batches).containsExactly(List.of("b:1"), List.of("a:2"));
      assertThat(road.reasons(Road.DEAD_LETTERS)).containsExactly("expired");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void d17_the_time_of_a_batch_ends_when_its_first_event_expires() {
    Instant expiry = road.clock.instant().plusSeconds(15);
    List<Optional<Instant>> looks = new ArrayList<>();
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .policy(POLICY.timeout(ofMinutes(1)))
            .onBatch(
                Road.TEXTS,
                Batch.upTo(100).orAfter(ofSeconds(10)),
                events -> {
                  looks.add(road.clock.nextDelay());
                  handle(events);
                })
            .start()) {
      road.publish(Road.TEXTS.event("a:1").withExpiry(expiry));
      road.pass(ofSeconds(10));
      assertThat(batches).hasSize(1);
      assertThat(looks).as("when the watchdog looks").containsExactly(Optional.of(expiry));
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void what_leaves_a_batch_because_of_another_uses_up_no_attempt() {
    Set<String> failed = new HashSet<>();
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .policy(POLICY)
            .onBatch(
                Road.TEXTS,
                Batch.upTo(10).orAfter(ofMillis(20)),
                events -> {
                  handle(events);
                  if (failed.add(events.get(0).data())) {
                    throw new IllegalStateException("the first time");
                  }
                })
            .start()) {
      IntStream.range(0, 9).forEach(i -> poison.add("a:" + i));
      IntStream.range(0, 10).forEach(i -> publishOnly("a:" + i));
      road.pass(ofMinutes(1));
      assertThat(road.at(Road.DEAD_LETTERS)).hasSize(9).doesNotContain("a:9");
      assertThat(handled).containsExactly("a:9", "a:9");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  private void publishOnly(String text) {
    var unused = road.messaging.publish(Road.TEXTS.event(text));
  }

  @Test
  void an_error_in_the_codec_leaves_no_lane_stuck() {
    EventType<String> type =
        EventType.of("com.example.faulty.v1", String.class)
            .source("urn:test")
            .channel(Road.CHANNEL)
            .key(text -> "a")
            .codec(new Faulty());
    List<String> decoded = new ArrayList<>();
    Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .policy(POLICY)
            .onBatch(
                type,
                Batch.upTo(10).orAfter(ofMillis(20)),
                events -> events.forEach(event -> decoded.add(event.data())))
            .start();
    for (String text : List.of("1", "faulty", "2")) {
      var unused = road.messaging.publish(type.event(text));
    }
    road.pass(ofMinutes(1));
    assertThat(decoded).containsExactly("1", "2");
    assertThat(road.at(Road.DEAD_LETTERS)).containsExactly("faulty");
    assertThat(subscription.inFlight()).isZero();
    subscription.close();
  }

  private static final class Faulty implements Codec {
    @Override
    public <T> Encoded encode(EventType<T> type, T data) {
      return Encoded.of(data.toString().getBytes(UTF_8), "text/plain");
    }

    @Override
    public <T> T decode(EventType<T> type, Encoded encoded) {
      String text = new String(encoded.bytes(), UTF_8);
      if (text.equals("faulty")) {
        throw new LinkageError("a codec's fault");
      }
      return type.payload().cast(text);
    }
  }

  @Test
  void a_batch_that_was_full_leaves_no_timer_behind() {
    try (Subscription subscription = subscribe(Batch.upTo(2).orAfter(ofMinutes(10)))) {
      road.publish("a:1", "b:1", "c:1", "d:1");
      assertThat(handled).hasSize(4);
      road.pass(ofMinutes(1)); // until the watchdog has looked
      assertThat(road.clock.nextDelay()).isEmpty();
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void a_batch_may_wait_for_ever() {
    Duration forever = Duration.ofSeconds(Long.MAX_VALUE);
    try (Subscription subscription = subscribe(Batch.upTo(2).orAfter(forever))) {
      road.publish("a:1");
      road.pass(ofMinutes(1));
      assertThat(handled).isEmpty();
      road.publish("b:1");
      assertThat(handled).containsExactly("a:1", "b:1");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void d04_what_is_gathered_is_handed_over_at_once() {
    Subscription first = subscribe(Batch.upTo(100).orAfter(ofMinutes(10)));
    IntStream.range(0, 20).forEach(i -> road.publish("key-" + i + ":x"));
    Messaging other = road.transport.another().messaging().build();
    Subscription second =
        other.subscribe(Road.SUBSCRIPTION).onBatch(Road.TEXTS, Batch.upTo(1), this::handle).start();
    road.pass(ofSeconds(1));
    assertThat(handled).hasSize(20).doesNotHaveDuplicates();
    assertThat(first.inFlight()).isZero();
    assertThat(second.inFlight()).isZero();
    first.close();
    other.close();
  }

  private Subscription subscribe(Batch batch) {
    return road.messaging
        .subscribe(Road.SUBSCRIPTION)
        .policy(POLICY)
        .onBatch(Road.TEXTS, batch, this::handle)
        .start();
  }

  private void handle(List<Event<String>> events) {
    List<String> texts = events.stream().map(Event::data).toList();
    batches.add(texts);
    if (down) {
      throw new IllegalStateException("the database is away");
    }
    if (texts.stream().anyMatch(poison::contains)) {
      throw poison.contains("c:1")
          ? new IllegalStateException("who knows")
          : new IllegalArgumentException("no such order");
    }
    handled.addAll(texts);
  }
}
