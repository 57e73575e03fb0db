package io.stagepost.testkit.road;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.Batch;
import io.stagepost.ConfigurationException;
import io.stagepost.Event;
import io.stagepost.Limits;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Policy.Successors;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import io.stagepost.Subscription.State;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Observer;
import io.stagepost.spi.StoredMessage;
import io.stagepost.testkit.Faults.PublishFault;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Delays that leave the lane by the durable road. */
class DeferTest {
  private static final String DELAYED = Road.CHANNEL + "." + Road.SUBSCRIPTION + ".delay";
  private static final String GROUP = Road.SUBSCRIPTION + ".delay";
  private static final Policy DEFERRING =
      Policy.defaults()
          .retry(Retry.exponential(ofMillis(200), ofHours(4)).attempts(3).maxAge(ofDays(1)))
          .defer(ofMinutes(10));

  private final List<Observer.Ending> endings = new ArrayList<>();
  private final Road road = new Road(messaging -> messaging.observer(endings()));
  private final Instant start = road.clock.instant();

  /** What is to be handled later, and how much later, each time. */
  private final Map<String, Duration> later = new HashMap<>();

  private final List<String> handled = new ArrayList<>();
  private int lastAttempt;

  @Test
  void a_long_delay_leaves_the_lane_so_that_its_key_goes_on() {
    later.put("a:1", ofHours(1));
    try (Subscription subscription = subscribe(DEFERRING)) {
      road.publish("a:1", "a:2", "b:1");
      assertThat(handled).containsExactlyInAnyOrder("a:2", "b:1");
      assertThat(road.at(DELAYED)).containsExactly("a:1");
      assertThat(road.transport.unsettled(Road.SUBSCRIPTION)).isZero();
      assertThat(subscription.inFlight()).isZero();
      assertThat(waiting()).isEqualTo(1);
      assertThat(subscription.lag()).containsEntry(DELAYED, 1L).containsEntry(Road.CHANNEL, 0L);
      assertThat(endings)
          .containsExactlyInAnyOrder(
              Observer.Ending.DEFERRED, Observer.Ending.SUCCEEDED, Observer.Ending.SUCCEEDED);

      later.clear();
      road.pass(ofHours(1).minusMillis(1));
      assertThat(handled).hasSize(2);
      road.pass(ofMillis(1));
      assertThat(handled).last().isEqualTo("a:1");
      assertThat(lastAttempt).isEqualTo(2);
      assertThat(road.transport.unsettled(GROUP)).isZero();
      assertThat(waiting()).isZero();
    }
  }

  @Test
  void d04_a_delay_shorter_than_that_stays_in_the_lane_and_keeps_the_order() {
    later.put("a:1", ofMinutes(10).minusMillis(1));
    try (Subscription subscription = subscribe(DEFERRING)) {
      road.publish("a:1", "a:2");
      later.clear();
      road.pass(ofMinutes(10));
      assertThat(handled).containsExactly("a:1", "a:2");
      assertThat(road.at(DELAYED)).isEmpty();
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void d04_without_it_every_delay_stays_in_the_lane_and_there_is_no_delay_address() {
    later.put("a:1", ofHours(1));
    try (Subscription subscription =
        subscribe(Policy.defaults().retry(DEFERRING.retry()).timeout(ofMinutes(1)))) {
      road.publish("a:1", "a:2");
      later.clear();
      road.pass(ofHours(1));
      assertThat(handled).containsExactly("a:1", "a:2");
      assertThat(subscription.lag()).containsOnlyKeys(Road.CHANNEL);
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void d03_it_survives_a_restart_and_a_killed_process() {
    later.put("a:1", ofHours(1));
    try (Subscription subscription = subscribe(DEFERRING)) {
      road.publish("a:1");
      assertThat(subscription.inFlight()).isZero();
    }
    later.clear();
    road.pass(ofMinutes(20));
    try (Subscription subscription = subscribe(DEFERRING)) {
      road.pass(ofMinutes(20));
      assertThat(subscription.lag()).containsEntry(DELAYED, 1L);
      road.transport.disconnect();
      road.transport.reconnect();
      road.pass(ofMinutes(20).minusMillis(1));
      assertThat(handled).isEmpty();
      road.pass(ofMillis(1));
      assertThat(handled).containsExactly("a:1");
      assertThat(lastAttempt).isEqualTo(2);
      assertThat(subscription.lag()).containsEntry(DELAYED, 0L);
    }
  }

  @Test
  void d03_what_fell_due_while_nobody_ran_is_handled_at_once() {
    later.put("a:1", ofHours(1));
    subscribe(DEFERRING);
    road.publish("a:1");
    road.clock.run();
    later.clear();
    road.messaging.close();
    road.pass(ofHours(5));
    var other = road.transport.another().messaging().build();
    try (Subscription subscription = subscribe(other.subscribe(Road.SUBSCRIPTION), DEFERRING)) {
      road.clock.run();
      assertThat(handled).containsExactly("a:1");
      assertThat(subscription.inFlight()).isZero();
    }
    road.clock.run();
    other.close();
  }

  @Test
  void d14_a_dead_letter_is_the_original_and_counts_all_attempts_across_deferrals() {
    later.put("a:1", ofHours(1));
    try (Subscription subscription = subscribe(DEFERRING)) {
      road.publish("a:0");
      road.publish(Road.TEXTS.event("a:1").withExtension("tenant", "blue"));
      road.pass(ofHours(1));
      assertThat(road.at(DELAYED)).containsExactly("a:1", "a:1");
      assertThat(road.at(Road.DEAD_LETTERS)).isEmpty();
      road.pass(ofHours(1));

      StoredMessage original = road.transport.stored(Road.CHANNEL).get(1);
      Message letter = road.transport.stored(Road.DEAD_LETTERS).get(0).message();
      assertThat(letter.body()).isEqualTo(original.message().body());
      assertThat(letter.key()).isEqualTo(original.message().key());
      assertThat(letter.headers().stream().filter(header -> !isOurs(header)).map(DeferTest::text))
          .containsExactlyElementsOf(
              original.message().headers().stream().map(DeferTest::text).toList());
      assertThat(letter.headers())
          .noneMatch(header -> header.name().startsWith(FailureHeaders.DEFERRED));
      assertThat(Road.header(letter, FailureHeaders.REASON)).isEqualTo("attempts-exhausted");
      assertThat(Road.header(letter, FailureHeaders.ATTEMPTS)).isEqualTo("3");
      assertThat(Road.header(letter, FailureHeaders.FIRST_FAILURE)).isEqualTo(start.toString());
      assertThat(Road.header(letter, FailureHeaders.LAST_FAILURE))
          .isEqualTo(start.plus(ofHours(2)).toString());
      assertThat(Road.header(letter, FailureHeaders.ORIGIN_ADDRESS)).isEqualTo(Road.CHANNEL);
      assertThat(Road.header(letter, FailureHeaders.ORIGIN_PARTITION))
          .isEqualTo(original.origin().partition());
      assertThat(Road.header(letter, FailureHeaders.ORIGIN_POSITION))
          .isEqualTo(original.origin().position());
      assertThat(road.transport.unsettled(GROUP)).isZero();
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void d14_a_deferred_message_is_the_original_with_headers_beside_it() {
    later.put("a:1", ofHours(1));
    try (Subscription subscription = subscribe(DEFERRING)) {
      road.publish("a:1");
      Message original = road.transport.stored(Road.CHANNEL).get(0).message();
      Message deferred = road.transport.stored(DELAYED).get(0).message();
      assertThat(deferred.body()).isEqualTo(original.body());
      assertThat(deferred.key()).isEqualTo(original.key());
      int own = original.headers().size();
      assertThat(deferred.headers().subList(0, own).stream().map(DeferTest::text))
          .containsExactlyElementsOf(original.headers().stream().map(DeferTest::text).toList());
      assertThat(deferred.headers().subList(own, deferred.headers().size()))
          .allMatch(header -> header.name().startsWith(FailureHeaders.DEFERRED));
      assertThat(Road.header(deferred, FailureHeaders.DUE))
          .isEqualTo(start.plus(ofHours(1)).toString());
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void age_goes_on_counting_across_deferrals() {
    later.put("a:1", ofHours(1));
    Policy policy = DEFERRING.retry(DEFERRING.retry().attempts(9).maxAge(ofMinutes(90)));
    try (Subscription subscription = subscribe(policy)) {
      road.publish("a:1");
      road.pass(ofHours(5));
      assertThat(road.reasons(Road.DEAD_LETTERS)).containsExactly("age-exhausted");
      Message letter = road.transport.stored(Road.DEAD_LETTERS).get(0).message();
      assertThat(Road.header(letter, FailureHeaders.ATTEMPTS)).isEqualTo("3");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void what_is_deferred_for_longer_does_not_hold_up_what_is_deferred_for_less() {
    later.put("a:1", ofHours(3));
    later.put("a:2", ofHours(1));
    later.put("b:1", ofHours(2));
    try (Subscription subscription = subscribe(DEFERRING)) {
      road.publish("a:1", "a:2", "b:1");
      later.clear();
      road.pass(ofHours(3));
      assertThat(handled).containsExactly("a:2", "b:1", "a:1");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void d04_in_one_process_a_deferred_event_waits_for_the_run_of_its_key() {
    List<CompletableFuture<Outcome>> runs = new ArrayList<>();
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .policy(DEFERRING.timeout(ofHours(5)))
            .onAsync(
                Road.TEXTS,
                (event, context) -> {
                  handled.add(event.data());
                  runs.add(new CompletableFuture<>());
                  return runs.get(runs.size() - 1);
                })
            .start()) {
      road.publish("a:1");
      runs.get(0).complete(Outcome.retryAfter(ofHours(1)));
      road.clock.run();
      road.pass(ofMinutes(59));
      road.publish("a:2");
      road.pass(ofMinutes(10));
      assertThat(handled).containsExactly("a:1", "a:2");
      runs.get(1).complete(Outcome.done());
      road.clock.run();
      assertThat(handled).containsExactly("a:1", "a:2", "a:1");
      runs.get(2).complete(Outcome.done());
      road.clock.run();
      assertThat(subscription.inFlight()).isZero();
      assertThat(road.transport.unsettled(GROUP)).isZero();
    }
  }

  @Test
  void d09_what_waits_is_bounded_and_takes_no_place_of_others() {
    IntStream.range(0, 20).forEach(i -> later.put("key-" + i + ":x", ofHours(1)));
    Limits limits = Limits.defaults().inFlight(4).retryBudget(new Limits.RetryBudget(1, 1_000));
    try (Subscription subscription = subscribe(DEFERRING, limits)) {
      IntStream.range(0, 20).forEach(i -> road.publish("key-" + i + ":x"));
      assertThat(waiting()).isEqualTo(4);
      assertThat(subscription.inFlight()).isZero();
      road.publish("live:1");
      assertThat(handled).containsExactly("live:1");
      later.clear();
      road.pass(ofHours(1));
      assertThat(handled).hasSize(21).doesNotHaveDuplicates();
      assertThat(road.transport.unsettled(GROUP)).isZero();
    }
  }

  @Test
  void d09_what_is_due_waits_until_there_is_room() {
    List<CompletableFuture<Outcome>> runs = new ArrayList<>();
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .policy(DEFERRING.timeout(ofHours(5)))
            .limits(Limits.defaults().inFlight(1))
            .onAsync(
                Road.TEXTS,
                (event, context) -> {
                  handled.add(event.data());
                  runs.add(new CompletableFuture<>());
                  return runs.get(runs.size() - 1);
                })
            .start()) {
      road.publish("a:1");
      runs.get(0).complete(Outcome.retryAfter(ofHours(1)));
      road.clock.run();
      road.publish("b:1");
      road.pass(ofHours(2));
      assertThat(handled).containsExactly("a:1", "b:1");
      runs.get(1).complete(Outcome.done());
      road.clock.run();
      assertThat(handled).containsExactly("a:1", "b:1", "a:1");
      runs.get(2).complete(Outcome.done());
      road.clock.run();
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void paused_it_begins_nothing_that_falls_due() {
    later.put("a:1", ofHours(1));
    try (Subscription subscription = subscribe(DEFERRING)) {
      road.publish("a:1");
      later.clear();
      subscription.pause();
      road.pass(ofHours(2));
      assertThat(handled).isEmpty();
      subscription.resume();
      road.clock.run();
      assertThat(handled).containsExactly("a:1");
    }
  }

  @Test
  void of_a_diverted_key_it_is_parked_when_it_is_due() {
    later.put("a:1", ofHours(1));
    try (Subscription subscription = subscribe(DEFERRING.successors(Successors.DIVERT))) {
      road.publish("a:1", "a:bad", "b:1");
      road.pass(ofHours(1));
      assertThat(handled).containsExactly("b:1");
      assertThat(road.at(Road.PARKING_LOT)).containsExactly("a:1");
      assertThat(road.reasons(Road.PARKING_LOT)).containsExactly("key-diverted");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void d06_it_is_settled_only_when_its_deferral_is_confirmed() {
    later.put("a:1", ofHours(1));
    try (Subscription subscription = subscribe(DEFERRING)) {
      road.transport.faults().outage(DELAYED, PublishFault.REJECTED_FOR_SURROUNDINGS);
      road.publish("a:1", "a:2", "b:1");
      road.pass(ofMinutes(1));
      assertThat(handled).containsExactly("b:1");
      assertThat(subscription.inFlight()).isEqualTo(2);
      road.transport.faults().endOutage(DELAYED);
      road.pass(ofMinutes(10));
      assertThat(handled).containsExactly("b:1", "a:2");
      assertThat(road.at(DELAYED)).containsExactly("a:1");
      later.clear();
      road.pass(ofMinutes(50)); // due an hour after its failure, not after its writing
      assertThat(handled).containsExactly("b:1", "a:2", "a:1");
      assertThat(lastAttempt).isEqualTo(2);
    }
  }

  @Test
  void d12_while_it_probes_nothing_is_deferred() {
    Set<String> keys = new HashSet<>();
    try (Subscription subscription = subscribe(DEFERRING)) {
      IntStream.range(0, 100)
          .forEach(
              i -> {
                keys.add("key-" + i + ":x");
                later.put("key-" + i + ":x", ofHours(1));
                road.publish("key-" + i + ":x");
              });
      assertThat(subscription.state()).isEqualTo(State.PROBING);
      int deferred = road.at(DELAYED).size();
      assertThat(deferred).isLessThanOrEqualTo(11);
      road.pass(ofHours(20));
      assertThat(road.at(DELAYED)).hasSize(deferred);
      assertThat(road.at(Road.DEAD_LETTERS)).isEmpty();
      later.clear();
      road.pass(ofHours(10));
      assertThat(subscription.state()).isEqualTo(State.RUNNING);
      assertThat(handled).containsExactlyInAnyOrderElementsOf(keys);
    }
  }

  @Test
  void of_a_batch_each_event_is_deferred_by_itself_and_comes_back_to_one() {
    List<List<String>> batches = new ArrayList<>();
    Policy policy = DEFERRING.defer(ofMillis(1)).retry(Retry.exponential(ofMinutes(5), ofHours(1)));
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .policy(policy)
            .onBatch(
                Road.TEXTS,
                Batch.upTo(3).orAfter(ofSeconds(1)),
                events -> {
                  batches.add(events.stream().map(Event::data).toList());
                  if (batches.size() == 1) {
                    throw new IllegalStateException("down");
                  }
                })
            .start()) {
      road.publish("a:1", "b:1", "c:1");
      assertThat(batches).hasSize(1);
      assertThat(road.at(DELAYED)).containsExactlyInAnyOrder("a:1", "b:1", "c:1");
      assertThat(subscription.inFlight()).isZero();
      road.pass(ofMinutes(6));
      assertThat(batches.stream().skip(1).flatMap(List::stream))
          .containsExactlyInAnyOrder("a:1", "b:1", "c:1");
      assertThat(road.transport.unsettled(GROUP)).isZero();
    }
  }

  @Test
  void what_others_have_put_there_is_handled_at_once_but_not_what_is_of_another_subscription() {
    try (Subscription subscription = subscribe(DEFERRING)) {
      later.put("a:1", ofHours(1));
      road.publish("a:1");
      later.clear();
      Message original = road.transport.stored(Road.CHANNEL).get(0).message();
      List<Header> garbled = new ArrayList<>(original.headers());
      garbled.add(header("until", "tomorrow"));
      List<Header> foreign = new ArrayList<>(original.headers());
      foreign.add(header("subscription", "somebody-else"));
      List<Header> absurd =
          road.transport.stored(DELAYED).get(0).message().headers().stream()
              .map(each -> each.name().endsWith("-age") ? header("age", "PT-9999999999999H") : each)
              .toList();
      for (List<Header> headers : List.of(original.headers(), garbled, absurd, foreign)) {
        var unused =
            road.messaging.send(new Message(DELAYED, original.key(), headers, original.body()));
      }
      road.clock.run();
      assertThat(handled).containsExactly("a:1", "a:1", "a:1");
      road.pass(ofHours(1));
      assertThat(handled).hasSize(4);
      assertThat(subscription.inFlight()).isZero();
      assertThat(road.transport.unsettled(GROUP)).isZero();
    }
  }

  @Test
  void d19_what_cannot_work_is_found_at_start() {
    assertThatThrownBy(() -> subscribe(Policy.defaults().defer(ofSeconds(31))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("SP-API-030 ")
        .hasMessageContaining("PT31S")
        .hasMessageContaining("PT30S");
    assertThatThrownBy(() -> subscribe(DEFERRING.retry(DEFERRING.retry().maxAge(ofMinutes(10)))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("SP-API-030 ");
    assertThatThrownBy(() -> subscribe(DEFERRING.delayAddress("{channel}")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("SP-API-015 ");
    assertThatThrownBy(() -> subscribe(DEFERRING.delayAddress(Road.PARKING_LOT)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("SP-API-015 ");
    assertThatThrownBy(() -> DEFERRING.defer(Duration.ZERO)).hasMessageStartingWith("SP-API-005 ");
  }

  // ---- a subscription, and what is asked of it

  private Subscription subscribe(Policy policy) {
    return subscribe(policy, Limits.defaults());
  }

  private Subscription subscribe(Policy policy, Limits limits) {
    return subscribe(road.messaging.subscribe(Road.SUBSCRIPTION).limits(limits), policy);
  }

  private Subscription subscribe(
      io.stagepost.SubscriptionBuilder<Void> subscription, Policy policy) {
    return subscription
        .policy(policy)
        .on(
            Road.TEXTS,
            (event, context) -> {
              Duration delay = later.get(event.data());
              if (delay != null) {
                return Outcome.retryAfter(delay);
              }
              if (event.data().endsWith("bad")) {
                return Outcome.deadLetter("bad");
              }
              handled.add(event.data());
              lastAttempt = context.attempt();
              return Outcome.done();
            })
        .start();
  }

  private int waiting() {
    return road.messaging.health().subscriptions().get(0).waiting();
  }

  private static boolean isOurs(Header header) {
    return header.name().startsWith(FailureHeaders.PREFIX);
  }

  private static String text(Header header) {
    return header.name() + "=" + java.util.Arrays.toString(header.value());
  }

  private static Header header(String name, String value) {
    return new Header(
        FailureHeaders.DEFERRED + name, value.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  private Observer endings() {
    return new Observer() {
      @Override
      public void ended(
          String subscription,
          Delivery delivery,
          int attempt,
          Ending ending,
          long nanos,
          @Nullable Throwable failure) {
        endings.add(ending);
      }
    };
  }
}
