package io.stagepost.schema;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A registry in memory that counts what it is asked. Has GUIDs unless told otherwise. */
final class CountingRegistry implements SchemaRegistry {
  final AtomicInteger questions = new AtomicInteger();
  volatile @Nullable RuntimeException failure;

  private final Map<String, List<RegisteredSchema>> subjects = new LinkedHashMap<>();
  private final Map<Schema, Integer> ids = new LinkedHashMap<>();
  private final boolean guids;

  CountingRegistry() {
    this(true);
  }

  CountingRegistry(boolean guids) {
    this.guids = guids;
  }

  private void asked() {
    questions.incrementAndGet();
    RuntimeException failure = this.failure;
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public synchronized Schema byId(int id) {
    asked();
    return ids.entrySet().stream()
        .filter(entry -> entry.getValue() == id)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow(() -> missing("id " + id));
  }

  @Override
  public synchronized Schema byGuid(UUID guid) {
    asked();
    return ids.keySet().stream()
        .filter(schema -> guid(schema).equals(guid))
        .findFirst()
        .orElseThrow(() -> missing("guid " + guid));
  }

  @Override
  public synchronized RegisteredSchema latest(String subject) {
    asked();
    List<RegisteredSchema> versions = subjects.getOrDefault(subject, List.of());
    if (versions.isEmpty()) {
      throw missing(subject);
    }
    return versions.get(versions.size() - 1);
  }

  @Override
  public synchronized RegisteredSchema version(String subject, int version) {
    asked();
    List<RegisteredSchema> versions = subjects.getOrDefault(subject, List.of());
    if (version > versions.size()) {
      throw missing(subject + " " + version);
    }
    return versions.get(version - 1);
  }

  @Override
  public synchronized List<String> subjects() {
    asked();
    return subjects.keySet().stream().sorted().toList();
  }

  @Override
  public synchronized List<Integer> versions(String subject) {
    asked();
    return IntStream.rangeClosed(1, subjects.getOrDefault(subject, List.of()).size())
        .boxed()
        .toList();
  }

  @Override
  public synchronized RegisteredSchema find(String subject, Schema schema, boolean normalize) {
    asked();
    return subjects.getOrDefault(subject, List.of()).stream()
        .filter(version -> version.schema().equals(schema))
        .findFirst()
        .orElseThrow(() -> missing(subject));
  }

  @Override
  public synchronized RegisteredSchema register(String subject, Schema schema, boolean normalize) {
    asked();
    List<RegisteredSchema> versions = subjects.computeIfAbsent(subject, any -> new ArrayList<>());
    for (RegisteredSchema version : versions) {
      if (version.schema().equals(schema)) {
        return version;
      }
    }
    int id = ids.computeIfAbsent(schema, any -> ids.size() + 1);
    RegisteredSchema added =
        new RegisteredSchema(id, guids ? guid(schema) : null, subject, versions.size() + 1, schema);
    versions.add(added);
    return added;
  }

  private static UUID guid(Schema schema) {
    return UUID.nameUUIDFromBytes(schema.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static SchemaNotFoundException missing(String what) {
    return new SchemaNotFoundException("SP-TEST-001", "There is no " + what + ".");
  }

  @Override
  public void close() {}

  @Override
  public String toString() {
    return "the registry of this test";
  }
}
