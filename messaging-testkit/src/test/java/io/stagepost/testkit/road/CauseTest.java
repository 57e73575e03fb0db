package io.stagepost.testkit.road;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.spi.Observer;
import io.stagepost.spi.StoredMessage;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Rules D16 and D17: what a handler publishes names its cause and inherits what is left to it. */
class CauseTest {
  private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  private static final String OTHER = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
  private static final EventType<String> ANSWERS =
      Road.type("com.example.answer.v1").channel("answers");

  @Test
  void d16_d17_correlation_causation_trace_and_expiry_are_inherited() {
    try (Road road = new Road()) {
      Instant until = road.clock.instant().plusSeconds(60);
      Event<String> question =
          Road.TEXTS
              .event("a:1")
              .withExpiry(until)
              .withExtension("traceparent", TRACE)
              .withExtension("tracestate", "vendor=1");
      CloudEvent answer = answer(road, question, event -> event);
      assertThat(answer.getExtension("causationid")).isEqualTo(question.id());
      assertThat(answer.getExtension("correlationid")).isEqualTo(question.id());
      assertThat(answer.getExtension("traceparent")).isEqualTo(TRACE);
      assertThat(answer.getExtension("tracestate")).isEqualTo("vendor=1");
      assertThat(ANSWERS.event(answer).expiry()).isEqualTo(until);
    }
  }

  @Test
  void d16_what_it_states_itself_stays() {
    try (Road road = new Road()) {
      Event<String> question =
          Road.TEXTS
              .event("a:1")
              .withExtension("correlationid", "the whole order")
              .withExtension("traceparent", TRACE);
      CloudEvent answer =
          answer(
              road,
              question,
              event ->
                  event.withExtension("causationid", "mine").withExtension("traceparent", OTHER));
      assertThat(answer.getExtension("causationid")).isEqualTo("mine");
      assertThat(answer.getExtension("correlationid")).isEqualTo("the whole order");
      assertThat(answer.getExtension("traceparent")).isEqualTo(OTHER);
      assertThat(ANSWERS.event(answer).expiry()).isNull();
    }
  }

  @Test
  void d17_a_shorter_expiry_of_its_own_stays_and_a_longer_one_is_cut() {
    try (Road road = new Road()) {
      Instant now = road.clock.instant();
      Event<String> question = Road.TEXTS.event("a:1").withExpiry(now.plusSeconds(60));
      CloudEvent shorter = answer(road, question, event -> event.withExpiry(now.plusSeconds(5)));
      assertThat(ANSWERS.event(shorter).expiry()).isEqualTo(now.plusSeconds(5));
    }
    try (Road road = new Road()) {
      Instant now = road.clock.instant();
      Event<String> question = Road.TEXTS.event("a:1").withExpiry(now.plusSeconds(60));
      CloudEvent longer = answer(road, question, event -> event.withExpiry(now.plusSeconds(600)));
      assertThat(ANSWERS.event(longer).expiry()).isEqualTo(now.plusSeconds(60));
    }
  }

  @Test
  void d16_what_is_published_outside_a_handler_has_no_cause_but_the_observers_trace() {
    Observer tracing =
        new Observer() {
          @Override
          public @Nullable String traceparent() {
            return TRACE;
          }
        };
    try (Road road = new Road(messaging -> messaging.observer(tracing))) {
      road.publish("a:1");
      CloudEvent event = only(road, Road.CHANNEL);
      assertThat(event.getExtension("causationid")).isNull();
      assertThat(event.getExtension("traceparent")).isEqualTo(TRACE);
    }
  }

  private static CloudEvent answer(
      Road road, Event<String> question, UnaryOperator<Event<String>> states) {
    road.messaging
        .subscribe(Road.SUBSCRIPTION)
        .on(
            Road.TEXTS,
            event -> {
              var unused = road.messaging.publish(states.apply(ANSWERS.event("a:answer")));
            })
        .start();
    road.publish(question);
    return only(road, "answers");
  }

  private static CloudEvent only(Road road, String address) {
    List<StoredMessage> stored = road.transport.stored(address);
    assertThat(stored).hasSize(1);
    return road.transport.decode(stored.get(0).message());
  }
}
