package io.stagepost.testkit.road;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.ConfigurationException;
import io.stagepost.EventType;
import io.stagepost.EventType.Priority;
import io.stagepost.Subscription;
import io.stagepost.SubscriptionBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A channel has one priority. What that does is shown by the engine's tests and the contract's. */
class PriorityTest {
  private final Road road = new Road();

  @AfterEach
  void close() {
    road.close();
  }

  @Test
  void d19_two_priorities_at_one_channel_are_refused_at_start() {
    EventType<String> urgent = Road.type("com.example.recall.v1").priority(Priority.URGENT);
    SubscriptionBuilder<Void> builder =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .on(Road.TEXTS, event -> {})
            .on(urgent, event -> {});
    assertThatThrownBy(builder::start)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("SP-API-031 com.example.recall.v1 is URGENT")
        .hasMessageContaining("channel " + Road.CHANNEL + " is NORMAL");
  }

  @Test
  void a_channels_priority_is_described_where_it_is_not_normal() {
    EventType<String> bulk =
        Road.type("com.example.price.v1").channel("prices").priority(Priority.BULK);
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .on(Road.TEXTS, event -> {})
            .on(bulk, event -> {})
            .start()) {
      assertThat(subscription.inFlight()).isZero();
      assertThat(road.messaging.describe())
          .contains("  channel texts\n")
          .contains("  channel prices, BULK\n");
    }
  }
}
