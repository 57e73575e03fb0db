package io.stagepost.kafka;

import io.stagepost.testkit.contract.TransportHarness;
import io.stagepost.testkit.contract.TransportStorm;
import org.junit.jupiter.api.Nested;

/** Ten members come and go at random, under each group protocol. */
class KafkaStormTest {
  @Nested
  class Cooperative extends TransportStorm {
    @Override
    protected TransportHarness harness() {
      return new KafkaHarness(Protocol.COOPERATIVE, 12);
    }
  }

  @Nested
  class Eager extends TransportStorm {
    @Override
    protected TransportHarness harness() {
      return new KafkaHarness(Protocol.EAGER, 12);
    }
  }

  @Nested
  class Consumer extends TransportStorm {
    @Override
    protected TransportHarness harness() {
      return new KafkaHarness(Protocol.CONSUMER, 12);
    }
  }
}
