package io.stagepost.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.amqp.AmqpTransport;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Capabilities;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.InMemoryTransport;
import io.stagepost.testkit.contract.RuleTable;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The page on the transports is what the contract suite tests and the transports declare. */
class TransportsTest {
  @Test
  void the_table_of_rules_and_transports_is_what_is_tested_and_declared() {
    assertThat(Documents.read("docs/transports.md"))
        .contains("\n\n" + RuleTable.of(declared()) + "\n")
        .endsWith("\n\n" + RuleTable.tests());
  }

  private static Map<String, Capabilities> declared() {
    Map<String, Capabilities> declared = new LinkedHashMap<>();
    try (Transport memory = new InMemoryTransport();
        Transport kafka = KafkaTransport.to("localhost:9092"); // it does not connect
        Transport amqp = AmqpTransport.to("amqp://localhost")) { // nor does it
      declared.put("in-memory", memory.capabilities());
      declared.put("Kafka", kafka.capabilities());
      declared.put("RabbitMQ", amqp.capabilities());
    }
    return declared;
  }
}
