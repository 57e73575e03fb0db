package io.stagepost.schema.compatibility;

import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaNotFoundException;
import io.stagepost.schema.SchemaRefusedException;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.registry.References;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Compares a service's schema with what is registered, so that a service that would break others
 * does not start.
 *
 * <p>It registers nothing. Immutable and thread-safe.
 */
public final class SchemaCheck {
  /** More than anybody reads in one message. */
  private static final int SHOWN = 10;

  private final SchemaRegistry registry;
  private final Compatibility mode;
  private final Set<String> accepted;

  private SchemaCheck(SchemaRegistry registry, Compatibility mode, Set<String> accepted) {
    this.registry = registry;
    this.mode = mode;
    this.accepted = accepted;
  }

  /**
   * A check.
   *
   * @param registry where the versions before are; it stays the caller's
   * @param mode what the versions owe each other
   * @return a check that accepts nothing beside it
   */
  public static SchemaCheck against(SchemaRegistry registry, Compatibility mode) {
    return new SchemaCheck(
        requireNonNull(registry, "registry"), requireNonNull(mode, "mode"), Set.of());
  }

  /**
   * The same check, with some rules off: {@code json.property-added-to-open-model}, say, where it
   * is known that nobody writes properties that no schema names.
   *
   * @param rules as {@link Incompatibility#rule} names them
   * @return a check that accepts these too
   */
  public SchemaCheck accepting(String... rules) {
    Set<String> all = new HashSet<>(accepted);
    all.addAll(List.of(rules));
    return new SchemaCheck(registry, mode, Set.copyOf(all));
  }

  /**
   * Compares a schema with the versions of a subject. One that is registered already is not
   * compared: it was when it was registered, and a service of yesterday may start beside one of
   * today. Neither is the first of its subject. May block, as the registry does.
   *
   * @param subject the subject
   * @param schema the schema that a service writes or reads with
   * @return what warns, for the log; empty if there is nothing to say
   * @throws SchemaRefusedException if it is not compatible
   * @throws MessagingException if the registry gives no answer; worth another try
   */
  public List<Incompatibility> verify(String subject, Schema schema) {
    if (mode == Compatibility.NONE || isRegistered(subject, schema)) {
      return List.of();
    }
    List<RegisteredSchema> older = older(subject);
    List<Incompatibility> found =
        mode
            .check(
                schema,
                older.stream().map(RegisteredSchema::schema).toList(),
                reference -> References.find(registry, reference).schema())
            .stream()
            .filter(incompatibility -> !accepted.contains(incompatibility.rule()))
            .toList();
    List<Incompatibility> refusing = found.stream().filter(Incompatibility::refuses).toList();
    if (!refusing.isEmpty()) {
      throw refused(subject, older, refusing);
    }
    return found;
  }

  private boolean isRegistered(String subject, Schema schema) {
    try {
      registry.find(subject, schema, true);
      return true;
    } catch (SchemaNotFoundException isNot) {
      return false;
    }
  }

  private List<RegisteredSchema> older(String subject) {
    List<RegisteredSchema> older = new ArrayList<>();
    List<Integer> versions = registry.versions(subject);
    int first = mode.isTransitive() ? 0 : Math.max(0, versions.size() - 1);
    for (int version : versions.subList(first, versions.size())) {
      older.add(registry.version(subject, version));
    }
    return older;
  }

  private SchemaRefusedException refused(
      String subject, List<RegisteredSchema> older, List<Incompatibility> refusing) {
    String shown =
        refusing.stream()
            .limit(SHOWN)
            .map(
                one ->
                    "version "
                        + older.get(one.older()).version()
                        + (one.direction() == Incompatibility.Direction.NEWER_READS_OLDER
                            ? " read with this schema"
                            : " reading data of this schema")
                        + ": "
                        + one)
            .collect(Collectors.joining("\n- ", "\n- ", ""));
    return new SchemaRefusedException(
        "SP-SCHEMA-403",
        "The schema is not "
            + mode
            + " compatible with what is registered under "
            + subject
            + " ("
            + refusing.size()
            + (refusing.size() == 1 ? " finding" : " findings")
            + (refusing.size() > SHOWN ? ", the first " + SHOWN + " shown" : "")
            + "); nothing was registered. Change the schema as said below, give the event a new"
            + " type and subject, or accept a rule by its name."
            + shown,
        null);
  }
}
