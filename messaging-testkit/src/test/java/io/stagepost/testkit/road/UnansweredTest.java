package io.stagepost.testkit.road;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.EventType;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.UnansweredException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A codec that has to ask somebody who gives no answer. */
class UnansweredTest {
  private static final Policy POLICY =
      Policy.defaults()
          .retry(Retry.exponential(ofMillis(100), ofSeconds(1)).attempts(2).maxAge(ofSeconds(30)));

  private final Road road = new Road();
  private final List<String> handled = new ArrayList<>();
  private int failures;
  private boolean silent = true;

  @Test
  void d05_an_event_waits_in_its_lane_for_as_long_as_it_takes_and_others_go_on() {
    EventType<String> type = Road.type("com.example.asked.v1").codec(new Asking());
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .policy(POLICY)
            .on(type, event -> handle(event.data()))
            .start()) {
      for (int i = 0; i < 20; i++) {
        road.publish(type.event("asks-" + i + ":1"));
      }
      road.publish(type.event("asks-0:2"));
      road.publish(type.event("known:1"));
      road.pass(ofMinutes(60));
      assertThat(handled).containsExactly("known:1");
      assertThat(subscription.state()).isEqualTo(Subscription.State.RUNNING);
      assertThat(subscription.inFlight()).isEqualTo(21);

      silent = false;
      road.pass(ofSeconds(2));
      assertThat(handled).hasSize(22).containsSubsequence("asks-0:1", "asks-0:2");
      assertThat(road.at(Road.DEAD_LETTERS)).isEmpty();
    }
  }

  @Test
  void the_attempts_and_the_age_of_its_handler_begin_when_there_is_an_answer() {
    EventType<String> type = Road.type("com.example.asked.v1").codec(new Asking());
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .policy(POLICY)
            .on(type, event -> handle(event.data()))
            .start()) {
      road.publish(type.event("asks-0:1"));
      road.pass(ofMinutes(60));
      silent = false;
      failures = 1;
      road.pass(ofSeconds(3));
      assertThat(handled).containsExactly("asks-0:1");
      assertThat(subscription.inFlight()).isZero();
      assertThat(road.at(Road.DEAD_LETTERS)).isEmpty();
    }
  }

  private void handle(String text) {
    if (failures-- > 0) {
      throw new IllegalStateException("once");
    }
    handled.add(text);
  }

  private final class Asking implements Codec {
    @Override
    public <T> Encoded encode(EventType<T> type, T data) {
      return Encoded.of(data.toString().getBytes(UTF_8), "text/plain");
    }

    @Override
    public <T> T decode(EventType<T> type, Encoded encoded) {
      String text = new String(encoded.bytes(), UTF_8);
      if (silent && text.startsWith("asks")) {
        throw new UnansweredException(
            "SP-TEST-001", "No answer.", new IllegalStateException("silent"));
      }
      return type.payload().cast(text);
    }
  }
}
