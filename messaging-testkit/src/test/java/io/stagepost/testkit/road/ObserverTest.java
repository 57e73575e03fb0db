package io.stagepost.testkit.road;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Message;
import io.stagepost.spi.Observer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ObserverTest {
  private final List<String> told = new ArrayList<>();
  private boolean faulty;

  private final Observer observer =
      new Observer() {
        @Override
        public void published(Message message, long nanos, @Nullable Throwable failure) {
          tell("published " + (failure == null));
        }

        @Override
        public void received(String subscription, Delivery delivery) {
          tell("received");
        }

        @Override
        public void started(String subscription, Delivery delivery, int attempt) {
          tell("started " + attempt);
        }

        @Override
        public void ended(
            String subscription,
            Delivery delivery,
            int attempt,
            Ending ending,
            long nanos,
            @Nullable Throwable failure) {
          tell("ended " + attempt + " " + ending + (failure == null ? "" : " " + failure));
        }

        @Override
        public void settled(String subscription, Delivery delivery) {
          tell("settled");
        }

        @Override
        public void stateChanged(
            String subscription, Subscription.State from, Subscription.State to) {
          tell(from + " to " + to);
        }

        @Override
        public void relayed(String outbox, int sent, int parked, int violations) {
          tell("relayed %s %d %d %d".formatted(outbox, sent, parked, violations));
        }

        @Override
        public void outboxMeasured(String outbox, long waiting, Duration oldest, long parked) {
          tell("measured %s %d %s %d".formatted(outbox, waiting, oldest, parked));
        }

        @Override
        public @Nullable String traceparent() {
          if (faulty) {
            throw new IllegalStateException("an observer's own fault");
          }
          return null;
        }
      };

  @Test
  void it_is_told_of_each_try_and_each_end() {
    try (Road road = new Road(messaging -> messaging.observer(observer));
        Subscription subscription = subscribe(road)) {
      road.publish("done");
      assertThat(told)
          .containsExactlyInAnyOrder(
              "published true", "received", "started 1", "ended 1 SUCCEEDED", "settled");
      assertThat(taught(road, "fails"))
          .containsSubsequence(
              "started 1",
              "ended 1 RETRIED java.lang.IllegalStateException: fails",
              "started 2",
              "ended 2 DEAD_LETTERED java.lang.IllegalStateException: fails",
              "settled");
      assertThat(taught(road, "skip")).contains("ended 1 SKIPPED", "settled");
      assertThat(taught(road, "park")).contains("ended 1 PARKED", "settled");
      told.clear();
      subscription.pause();
      subscription.resume();
      assertThat(told).containsExactly("RUNNING to PAUSED", "PAUSED to RUNNING");
    }
    assertThat(told).endsWith("RUNNING to CLOSED");
  }

  @Test
  void what_it_throws_changes_nothing() {
    faulty = true;
    try (Road road = new Road(messaging -> messaging.observer(observer));
        Subscription subscription = subscribe(road)) {
      road.publish("done", "fails", "park");
      road.pass(ofSeconds(1));
      assertThat(road.transport.unsettled(Road.SUBSCRIPTION)).isZero();
      assertThat(road.at(Road.DEAD_LETTERS)).containsExactly("fails");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void what_works_beside_messaging_tells_all_of_them_through_it() {
    Observer broken =
        new Observer() {
          @Override
          public void relayed(String outbox, int sent, int parked, int violations) {
            throw new IllegalStateException("an observer's own fault");
          }
        };
    try (Road road = new Road(messaging -> messaging.observer(broken).observer(observer));
        Road alone = new Road()) {
      Observer all = road.messaging.observer().orElseThrow();
      all.relayed("billing", 2, 1, 0);
      all.outboxMeasured("billing", 7, ofSeconds(3), 1);
      assertThat(told).containsExactly("relayed billing 2 1 0", "measured billing 7 PT3S 1");
      assertThat(alone.messaging.observer()).isEmpty();
    }
  }

  private List<String> taught(Road road, String text) {
    told.clear();
    road.publish(text);
    road.pass(ofSeconds(1));
    return told;
  }

  private Subscription subscribe(Road road) {
    return road.messaging
        .subscribe(Road.SUBSCRIPTION)
        .policy(Policy.defaults().retry(Retry.exponential(ofSeconds(1), ofSeconds(1)).attempts(2)))
        .on(
            Road.TEXTS,
            (event, context) ->
                switch (event.data()) {
                  case "done" -> Outcome.done();
                  case "skip" -> Outcome.skip("not needed");
                  case "park" -> Outcome.park("who knows");
                  default -> throw new IllegalStateException(event.data());
                })
        .start();
  }

  private void tell(String what) {
    told.add(what);
    if (faulty) {
      throw new IllegalStateException("an observer's own fault");
    }
  }
}
