package io.stagepost.testkit.contract;

import io.stagepost.testkit.InMemoryTransport;
import java.time.Duration;

/** The delivery contract over the in-memory transport. */
class MemoryContractTest extends TransportContract {
  @Override
  protected TransportHarness harness() {
    return new MemoryHarness(
        InMemoryTransport.builder(), transport -> transport, Duration.ofSeconds(20));
  }
}
