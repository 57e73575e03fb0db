package io.stagepost.amqp;

import io.stagepost.testkit.contract.TransportHarness;
import io.stagepost.testkit.contract.TransportStress;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import org.junit.jupiter.api.Nested;

/** Everything at once, over real brokers of both lines. */
class AmqpStressTest {
  @Nested
  class V43 extends TransportStress {
    @Override
    protected TransportHarness harness() {
      return new AmqpHarness(Version.V4_3);
    }
  }

  @Nested
  class V40 extends TransportStress {
    @Override
    protected TransportHarness harness() {
      return new AmqpHarness(Version.V4_0);
    }
  }
}
