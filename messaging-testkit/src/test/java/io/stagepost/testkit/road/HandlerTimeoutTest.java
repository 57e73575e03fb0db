package io.stagepost.testkit.road;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Context;
import io.stagepost.Event;
import io.stagepost.Health;
import io.stagepost.Health.Pressure;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.testkit.InMemoryTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Rules D17 and D18: a handler has so much time, and its key waits until it has really ended. */
class HandlerTimeoutTest {
  private static final Policy FIVE_SECONDS = Policy.defaults().timeout(ofSeconds(5));

  private final List<Context> contexts = new ArrayList<>();
  private final List<CompletableFuture<Outcome>> open = new ArrayList<>();

  @Test
  void d18_a_blocked_handler_is_interrupted_and_its_key_waits_until_it_has_ended()
      throws Exception {
    BlockingQueue<String> began = new LinkedBlockingQueue<>();
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    InMemoryTransport transport = new InMemoryTransport();
    try (Messaging messaging = Messaging.over(transport)) {
      messaging
          .subscribe(Road.SUBSCRIPTION)
          .policy(
              Policy.defaults()
                  .timeout(ofMillis(100))
                  .retry(Retry.exponential(ofMillis(1), ofMillis(1))))
          .on(
              Road.TEXTS,
              (event, context) -> {
                began.add(event.data() + "#" + context.attempt());
                if (event.data().equals("a:1") && context.attempt() == 1) {
                  try {
                    new CountDownLatch(1).await();
                  } catch (InterruptedException expected) {
                    assertThat(context.isCancelled()).isTrue();
                    assertThat(context.remaining()).isZero();
                    interrupted.countDown();
                    mayEnd.await();
                    throw expected;
                  }
                }
                return Outcome.done();
              })
          .start();
      messaging.publish(Road.TEXTS.event("a:1")).join();
      messaging.publish(Road.TEXTS.event("a:2")).join();
      messaging.publish(Road.TEXTS.event("b:1")).join();

      assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(began).contains("a:1#1", "b:1#1").doesNotContain("a:2#1", "a:1#2");
      assertThat(messaging.health().subscriptions().get(0).overdue()).isEqualTo(1);
      mayEnd.countDown();
      transport.awaitSettled(Road.SUBSCRIPTION, ofSeconds(10));
      assertThat(began).containsSubsequence("a:1#1", "a:1#2", "a:2#1");
    }
  }

  /** What a pooled thread does next must not be hit by the interruption of what it did before. */
  @Test
  void d18_an_interruption_does_not_outlive_its_handler() {
    BlockingQueue<Boolean> flags = new LinkedBlockingQueue<>();
    InMemoryTransport transport = new InMemoryTransport();
    try (Messaging messaging = Messaging.over(transport)) {
      messaging
          .subscribe(Road.SUBSCRIPTION)
          .policy(Policy.defaults().timeout(ofMillis(50)))
          .limits(Limits.defaults().concurrency(1))
          .on(
              Road.TEXTS,
              (event, context) -> {
                flags.add(Thread.currentThread().isInterrupted());
                if (event.data().equals("a:1")) {
                  Awaitility.await().until(context::isCancelled);
                }
                return Outcome.done();
              })
          .start();
      messaging.publish(Road.TEXTS.event("a:1")).join();
      messaging.publish(Road.TEXTS.event("a:2")).join();
      messaging.publish(Road.TEXTS.event("b:1")).join();
      transport.awaitSettled(Road.SUBSCRIPTION, ofSeconds(10));
      assertThat(flags).containsOnly(false);
    }
  }

  @Test
  void d18_an_asynchronous_handler_learns_of_its_cancellation_and_still_holds_its_key() {
    try (Road road = new Road()) {
      Subscription subscription = asynchronous(road);
      List<String> told = new ArrayList<>();
      road.publish("a:1", "a:2");
      var unused = contexts.get(0).cancellation().thenRun(() -> told.add("cancelled"));
      road.pass(ofSeconds(5).minusMillis(1));
      assertThat(contexts.get(0).isCancelled()).isFalse();
      assertThat(subscription.health().overdue()).isZero();
      road.pass(ofMillis(1));
      assertThat(told).containsExactly("cancelled");
      Health.Consuming health = subscription.health();
      assertThat(health.overdue()).isEqualTo(1);
      assertThat(health.pressure()).isEqualTo(Pressure.PRESSED);
      assertThat(health.oldest()).isEqualTo(ofSeconds(5));

      road.pass(Duration.ofMinutes(10));
      assertThat(contexts).as("its successor waits").hasSize(1);
      open.get(0).completeExceptionally(new IllegalStateException("gave up"));
      road.pass(ofSeconds(1));
      assertThat(contexts).as("tried again").hasSize(2);
      assertThat(contexts.get(1).attempt()).isEqualTo(2);
      open.get(1).complete(Outcome.done());
      road.clock.run();
      open.get(2).complete(Outcome.done());
      road.clock.run();
      assertThat(road.transport.unsettled(Road.SUBSCRIPTION)).isZero();
      assertThat(subscription.health().overdue()).isZero();
    }
  }

  @Test
  void d18_a_late_success_is_a_success() {
    try (Road road = new Road()) {
      asynchronous(road);
      road.publish("a:1");
      road.pass(ofSeconds(20));
      open.get(0).complete(Outcome.done());
      road.clock.run();
      assertThat(road.transport.unsettled(Road.SUBSCRIPTION)).isZero();
      assertThat(road.at(Road.DEAD_LETTERS)).isEmpty();
      assertThat(contexts).hasSize(1);
    }
  }

  @Test
  void d18_a_failure_after_the_cancellation_is_the_timeouts() {
    try (Road road = new Road()) {
      road.messaging
          .subscribe(Road.SUBSCRIPTION)
          .policy(FIVE_SECONDS.retry(Retry.exponential(ofMillis(1), ofMillis(1)).attempts(1)))
          .onAsync(Road.TEXTS, this::keep)
          .start();
      road.publish("a:1");
      road.pass(ofSeconds(5));
      open.get(0).completeExceptionally(new ClassCastException("in the middle of it"));
      road.clock.run();
      assertThat(road.reasons(Road.DEAD_LETTERS)).containsExactly("attempts-exhausted");
      assertThat(
              Road.header(
                  road.transport.stored(Road.DEAD_LETTERS).get(0).message(),
                  FailureHeaders.EXCEPTION_MESSAGE))
          .startsWith("SP-API-021 ")
          .contains("its time of PT5S was over");
    }
  }

  @Test
  void d17_the_time_left_is_the_lesser_of_the_policys_and_the_events() {
    try (Road road = new Road()) {
      asynchronous(road);
      road.publish(Road.TEXTS.event("a:1").withExpiry(road.clock.instant().plusSeconds(2)));
      road.publish(Road.TEXTS.event("b:1").withExpiry(road.clock.instant().plusSeconds(60)));
      assertThat(contexts.get(0).remaining()).isEqualTo(ofSeconds(2));
      assertThat(contexts.get(1).remaining()).isEqualTo(ofSeconds(5));
      road.pass(ofSeconds(2));
      assertThat(contexts.get(0).isCancelled()).isTrue();
      assertThat(contexts.get(0).remaining()).isEqualTo(ZERO);
      assertThat(contexts.get(1).isCancelled()).isFalse();
      assertThat(contexts.get(1).remaining()).isEqualTo(ofSeconds(3));
      open.forEach(outcome -> outcome.complete(Outcome.done()));
    }
  }

  @Test
  void d11_the_runs_of_a_lost_assignment_are_cancelled() {
    try (Road road = new Road()) {
      asynchronous(road);
      road.publish("a:1");
      road.transport.disconnect();
      road.clock.run();
      assertThat(contexts.get(0).isCancelled()).isTrue();
      road.transport.reconnect();
      road.clock.run();
      open.get(0).complete(Outcome.done());
      road.pass(Duration.ofMinutes(1));
      assertThat(contexts).as("handled again by whoever has it now").hasSize(2);
      open.get(1).complete(Outcome.done());
      road.clock.run();
      assertThat(road.transport.unsettled(Road.SUBSCRIPTION)).isZero();
    }
  }

  private Subscription asynchronous(Road road) {
    return road.messaging
        .subscribe(Road.SUBSCRIPTION)
        .policy(FIVE_SECONDS)
        .onAsync(Road.TEXTS, this::keep)
        .start();
  }

  private CompletableFuture<Outcome> keep(Event<String> event, Context context) {
    contexts.add(context);
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    open.add(outcome);
    return outcome;
  }
}
