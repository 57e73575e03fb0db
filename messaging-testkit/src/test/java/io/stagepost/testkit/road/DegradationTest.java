package io.stagepost.testkit.road;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Batch;
import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Limits;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Policy.Degradation;
import io.stagepost.Policy.Successors;
import io.stagepost.Policy.UnknownType;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import io.stagepost.Subscription.State;
import io.stagepost.SubscriptionBuilder;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.Observer;
import io.stagepost.spi.UnansweredException;
import io.stagepost.testkit.Faults.PublishFault;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of events that fail while something that their handlers need is away. */
class DegradationTest {
  private static final Retry RETRY = Retry.exponential(ofMillis(200), ofSeconds(30));

  /** The first transient failure has it probe. */
  private static final Limits NO_BUDGET =
      Limits.defaults().retryBudget(new Limits.RetryBudget(0, 0));

  private final Road road = new Road(messaging -> messaging.observer(new Told()));

  /** What was handled, and the states of the subscription. */
  private final List<String> story = new ArrayList<>();

  private final List<String> skipped = new ArrayList<>();
  private boolean down = true;
  private boolean silent = true;

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "WAIT")
  void d12_what_fails_leaves_in_order_and_without_a_pause(Degradation degradation) {
    try (Subscription subscription = subscribe(degradation)) {
      IntStream.range(0, 11).forEach(i -> road.publish("first-" + i + ":x"));
      assertThat(subscription.state()).isEqualTo(State.PROBING);
      assertThat(left(degradation)).containsExactly("first-10:x");

      List<String> backlog = IntStream.range(0, 100).mapToObj(i -> "a:" + i).toList();
      backlog.forEach(text -> road.publish(text));
      road.pass(ofMillis(200)); // the first pause
      assertThat(left(degradation)).hasSize(111).containsSubsequence(backlog);
      assertThat(subscription.state()).isEqualTo(State.PROBING);
      assertThat(subscription.inFlight()).isZero();

      down = false;
      road.publish("a:100");
      assertThat(story).containsExactly("PROBING", "a:100", "RUNNING");
      assertThat(road.transport.unsettled(Road.SUBSCRIPTION)).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "WAIT")
  void d12_only_what_fails_leaves_and_three_successes_in_a_row_end_it(Degradation degradation) {
    down = false;
    try (Subscription subscription =
        builder(degradation).limits(NO_BUDGET).on(Road.TEXTS, this::handle).start()) {
      List.of("a:bad", "a:1", "a:2", "b:bad", "a:bad", "a:3", "a:4", "a:5", "a:6")
          .forEach(this::publishOnly);
      road.clock.run();
      assertThat(left(degradation)).containsExactly("a:bad");
      road.pass(ofMillis(200));
      assertThat(left(degradation)).containsExactly("a:bad", "b:bad", "a:bad");
      assertThat(story)
          .containsExactly("PROBING", "a:1", "a:2", "a:3", "a:4", "a:5", "RUNNING", "a:6");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void d12_a_batch_is_taken_apart_and_only_what_fails_alone_leaves() {
    List<List<String>> batches = new ArrayList<>();
    down = false;
    try (Subscription subscription =
        builder(Degradation.PARK)
            .limits(NO_BUDGET)
            .onBatch(
                Road.TEXTS,
                Batch.upTo(4).orAfter(ofMinutes(10)),
                events -> {
                  batches.add(events.stream().map(Event::data).toList());
                  events.forEach(this::handle);
                })
            .start()) {
      List.of("a:1", "b:bad", "c:1", "d:bad").forEach(this::publishOnly);
      road.clock.run();
      assertThat(batches).containsExactly(List.of("a:1", "b:bad", "c:1", "d:bad"));
      assertThat(road.at(Road.PARKING_LOT)).isEmpty();

      road.pass(ofSeconds(1));
      assertThat(batches.subList(1, batches.size()))
          .containsExactlyInAnyOrder(
              List.of("a:1"), List.of("b:bad"), List.of("c:1"), List.of("d:bad"));
      assertThat(road.at(Road.PARKING_LOT)).containsExactlyInAnyOrder("b:bad", "d:bad");
      assertThat(road.reasons(Road.PARKING_LOT)).containsOnly("degraded");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "WAIT")
  void d12_what_no_handler_has_tried_waits_all_the_same(Degradation degradation) {
    EventType<String> asked = Road.type("com.example.asked.v1").codec(new Asking());
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .policy(
                Policy.defaults()
                    .retry(RETRY)
                    .unknownType(UnknownType.FAIL)
                    .degradation(degradation))
            .limits(NO_BUDGET)
            .on(Road.TEXTS, this::handle)
            .on(asked, this::handle)
            .start()) {
      road.publish("a:1");
      road.publish(asked.event("b:1"));
      road.publish(Road.type("com.example.unknown.v1").event("c:1"));
      road.pass(ofHours(5));
      assertThat(left(degradation)).containsExactly("a:1");
      assertThat(subscription.inFlight()).isEqualTo(2);

      silent = false;
      down = false;
      road.pass(ofMinutes(1));
      assertThat(story).contains("b:1");
      assertThat(left(degradation)).containsExactly("a:1");
    }
  }

  @Test
  void d12_what_asks_to_be_tried_again_leaves_too() {
    try (Subscription subscription =
        builder(Degradation.PARK)
            .limits(NO_BUDGET)
            .on(Road.TEXTS, (event, context) -> Outcome.retryAfter(ofSeconds(1)))
            .start()) {
      road.publish("a:1");
      assertThat(road.at(Road.PARKING_LOT)).containsExactly("a:1");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"DEAD_LETTER", "PARK"})
  void d12_what_cannot_be_written_where_it_is_to_go_is_handled_when_that_works_again(
      Degradation degradation) {
    road.transport.faults().outage(Road.DEAD_LETTERS, PublishFault.UNKNOWN_NOT_STORED);
    road.transport.faults().outage(Road.PARKING_LOT, PublishFault.REJECTED_FOR_SURROUNDINGS);
    try (Subscription subscription =
        builder(degradation).limits(NO_BUDGET).on(Road.TEXTS, this::handle).start()) {
      road.publish("a:1", "a:2", "b:1");
      road.pass(ofHours(5));
      assertThat(subscription.inFlight()).isEqualTo(3);

      down = false;
      road.pass(ofMinutes(2));
      assertThat(story).containsSubsequence("a:1", "a:2").contains("b:1", "RUNNING");
      assertThat(left(degradation)).isEmpty();
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void d11_a_handler_that_was_cancelled_since_it_was_lost_leaves_its_event_to_others() {
    List<CompletableFuture<Outcome>> runs = new ArrayList<>();
    try (Subscription subscription =
        builder(Degradation.SKIP)
            .limits(NO_BUDGET)
            .onAsync(
                Road.TEXTS,
                (event, context) -> {
                  runs.add(new CompletableFuture<>());
                  return runs.get(runs.size() - 1);
                })
            .start()) {
      road.publish("a:1");
      road.transport.faults().loseAssignments(Road.SUBSCRIPTION);
      runs.get(0).completeExceptionally(new IllegalStateException("cancelled"));
      road.pass(ofMinutes(1));
      assertThat(runs).hasSize(2);
      assertThat(skipped).isEmpty();
      runs.get(1).complete(Outcome.done());
      road.clock.run();
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void the_successors_of_what_became_a_dead_letter_are_diverted() {
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .policy(
                Policy.defaults()
                    .successors(Successors.DIVERT)
                    .degradation(Degradation.DEAD_LETTER))
            .limits(NO_BUDGET)
            .on(Road.TEXTS, this::handle)
            .start()) {
      road.publish("a:1");
      down = false;
      road.pass(ofSeconds(1));
      road.publish("a:2", "b:1");
      assertThat(road.at(Road.DEAD_LETTERS)).containsExactly("a:1");
      assertThat(road.reasons(Road.DEAD_LETTERS)).containsExactly("degraded");
      assertThat(road.at(Road.PARKING_LOT)).containsExactly("a:2");
      assertThat(story).containsExactly("PROBING", "b:1", "RUNNING");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  private Subscription subscribe(Degradation degradation) {
    return builder(degradation).on(Road.TEXTS, this::handle).start();
  }

  private SubscriptionBuilder<Void> builder(Degradation degradation) {
    return road.messaging
        .subscribe(Road.SUBSCRIPTION)
        .policy(Policy.defaults().retry(RETRY).degradation(degradation));
  }

  private void publishOnly(String text) {
    var unused = road.messaging.publish(Road.TEXTS.event(text));
  }

  private void handle(Event<String> event) {
    if (down || event.data().endsWith("bad")) {
      throw new IllegalStateException("the database is away");
    }
    story.add(event.data());
  }

  private List<String> left(Degradation degradation) {
    return switch (degradation) {
      case WAIT -> List.of();
      case SKIP -> skipped;
      case DEAD_LETTER -> road.at(Road.DEAD_LETTERS);
      case PARK -> road.at(Road.PARKING_LOT);
    };
  }

  private final class Told implements Observer {
    @Override
    public void stateChanged(String subscription, State from, State to) {
      if (to != State.CLOSED) {
        story.add(to.name());
      }
    }

    @Override
    public void ended(
        String subscription,
        Delivery delivery,
        int attempt,
        Ending ending,
        long nanos,
        @Nullable Throwable failure) {
      byte[] body = delivery.message().body();
      if (ending == Ending.SKIPPED && failure != null && body != null) {
        skipped.add(new String(body, UTF_8));
      }
    }
  }

  /** Has no answer from the one that it asks, at first. */
  private final class Asking implements Codec {
    @Override
    public <T> Encoded encode(EventType<T> type, T data) {
      return Encoded.of(data.toString().getBytes(UTF_8), "text/plain");
    }

    @Override
    public <T> T decode(EventType<T> type, Encoded encoded) {
      if (silent) {
        throw new UnansweredException(
            "SP-TEST-001", "No answer.", new IllegalStateException("silent"));
      }
      return type.payload().cast(new String(encoded.bytes(), UTF_8));
    }
  }
}
