package io.stagepost.schema.registry;

import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;

/**
 * A registry in memory, for tests. It takes every schema that can be read and whose references are
 * there; it does not compare versions. Ids and GUIDs come from the schemas' text, as in {@link
 * FileRegistry}. Closing it does nothing, so that it can be used again.
 *
 * <p>Thread-safe.
 */
public final class InMemoryRegistry extends SubjectsRegistry {
  /** An empty one. */
  public InMemoryRegistry() {
    super("The registry in memory");
  }

  @Override
  void keep(RegisteredSchema added, Schema schema) {
    // its subjects are all that it has
  }

  @Override
  public String toString() {
    return "schema registry in memory";
  }
}
