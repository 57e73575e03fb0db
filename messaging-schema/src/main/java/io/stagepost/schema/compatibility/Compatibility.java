package io.stagepost.schema.compatibility;

import static io.stagepost.schema.compatibility.Incompatibility.Direction.NEWER_READS_OLDER;
import static io.stagepost.schema.compatibility.Incompatibility.Direction.OLDER_READS_NEWER;

import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaRefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What the versions of a schema owe each other. The names and meanings are those of Confluent's
 * registry.
 *
 * <p>What is compared is what a reader can do with data, so the answer depends on who reads: the
 * newer version (backward) or the older one (forward). The rules of each format are listed in
 * docs/guide/compatibility.md.
 *
 * <p>Schemas may come from anybody. One of more than 1,000,000 characters, nested deeper than 200
 * levels, or with more parts than can be compared in bounded time is refused; nothing is fetched
 * from anywhere.
 */
public enum Compatibility {
  /** A reader with the newer version reads data of the one before it. */
  BACKWARD(true, false, false),
  /** A reader with the newer version reads data of every version before it. */
  BACKWARD_TRANSITIVE(true, false, true),
  /** A reader with the version before reads data of the newer one. */
  FORWARD(false, true, false),
  /** A reader with any version before reads data of the newer one. */
  FORWARD_TRANSITIVE(false, true, true),
  /** Both, with the version before. */
  FULL(true, true, false),
  /** Both, with every version before. */
  FULL_TRANSITIVE(true, true, true),
  /** Nothing. */
  NONE(false, false, false);

  private final boolean backward;
  private final boolean forward;
  private final boolean transitive;

  Compatibility(boolean backward, boolean forward, boolean transitive) {
    this.backward = backward;
    this.forward = forward;
    this.transitive = transitive;
  }

  /**
   * Whether every version before counts, and not only the last.
   *
   * @return true if so
   */
  public boolean isTransitive() {
    return transitive;
  }

  /**
   * Compares a version with those before it; none of them refers to other schemas.
   *
   * @param newer the newer version
   * @param older the versions before it, oldest first; empty if it is the first
   * @return what stands against it, what breaks first; what only warns is among it
   * @throws SchemaRefusedException if a schema is none, or too large to be compared
   */
  public List<Incompatibility> check(Schema newer, List<Schema> older) {
    return check(newer, older, Texts.UNRESOLVED);
  }

  /**
   * Compares a version with those before it.
   *
   * @param newer the newer version
   * @param older the versions before it, oldest first; empty if it is the first
   * @param references finds the schemas that these refer to; whatever it throws is thrown on
   * @return what stands against it, what breaks first; what only warns is among it
   * @throws SchemaRefusedException if a schema is none, or too large to be compared
   */
  public List<Incompatibility> check(
      Schema newer, List<Schema> older, Function<Schema.Reference, Schema> references) {
    List<Incompatibility> found = new ArrayList<>();
    if (!backward && !forward) {
      return found;
    }
    int first = transitive ? 0 : Math.max(0, older.size() - 1);
    for (int i = first; i < older.size(); i++) {
      compare(newer, older.get(i), i, references, found);
    }
    found.sort((a, b) -> a.severity().compareTo(b.severity()));
    return List.copyOf(found);
  }

  private void compare(
      Schema newer,
      Schema older,
      int index,
      Function<Schema.Reference, Schema> references,
      List<Incompatibility> found) {
    if (newer.equals(older)) {
      return;
    }
    if (newer.format() != older.format()) {
      found.add(
          Incompatibility.of(
              Finding.breaks(
                  "schema.format-changed",
                  "",
                  "The older version is " + older.format() + ", the newer " + newer.format() + ".",
                  "Give the new format an event type and a subject of its own."),
              backward ? NEWER_READS_OLDER : OLDER_READS_NEWER,
              index));
      return;
    }
    try {
      Comparison comparison = comparison(newer.format(), references);
      if (backward) {
        for (Finding finding : comparison.unreadable(newer, older)) {
          found.add(Incompatibility.of(finding, NEWER_READS_OLDER, index));
        }
      }
      if (forward) {
        for (Finding finding : comparison.unreadable(older, newer)) {
          found.add(Incompatibility.of(finding, OLDER_READS_NEWER, index));
        }
      }
      for (Finding finding : comparison.traps(newer, older)) {
        found.add(
            Incompatibility.of(finding, backward ? NEWER_READS_OLDER : OLDER_READS_NEWER, index));
      }
    } catch (StackOverflowError deep) {
      throw tooDeep(newer);
    }
  }

  /**
   * Whether a reader reads all that a writer may write, whichever is newer; none of the two refers
   * to other schemas. Why not, {@code BACKWARD.check(reader, List.of(writer))} says.
   *
   * @param reader the schema that is read with
   * @param writer the schema that was written with
   * @return false if something breaks, or may
   * @throws SchemaRefusedException if a schema is none, or too large to be compared
   */
  public static boolean canRead(Schema reader, Schema writer) {
    if (reader.format() != writer.format()) {
      return false;
    }
    try {
      return comparison(reader.format(), Texts.UNRESOLVED).unreadable(reader, writer).stream()
          .noneMatch(finding -> finding.severity() != Incompatibility.Severity.WARNS);
    } catch (StackOverflowError deep) {
      throw tooDeep(reader);
    }
  }

  /** The libraries of the formats recurse. Nothing is shared, so nothing is left half done. */
  private static SchemaRefusedException tooDeep(Schema schema) {
    return Texts.tooLarge(schema, "its types are nested too deep", null);
  }

  private static Comparison comparison(
      Schema.Format format, Function<Schema.Reference, Schema> references) {
    return switch (format) {
      case AVRO -> new AvroComparison(references);
      case JSON -> new JsonComparison(references);
      case PROTOBUF -> new ProtobufComparison(references);
    };
  }
}
