package io.stagepost.kafka;

import io.stagepost.testkit.contract.TransportContract;
import io.stagepost.testkit.contract.TransportHarness;

/** The delivery contract over a real broker. */
class KafkaContractTest extends TransportContract {
  @Override
  protected TransportHarness harness() {
    return new KafkaHarness();
  }
}
