package io.stagepost.testkit.schema;

import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.registry.FileRegistry;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class FileRegistryContractTest extends SchemaRegistryContract {
  @TempDir Path folder;

  @Override
  protected SchemaRegistry connect() {
    return FileRegistry.openForWriting(folder);
  }
}
