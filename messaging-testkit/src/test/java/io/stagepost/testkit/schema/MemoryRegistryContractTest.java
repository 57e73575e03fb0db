package io.stagepost.testkit.schema;

import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.registry.InMemoryRegistry;

class MemoryRegistryContractTest extends SchemaRegistryContract {
  private final SchemaRegistry registry = new InMemoryRegistry();

  @Override
  protected SchemaRegistry connect() {
    return registry;
  }
}
