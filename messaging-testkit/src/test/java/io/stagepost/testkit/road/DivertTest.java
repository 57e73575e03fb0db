package io.stagepost.testkit.road;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.ConfigurationException;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Policy.Successors;
import io.stagepost.Subscription;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.testkit.InMemoryTransport;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of the events behind a dead letter. */
class DivertTest {
  private static final Policy DIVERTING = Policy.defaults().successors(Successors.DIVERT);

  private final Road road = new Road();
  private final List<String> handled = new ArrayList<>();

  @Test
  void they_go_on_by_default() {
    try (Subscription subscription = subscribe(road.messaging, Policy.defaults())) {
      road.publish("a:bad", "a:2", "a:3");
      assertThat(handled).containsExactly("a:2", "a:3");
      assertThat(road.at(Road.PARKING_LOT)).isEmpty();
      assertThatThrownBy(() -> subscription.release(Road.CHANNEL, "a"))
          .isInstanceOf(MessagingException.class)
          .hasMessageStartingWith("SP-API-022 ");
    }
  }

  @Test
  void they_are_parked_in_order_until_their_key_is_released_while_other_keys_flow() {
    try (Subscription subscription = subscribe(road.messaging, DIVERTING)) {
      road.publish("a:bad", "a:2", "b:1", "a:3", "no key");
      assertThat(handled).containsExactlyInAnyOrder("b:1", "no key");
      assertThat(road.at(Road.DEAD_LETTERS)).containsExactly("a:bad");
      assertThat(road.at(Road.PARKING_LOT)).containsExactly("a:2", "a:3");
      assertThat(road.reasons(Road.PARKING_LOT)).containsOnly("key-diverted");

      var released = subscription.release(Road.CHANNEL, "a");
      road.clock.run();
      assertThat(released).isCompleted();
      road.publish("a:4");
      assertThat(handled).contains("a:4");
    }
  }

  @Test
  void what_is_replayed_is_handled_though_its_key_is_diverted() {
    try (Subscription subscription = subscribe(road.messaging, DIVERTING)) {
      road.publish("a:bad", "a:2");
      Message parked = road.transport.stored(Road.PARKING_LOT).get(0).message();
      var unused =
          road.messaging.send(
              parked
                  .to(Road.CHANNEL)
                  .with(List.of(new Header(FailureHeaders.REPLAYS, "1".getBytes(UTF_8)))));
      road.publish("a:3");
      assertThat(handled).containsExactly("a:2");
      assertThat(road.at(Road.PARKING_LOT)).containsExactly("a:2", "a:3");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void a_restart_remembers_both_the_diversion_and_the_release() {
    try (Subscription subscription = subscribe(road.messaging, DIVERTING)) {
      road.publish("a:bad", "b:bad", "b:2");
      var unused = subscription.release(Road.CHANNEL, "b");
      road.clock.run();
    }
    try (Subscription subscription = subscribe(road.messaging, DIVERTING)) {
      road.publish("a:2", "b:3");
      assertThat(handled).containsExactly("b:3");
      assertThat(road.at(Road.PARKING_LOT)).containsExactlyInAnyOrder("a:2", "b:2");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void another_member_learns_of_a_diversion_with_the_key_and_of_a_release_in_time() {
    Messaging other = road.transport.another().messaging().build();
    Subscription first = subscribe(road.messaging, DIVERTING);
    road.publish("a:bad");
    first.close();
    try (Subscription second = subscribe(other, DIVERTING)) {
      road.publish("a:2");
      assertThat(road.at(Road.PARKING_LOT)).containsExactly("a:2");

      try (Subscription third = subscribe(road.messaging, DIVERTING)) {
        road.clock.run();
        var unused = third.release(Road.CHANNEL, "a");
        road.clock.run();
      }
      road.pass(ofSeconds(11));
      road.publish("a:3");
      assertThat(handled).containsExactly("a:3");
      assertThat(second.inFlight()).isZero();
    }
    road.clock.run();
    other.close();
  }

  @Test
  void d19_a_transport_that_cannot_browse_refuses_it_at_start() {
    InMemoryTransport blind =
        InMemoryTransport.builder()
            .clock(road.clock)
            .lacking(Capability.BROWSING, "its queues cannot be read without consuming")
            .build();
    try (Messaging messaging = blind.messaging().build()) {
      assertThatThrownBy(() -> subscribe(messaging, DIVERTING))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("SP-API-024 ");
    }
  }

  private Subscription subscribe(Messaging messaging, Policy policy) {
    return messaging
        .subscribe(Road.SUBSCRIPTION)
        .policy(policy)
        .on(
            Road.TEXTS,
            (event, context) -> {
              if (event.data().endsWith("bad")) {
                return Outcome.deadLetter("bad");
              }
              handled.add(event.data());
              return Outcome.done();
            })
        .start();
  }
}
