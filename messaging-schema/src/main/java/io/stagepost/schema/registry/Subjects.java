package io.stagepost.schema.registry;

import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Reference;
import io.stagepost.schema.SchemaNotFoundException;
import io.stagepost.schema.SchemaRefusedException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Subjects and their versions, in memory. Thread-safe. */
final class Subjects {
  private final String where;
  private final Map<String, NavigableMap<Integer, RegisteredSchema>> subjects = new HashMap<>();
  private final Map<Integer, Schema> byId = new HashMap<>();
  private final Map<UUID, Schema> byGuid = new HashMap<>();

  Subjects(String where) {
    this.where = where;
  }

  synchronized Schema byId(int id) {
    return found(byId.get(id), "schema of the id " + id);
  }

  synchronized Schema byGuid(UUID guid) {
    return found(byGuid.get(guid), "schema of the GUID " + guid);
  }

  synchronized RegisteredSchema latest(String subject) {
    NavigableMap<Integer, RegisteredSchema> versions = of(subject);
    return found(versions.isEmpty() ? null : versions.lastEntry().getValue(), "subject " + subject);
  }

  synchronized RegisteredSchema version(String subject, int version) {
    return found(of(subject).get(version), "version " + version + " of the subject " + subject);
  }

  synchronized List<String> names() {
    return subjects.keySet().stream().sorted().toList();
  }

  synchronized List<Integer> versions(String subject) {
    return List.copyOf(of(subject).keySet());
  }

  RegisteredSchema find(String subject, Schema schema, boolean normalize) {
    return found(
        lookUp(subject, schema, normalize), "schema of this text in the subject " + subject);
  }

  /** Null if it is not there. */
  synchronized @Nullable RegisteredSchema lookUp(String subject, Schema schema, boolean normalize) {
    if (SchemaText.problem(schema) != null) {
      return null;
    }
    Schema compact = SchemaText.compact(schema);
    for (RegisteredSchema each : of(subject).values()) {
      if (each.schema().equals(compact)
          || (normalize && SchemaText.areAlike(each.schema(), compact))) {
        return each;
      }
    }
    return null;
  }

  synchronized boolean has(Reference reference) {
    NavigableMap<Integer, RegisteredSchema> versions = of(reference.subject());
    return reference.version() == References.LATEST
        ? !versions.isEmpty()
        : versions.containsKey(reference.version());
  }

  /** What a schema will be as the next version; refuses one that can be none. */
  synchronized RegisteredSchema next(String subject, Schema schema) {
    String problem = subject.isBlank() ? "its name is empty" : SchemaText.problem(schema);
    if (problem != null) {
      throw refused(subject, problem);
    }
    for (Reference reference : schema.references()) {
      if (!has(reference)) {
        throw refused(
            subject,
            "it refers to version "
                + reference.version()
                + " of the subject "
                + reference.subject()
                + ", which is not there");
      }
    }
    NavigableMap<Integer, RegisteredSchema> versions = of(subject);
    return registered(subject, versions.isEmpty() ? 1 : versions.lastKey() + 1, schema);
  }

  static RegisteredSchema registered(String subject, int version, Schema schema) {
    Schema compact = SchemaText.compact(schema);
    return new RegisteredSchema(
        SchemaText.id(compact), SchemaText.guid(compact), subject, version, compact);
  }

  /** The schema that has the same id and is another; null if there is none. */
  synchronized @Nullable Schema collision(RegisteredSchema added) {
    Schema same = byId.get(added.id());
    return same == null || same.equals(added.schema()) ? null : same;
  }

  synchronized void add(RegisteredSchema added) {
    if (collision(added) != null) {
      throw refused(
          added.subject(),
          "its id "
              + added.id()
              + ", which comes from its text, is another schema's; change the text, by a comment"
              + " or a description");
    }
    subjects.computeIfAbsent(added.subject(), name -> new TreeMap<>()).put(added.version(), added);
    byId.put(added.id(), added.schema());
    if (added.guid() != null) {
      byGuid.putIfAbsent(added.guid(), added.schema());
    }
  }

  private NavigableMap<Integer, RegisteredSchema> of(String subject) {
    return subjects.getOrDefault(subject, new TreeMap<>());
  }

  private SchemaRefusedException refused(String subject, String why) {
    return new SchemaRefusedException(
        "SP-SCHEMA-309",
        where + " refuses a schema for the subject " + subject + ": " + why + ". Mend it.",
        null);
  }

  private <T> T found(@Nullable T found, String what) {
    if (found == null) {
      throw new SchemaNotFoundException(
          "SP-SCHEMA-308",
          where
              + " has no "
              + what
              + ". Register it, or use the registry that the publisher uses.");
    }
    return found;
  }
}
