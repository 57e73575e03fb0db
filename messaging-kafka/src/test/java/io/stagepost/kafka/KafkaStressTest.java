package io.stagepost.kafka;

import io.stagepost.testkit.contract.TransportHarness;
import io.stagepost.testkit.contract.TransportStress;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Everything at once over a real broker, under each group protocol. */
class KafkaStressTest {
  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class Cooperative extends TransportStress {
    @Override
    protected TransportHarness harness() {
      return new KafkaHarness(Protocol.COOPERATIVE);
    }
  }

  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class Eager extends TransportStress {
    @Override
    protected TransportHarness harness() {
      return new KafkaHarness(Protocol.EAGER);
    }
  }

  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class Consumer extends TransportStress {
    @Override
    protected TransportHarness harness() {
      return new KafkaHarness(Protocol.CONSUMER);
    }
  }
}
