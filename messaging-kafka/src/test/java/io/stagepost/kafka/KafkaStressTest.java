package io.stagepost.kafka;

import io.stagepost.testkit.contract.TransportHarness;
import io.stagepost.testkit.contract.TransportStress;

/** Everything at once over a real broker. */
class KafkaStressTest extends TransportStress {
  @Override
  protected TransportHarness harness() {
    return new KafkaHarness();
  }
}
