package io.stagepost.kafka;

import io.stagepost.testkit.contract.TransportHarness;
import io.stagepost.testkit.contract.TransportStorm;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Ten members come and go at random, under each group protocol. */
class KafkaStormTest {
  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class Cooperative extends TransportStorm {
    @Override
    protected TransportHarness harness() {
      return new KafkaHarness(Protocol.COOPERATIVE, 12);
    }
  }

  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class Eager extends TransportStorm {
    @Override
    protected TransportHarness harness() {
      return new KafkaHarness(Protocol.EAGER, 12);
    }
  }

  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class Consumer extends TransportStorm {
    @Override
    protected TransportHarness harness() {
      return new KafkaHarness(Protocol.CONSUMER, 12);
    }
  }
}
