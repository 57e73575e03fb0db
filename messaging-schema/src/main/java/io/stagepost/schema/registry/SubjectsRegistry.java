package io.stagepost.schema.registry;

import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaRegistry;
import java.util.List;
import java.util.UUID;

/** What registries have in common that hold all of their schemas. Thread-safe. */
abstract sealed class SubjectsRegistry implements SchemaRegistry
    permits FileRegistry, InMemoryRegistry {
  final Subjects subjects;

  SubjectsRegistry(String where) {
    this.subjects = new Subjects(where);
  }

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
  public List<String> subjects() {
    return subjects.names();
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
    keep(added, schema);
    subjects.add(added);
    return added;
  }

  /** Keeps what is going to be there, elsewhere than in memory; or refuses it. */
  abstract void keep(RegisteredSchema added, Schema schema);

  @Override
  public void close() {
    // nothing is open
  }
}
