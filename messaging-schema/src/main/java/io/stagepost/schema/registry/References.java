package io.stagepost.schema.registry;

import io.stagepost.MessagingException;
import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Reference;
import io.stagepost.schema.SchemaRegistry;
import java.util.LinkedHashMap;
import java.util.Map;

/** Finds the schemas that a schema refers to, and those that these refer to. Stateless. */
public final class References {
  /** The version of a reference to whichever is the newest, as Confluent's clients write it. */
  public static final int LATEST = -1;

  private static final int MOST = 1_000;
  private static final int DEEPEST = 50;

  private References() {}

  /**
   * The schemas that a schema refers to, over any number of steps. A name that is met again stands
   * for the schema that it stood for first, as with Confluent's parsers.
   *
   * @param registry where they are
   * @param schema the one that refers to them
   * @return by the names that the texts use for them; each after those that it refers to itself, so
   *     that a parser may read them in order
   * @throws io.stagepost.schema.SchemaNotFoundException if one of them is missing
   * @throws MessagingException if they go round in a circle, deeper than 50, or are more than 1,000
   */
  public static Map<String, Schema> resolve(SchemaRegistry registry, Schema schema) {
    Map<String, Schema> found = new LinkedHashMap<>();
    resolve(registry, schema, found, 1);
    return found;
  }

  /**
   * The schema that a reference is to.
   *
   * @param registry where it is
   * @param reference to a version, or to {@link #LATEST}
   * @return the schema, without those that it refers to itself
   * @throws io.stagepost.schema.SchemaNotFoundException if it is not there
   */
  public static RegisteredSchema find(SchemaRegistry registry, Reference reference) {
    return reference.version() == LATEST
        ? registry.latest(reference.subject())
        : registry.version(reference.subject(), reference.version());
  }

  private static void resolve(
      SchemaRegistry registry, Schema schema, Map<String, Schema> found, int depth) {
    for (Reference reference : schema.references()) {
      if (found.containsKey(reference.name())) {
        continue;
      }
      if (depth > DEEPEST || found.size() >= MOST) {
        throw new MessagingException(
            "SP-SCHEMA-314",
            "The references of a schema go deeper than "
                + DEEPEST
                + ", or are more than "
                + MOST
                + ", at "
                + reference.name()
                + " (version "
                + reference.version()
                + " of the subject "
                + reference.subject()
                + "). A schema that refers to itself does that; mend the references.");
      }
      RegisteredSchema next = find(registry, reference);
      resolve(registry, next.schema(), found, depth + 1);
      found.put(reference.name(), next.schema());
    }
  }
}
