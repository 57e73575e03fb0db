package io.stagepost.testkit.contract;

import io.stagepost.testkit.InMemoryTransport;
import java.time.Duration;

/** Everything at once over the in-memory transport. */
class MemoryStressTest extends TransportStress {
  @Override
  protected TransportHarness harness() {
    return new MemoryHarness(
        InMemoryTransport.builder(), transport -> transport, Duration.ofSeconds(30));
  }
}
