package io.stagepost.testkit.contract;

import io.stagepost.testkit.InMemoryTransport;
import java.time.Duration;

/** A rebalance storm over the in-memory transport. */
class MemoryStormTest extends TransportStorm {
  @Override
  protected TransportHarness harness() {
    return new MemoryHarness(
        InMemoryTransport.builder(), transport -> transport, Duration.ofSeconds(30));
  }
}
