package io.stagepost.testkit.road;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.FailureClassifier;
import io.stagepost.FailureKind;
import io.stagepost.Handler;
import io.stagepost.Health.Pressure;
import io.stagepost.Limits;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import io.stagepost.Subscription.State;
import io.stagepost.spi.Observer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Rule D12: an outage does not turn a healthy backlog into dead letters. */
class RetryBudgetTest {
  private static final Policy POLICY =
      Policy.defaults()
          .retry(Retry.exponential(ofMillis(200), ofSeconds(30)).attempts(3).maxAge(ofMinutes(10)))
          .failures(
              FailureClassifier.defaults()
                  .with(IllegalArgumentException.class, FailureKind.PERMANENT));

  private final List<State> states = new ArrayList<>();
  private final Road road = new Road(messaging -> messaging.observer(stateChanges()));
  private final List<String> tried = new ArrayList<>();
  private final List<String> handled = new ArrayList<>();
  private boolean down = true;

  @Test
  void d12_an_outage_of_hours_dead_letters_nothing_and_everything_is_handled_after_it() {
    try (Subscription subscription = subscribe(this::handle)) {
      IntStream.range(0, 200).forEach(i -> road.publish("key-" + i + ":x"));
      road.pass(ofHours(5));
      assertThat(subscription.state()).isEqualTo(State.PROBING);
      assertThat(road.messaging.health().pressure()).isEqualTo(Pressure.PRESSED);
      assertThat(road.at(Road.DEAD_LETTERS)).isEmpty();
      // Few tries, not 200 keys with three each, and no more than one in half a minute in the end.
      assertThat(tried.size()).isBetween(100, 700);

      down = false;
      road.pass(ofMinutes(1));
      assertThat(subscription.state()).isEqualTo(State.RUNNING);
      assertThat(handled).hasSize(200).doesNotHaveDuplicates();
      assertThat(states).containsExactly(State.PROBING, State.RUNNING);
    }
  }

  @Test
  void d12_probes_rotate_over_the_lanes() {
    try (Subscription subscription = subscribe(this::handle)) {
      IntStream.range(0, 20).forEach(i -> road.publish("key-" + i + ":x"));
      road.pass(ofMinutes(2));
      assertThat(subscription.state()).isEqualTo(State.PROBING);
      tried.clear();
      road.pass(ofMinutes(15));
      Set<String> probed = new HashSet<>(tried);
      assertThat(probed).hasSizeGreaterThanOrEqualTo(19);
    }
  }

  @Test
  void d12_attempts_and_age_stand_still_while_it_probes() {
    try (Subscription subscription = subscribe(this::handle)) {
      IntStream.range(0, 20).forEach(i -> road.publish("key-" + i + ":x"));
      road.pass(ofHours(1));
      down = false;
      road.pass(ofMinutes(1));
      assertThat(handled).hasSize(20);

      // Three tries are still there for an event that failed twice and then waited for an hour.
      down = true;
      tried.clear();
      road.publish("late:x");
      road.pass(ofHours(1));
      assertThat(tried.stream().filter("late:x"::equals).count()).isEqualTo(3);
      assertThat(road.at(Road.DEAD_LETTERS)).containsExactly("late:x");
      assertThat(subscription.state()).isEqualTo(State.RUNNING);
    }
  }

  @Test
  void d12_events_that_need_no_handler_do_not_end_the_probing() {
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .policy(POLICY.unknownType(Policy.UnknownType.SKIP))
            .on(Road.TEXTS, this::handle)
            .start()) {
      IntStream.range(0, 50).forEach(i -> road.publish("key-" + i + ":x"));
      EventType<String> unknown = Road.type("com.example.unknown.v1");
      for (int i = 0; i < 600; i++) {
        road.publish(unknown.event("other-" + i + ":x"));
        road.pass(ofSeconds(1));
      }
      assertThat(road.at(Road.DEAD_LETTERS)).isEmpty();
      assertThat(states).containsExactly(State.PROBING);
      assertThat(subscription.state()).isEqualTo(State.PROBING);
    }
  }

  @Test
  void d12_permanent_failures_do_not_draw_on_the_budget() {
    Handler<String> broken =
        event -> {
          throw new IllegalArgumentException("no such order");
        };
    try (Subscription subscription = subscribe(broken)) {
      IntStream.range(0, 100).forEach(i -> road.publish("key-" + i + ":x"));
      assertThat(road.at(Road.DEAD_LETTERS)).hasSize(100);
      assertThat(subscription.state()).isEqualTo(State.RUNNING);
    }
  }

  @Test
  void d12_what_a_handler_asks_to_retry_draws_on_it_too() {
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .policy(POLICY)
            .on(Road.TEXTS, (event, context) -> Outcome.retryAfter(ofSeconds(1)))
            .start()) {
      IntStream.range(0, 20).forEach(i -> road.publish("key-" + i + ":x"));
      road.pass(ofMinutes(1));
      assertThat(subscription.state()).isEqualTo(State.PROBING);
    }
  }

  @Test
  void d12_a_few_failures_among_many_successes_are_borne() {
    try (Subscription subscription =
        subscribe(
            event -> {
              if (event.data().endsWith(":7")) {
                handle(event.data());
              }
            })) {
      IntStream.range(0, 1_000).forEach(i -> road.publish("key-" + i + ":" + i % 50));
      assertThat(tried).hasSizeGreaterThan(10);
      assertThat(subscription.state()).isEqualTo(State.RUNNING);
      road.pass(ofMinutes(1));
      assertThat(road.at(Road.DEAD_LETTERS)).hasSize(20);
    }
  }

  @Test
  void a_limit_of_rate_spreads_the_tries() {
    down = false;
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .limits(Limits.defaults().rate(10))
            .on(Road.TEXTS, event -> handle(event.data()))
            .start()) {
      IntStream.range(0, 100).forEach(i -> road.publish("key-" + i % 7 + ":" + i));
      assertThat(handled).hasSize(1);
      road.pass(ofSeconds(5));
      assertThat(handled).hasSize(51);
      road.pass(ofSeconds(5));
      assertThat(handled).hasSize(100);
      assertThat(subscription.inFlight()).isZero();
    }
  }

  private Subscription subscribe(Handler<String> handler) {
    return road.messaging
        .subscribe(Road.SUBSCRIPTION)
        .policy(POLICY)
        .on(Road.TEXTS, handler)
        .start();
  }

  private void handle(Event<String> event) {
    handle(event.data());
  }

  private void handle(String text) {
    tried.add(text);
    if (down) {
      throw new IllegalStateException("the database is away");
    }
    handled.add(text);
  }

  private Observer stateChanges() {
    return new Observer() {
      @Override
      public void stateChanged(String subscription, State from, State to) {
        if (to != State.CLOSED) {
          states.add(to);
        }
      }
    };
  }
}
