package io.stagepost.amqp;

import io.stagepost.testkit.contract.TransportHarness;
import io.stagepost.testkit.contract.TransportStorm;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import org.junit.jupiter.api.Nested;

/** Ten members come and go at random, over real brokers of both lines. */
class AmqpStormTest {
  @Nested
  class V43 extends TransportStorm {
    @Override
    protected TransportHarness harness() {
      return new AmqpHarness(Version.V4_3);
    }
  }

  @Nested
  class V40 extends TransportStorm {
    @Override
    protected TransportHarness harness() {
      return new AmqpHarness(Version.V4_0);
    }
  }
}
