package io.stagepost.testkit.schema;

import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.registry.RestRegistry;
import io.stagepost.testkit.fixture.SchemaRegistryFixture;
import java.time.Duration;
import org.junit.jupiter.api.parallel.ResourceLock;

@ResourceLock("threads of REST registries")
class RestRegistryContractTest extends SchemaRegistryContract {
  @Override
  protected SchemaRegistry connect() {
    return RestRegistry.builder()
        .urls(SchemaRegistryFixture.shared().url())
        // a busy machine is not what is tested
        .timeout(Duration.ofSeconds(60))
        .requestTimeout(Duration.ofSeconds(30))
        .build();
  }

  /** Apicurio 2.6. */
  @Override
  protected boolean knowsGuids() {
    return false;
  }
}
