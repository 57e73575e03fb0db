package io.stagepost.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.spi.Message;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.InMemoryTransport;
import io.stagepost.testkit.contract.TransportContract;
import io.stagepost.testkit.contract.TransportHarness;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The program of the guide to writing a transport: it compiles against the published suite. */
class TransportGuideTest {
  private static final String SELF = "docs/src/test/java/io/stagepost/docs/TransportGuideTest.java";

  @Test
  void the_guide_shows_what_compiles_here() {
    String guide = Documents.read("docs/guide/writing-a-transport.md");
    assertThat(guide).contains("```java\n" + Documents.snippet(SELF, "harness") + "\n```");
  }

  @Test
  void what_it_cannot_cause_it_declares() {
    try (TransportHarness harness = new AcmeContract().harness()) {
      assertThat(harness.cannot()).containsKey(TransportHarness.Fault.OUTAGE);
      assertThat(harness.patience()).isEqualTo(Duration.ofSeconds(30));
    }
  }

  /** Acme's broker is the one in this JVM. */
  static final class AcmeTransport {
    static final InMemoryTransport BROKER = InMemoryTransport.builder().verifyOnly().build();

    private AcmeTransport() {}

    static Transport to(String broker, TransportHarness.Provisioning provisioning) {
      return BROKER.another();
    }
  }

  // spotless:off
  // snippet: harness
  static class AcmeContract extends TransportContract {
    @Override
    protected TransportHarness harness() {
      return new AcmeHarness();
    }
  }

  static class AcmeHarness implements TransportHarness {
    @Override
    public Transport connect(Provisioning provisioning) {
      return AcmeTransport.to("localhost:1234", provisioning);
    }

    @Override
    public String missing(String hint) {
      return hint + "-" + UUID.randomUUID();
    }

    @Override
    public void create(String address) {
      AcmeTransport.BROKER.create(address);
    }

    @Override
    public void crash(Transport connection) {
      ((InMemoryTransport) connection).crash(); // as kill -9 would: no good-bye, no commit
    }

    @Override
    public void loseAssignments(String subscription) {
      AcmeTransport.BROKER.faults().loseAssignments(subscription);
    }

    @Override
    public Message tooLarge(String address) {
      return new Message(address, null, List.of(), new byte[2_000_000]);
    }

    @Override
    public StoppableBroker stoppable() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Map<Fault, String> cannot() {
      return Map.of(Fault.OUTAGE, "the broker is in this JVM and cannot be stopped");
    }
  }
  // end
  // spotless:on
}
