package io.stagepost.amqp;

import io.stagepost.testkit.contract.TransportContract;
import io.stagepost.testkit.contract.TransportHarness;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The delivery contract over real brokers of both lines. */
class AmqpContractTest {
  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class V43 extends TransportContract {
    @Override
    protected TransportHarness harness() {
      return new AmqpHarness(Version.V4_3);
    }
  }

  @Nested
  @Execution(ExecutionMode.CONCURRENT)
  class V40 extends TransportContract {
    @Override
    protected TransportHarness harness() {
      return new AmqpHarness(Version.V4_0);
    }
  }
}
