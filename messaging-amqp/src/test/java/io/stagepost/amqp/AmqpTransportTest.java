package io.stagepost.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.ConfigurationException;
import io.stagepost.Messaging;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What the builder takes and refuses, and what is shown of it. */
class AmqpTransportTest {
  @Test
  void d19_all_that_is_wrong_is_told_at_once() {
    assertThatThrownBy(
            () ->
                AmqpTransport.builder()
                    .uris("amqp://broker.example:5672", "http://localhost", "::")
                    .partitions(0)
                    .build())
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            wrong ->
                assertThat(wrong.problems())
                    .hasSize(4)
                    .anyMatch(text -> text.startsWith("SP-AMQP-034") && text.contains("broker.ex"))
                    .anyMatch(text -> text.contains("partitions is 0")));
    assertThatThrownBy(() -> AmqpTransport.builder().build())
        .hasMessageContaining("SP-AMQP-009 It has no broker");
  }

  @Test
  void a_broker_on_another_machine_is_a_choice() {
    AmqpTransport.builder().uris("amqp://broker.example").allowPlaintext().build().close();
  }

  @Test
  void what_is_shown_has_no_secrets() {
    try (AmqpTransport transport =
            AmqpTransport.builder()
                .uris("amqp://me:s%2Fecret@localhost/orders%2Feu", "amqp://127.0.0.1:5673")
                .group("orders", "billing", "archive")
                .unkeyed("logs")
                .keep("orders", Duration.ofDays(7))
                .build();
        Messaging messaging = Messaging.over(transport)) {
      assertThat(messaging.describe())
          .contains("localhost:5672,127.0.0.1:5673/orders/eu", "me", "archive, billing", "PT168H")
          .doesNotContain("ecret");
      assertThat(transport.toString()).doesNotContain("ecret");
    }
  }
}
