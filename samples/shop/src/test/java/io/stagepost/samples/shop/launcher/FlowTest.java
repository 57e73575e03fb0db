package io.stagepost.samples.shop.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.samples.shop.launcher.FaultPlan.Consumer;
import io.stagepost.samples.shop.launcher.FaultPlan.Strike;
import org.junit.jupiter.api.Test;

class FlowTest {
  private final Flow before = new Flow(100, 90, 50, 30);
  private final Flow after = new Flow(130, 96, 70, 50);

  @Test
  void only_what_was_published_before_and_not_handled_after_was_in_flight() {
    assertThat(inFlight(FaultKind.PAYMENT_KILLED, Consumer.PAYMENT, after)).isEqualTo(4);
    assertThat(inFlight(FaultKind.CONSUMER_STOPPED, Consumer.PAYMENT, after)).isEqualTo(4);
    assertThat(inFlight(FaultKind.CONSUMER_STOPPED, Consumer.SHIPPING, after)).isZero();
    assertThat(inFlight(FaultKind.BROKER_KILLED, Consumer.SHIPPING, after)).isEqualTo(4);
    assertThat(inFlight(FaultKind.CONNECTIONS_CUT, Consumer.PAYMENT, before)).isEqualTo(30);
  }

  @Test
  void what_one_service_is_ahead_is_not_taken_from_the_other() {
    Flow shippingLags = new Flow(130, 105, 70, 49);
    assertThat(inFlight(FaultKind.BROKER_KILLED, Consumer.PAYMENT, shippingLags)).isEqualTo(1);
  }

  private long inFlight(FaultKind kind, Consumer consumer, Flow then) {
    return before.inFlight(new Strike(kind, 1, consumer), then);
  }
}
