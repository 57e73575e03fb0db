package io.stagepost.schema.registry;

import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaRegistry;
import java.util.List;
import java.util.UUID;

/**
 * A registry in memory, for tests. It takes every schema that can be read and whose references are
 * there; it does not compare versions. Ids and GUIDs come from the schemas' text, as in {@link
 * FileRegistry}. Closing it does nothing, so that it can be used again.
 *
 * <p>Thread-safe.
 */
public final class InMemoryRegistry implements SchemaRegistry {
  private final Subjects subjects = new Subjects("The registry in memory");

  /** An empty one. */
  public InMemoryRegistry() {}

  @Override
  public Schema byId(int id) {
    return subjects.byId(id);
  }

  @Override
  public Schema byGuid(UUID guid) {
    return subjects.byGuid(guid);
  }

  @Override
  public RegisteredSchema latest(String subject) {
    return subjects.latest(subject);
  }

  @Override
  public RegisteredSchema version(String subject, int version) {
    return subjects.version(subject, version);
  }

  @Override
  public List<Integer> versions(String subject) {
    return subjects.versions(subject);
  }

  @Override
  public RegisteredSchema find(String subject, Schema schema, boolean normalize) {
    return subjects.find(subject, schema, normalize);
  }

  @Override
  public synchronized RegisteredSchema register(String subject, Schema schema, boolean normalize) {
    RegisteredSchema there = subjects.lookUp(subject, schema, normalize);
    if (there != null) {
      return there;
    }
    RegisteredSchema added = subjects.next(subject, schema);
    subjects.add(added);
    return added;
  }

  @Override
  public void close() {
    // nothing is open
  }

  @Override
  public String toString() {
    return "schema registry in memory";
  }
}
