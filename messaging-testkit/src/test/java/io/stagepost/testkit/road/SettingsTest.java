package io.stagepost.testkit.road;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.Backlog;
import io.stagepost.ConfigurationException;
import io.stagepost.Health;
import io.stagepost.Limits;
import io.stagepost.Limits.Threads;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Policy.UnknownType;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import io.stagepost.testkit.InMemoryTransport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What policies and limits change. */
class SettingsTest {
  @Test
  void handlers_run_on_the_threads_that_were_asked_for() throws Exception {
    boolean hasVirtual = Runtime.version().feature() >= 21;
    assertThat(isVirtual(Threads.PLATFORM)).isFalse();
    assertThat(isVirtual(Threads.AUTOMATIC)).isEqualTo(Runtime.version().feature() >= 24);
    if (hasVirtual) {
      assertThat(isVirtual(Threads.VIRTUAL)).isTrue();
    } else {
      assertThatThrownBy(() -> isVirtual(Threads.VIRTUAL))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("SP-API-023 ");
    }
  }

  private static boolean isVirtual(Threads threads) throws Exception {
    CompletableFuture<Thread> handler = new CompletableFuture<>();
    try (Messaging messaging = Messaging.over(new InMemoryTransport());
        Subscription subscription =
            messaging
                .subscribe(Road.SUBSCRIPTION)
                .limits(Limits.defaults().threads(threads))
                .on(
                    Road.TEXTS,
                    event -> {
                      handler.complete(Thread.currentThread());
                    })
                .start()) {
      messaging.publish(Road.TEXTS.event("a:1")).join();
      Thread thread = handler.get();
      assertThat(subscription.state()).isEqualTo(Subscription.State.RUNNING);
      return !thread.getClass().equals(Thread.class); // Thread.isVirtual is not in Java 17
    }
  }

  @Test
  void an_unknown_type_fails_is_skipped_or_is_dead_lettered_as_the_policy_says() {
    try (Road road = new Road()) {
      Policy twice =
          Policy.defaults().retry(Retry.exponential(ofMillis(100), ofSeconds(1)).attempts(2));
      subscribe(road, "fails", twice.unknownType(UnknownType.FAIL));
      subscribe(road, "skips", twice.unknownType(UnknownType.SKIP));
      subscribe(road, "gives-up", twice);
      road.publish(Road.type("com.example.other.v1").event("a:1"));
      assertThat(dead(road, "fails")).isEmpty();
      road.pass(ofSeconds(1));
      assertThat(dead(road, "fails")).containsExactly("attempts-exhausted");
      assertThat(dead(road, "skips")).isEmpty();
      assertThat(dead(road, "gives-up")).containsExactly("unknown-type");
      assertThat(road.transport.unsettled("skips")).isZero();
    }
  }

  @Test
  void the_lag_is_what_is_not_settled() {
    try (Road road = new Road()) {
      List<CompletableFuture<Outcome>> open = new ArrayList<>();
      Subscription subscription =
          road.messaging
              .subscribe(Road.SUBSCRIPTION)
              .onAsync(
                  Road.TEXTS,
                  (event, context) -> {
                    open.add(new CompletableFuture<>());
                    return open.get(open.size() - 1);
                  })
              .start();
      road.publish("a:1", "b:1", "a:2");
      assertThat(subscription.lag()).isEqualTo(Map.of(Road.CHANNEL, 3L));
      open.forEach(outcome -> outcome.complete(Outcome.done()));
      road.clock.run();
      open.get(2).complete(Outcome.done());
      road.clock.run();
      assertThat(subscription.lag()).isEqualTo(Map.of(Road.CHANNEL, 0L));
    }
  }

  @Test
  void d20_health_tells_the_lag_as_the_broker_said_last() {
    try (Road road = new Road()) {
      CompletableFuture<Outcome> open = new CompletableFuture<>();
      Subscription subscription =
          road.messaging
              .subscribe(Road.SUBSCRIPTION)
              .onAsync(Road.TEXTS, (event, context) -> open)
              .start();
      Instant published = road.clock.instant();
      road.publish("a:1", "b:1");
      await().until(() -> subscription.health().lag() != null);
      assertThat(subscription.health().lag())
          .isEqualTo(new Health.Lag(2, published, road.clock.instant()));
      assertThat(subscription.backlog().stream().mapToLong(Backlog::messages).sum()).isEqualTo(2);
      open.complete(Outcome.done());
      road.pass(ofSeconds(11));
      await()
          .untilAsserted(
              () ->
                  assertThat(subscription.health().lag())
                      .isEqualTo(new Health.Lag(0, null, road.clock.instant())));
    }
  }

  private static void subscribe(Road road, String name, Policy policy) {
    road.messaging.subscribe(name).policy(policy).on(Road.TEXTS, event -> {}).start();
  }

  private static List<String> dead(Road road, String subscription) {
    return road.reasons(Road.CHANNEL + "." + subscription + ".dead-letter");
  }
}
