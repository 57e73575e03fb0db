package io.stagepost.samples.shop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.stagepost.Event;
import io.stagepost.samples.shop.contract.OrderLine;
import io.stagepost.samples.shop.contract.OrdersContract;
import io.stagepost.samples.shop.contract.PaymentContract;
import io.stagepost.samples.shop.contract.UnreadableLine;
import java.math.BigDecimal;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LineTest {
  @Test
  void an_order_line_travels_exactly() {
    OrderLine order = order("536365");
    Event<?> event = new Line.Ordered(order).event();
    assertThat(event.type()).isEqualTo(OrdersContract.LINE_PLACED);
    assertThat(event.key()).isEqualTo("536365");
    CloudEvent encoded = event.toCloudEvent();
    assertThat(new String(Objects.requireNonNull(encoded.getData()).toBytes(), UTF_8))
        .contains("\"price\":2.550")
        .contains("\"invoicedAt\":\"2010-12-01T08:26\"")
        .doesNotContain("amount", "cancels");
    assertThat(PaymentContract.LINE_PLACED.event(encoded).data()).isEqualTo(order);
  }

  @Test
  void a_cancellation_is_a_type_of_its_own() {
    assertThat(new Line.Ordered(order("C536379")).event().type())
        .isEqualTo(OrdersContract.LINE_CANCELLED);
  }

  @Test
  void an_unreadable_line_is_a_type_of_its_own_and_keyed_by_what_its_copies_share() {
    UnreadableLine line = new UnreadableLine(7, "f00", "broken-line", "why", "text", null);
    Event<?> event = new Line.Unreadable(line).event();
    assertThat(event.type()).isEqualTo(OrdersContract.LINE_UNREADABLE);
    assertThat(event.key()).isEqualTo("f00");
    assertThat(PaymentContract.LINE_UNREADABLE.event(event.toCloudEvent()).data()).isEqualTo(line);
  }

  private static OrderLine order(String invoice) {
    return new OrderLine(
        2,
        "f00",
        invoice,
        "85123A",
        "Tin",
        6,
        "2010-12-01T08:26",
        new BigDecimal("2.550"),
        "17850",
        "United Kingdom");
  }
}
