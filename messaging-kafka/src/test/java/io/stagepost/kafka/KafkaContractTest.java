package io.stagepost.kafka;

import io.stagepost.testkit.contract.TransportContract;
import io.stagepost.testkit.contract.TransportHarness;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The delivery contract over a real broker, under each group protocol. */
class KafkaContractTest {
  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class Cooperative extends TransportContract {
    @Override
    protected TransportHarness harness() {
      return new KafkaHarness(Protocol.COOPERATIVE);
    }
  }

  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class Eager extends TransportContract {
    @Override
    protected TransportHarness harness() {
      return new KafkaHarness(Protocol.EAGER);
    }
  }

  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class Consumer extends TransportContract {
    @Override
    protected TransportHarness harness() {
      return new KafkaHarness(Protocol.CONSUMER);
    }
  }
}
