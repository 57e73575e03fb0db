package io.stagepost.schema.compatibility;

/**
 * Something that a reader with one version of a schema cannot read of a writer with another.
 *
 * @param rule the name of the rule, such as {@code avro.field-without-default-added}; stable, so
 *     that one may be accepted by name
 * @param severity how sure and how bad it is
 * @param direction which of the two reads
 * @param older the other version: its index in the list that was compared with
 * @param path where, in the reader's schema: a JSON pointer in Avro and JSON Schema, empty for the
 *     whole; in Protobuf the full name
 * @param what what changed, and why that cannot be read
 * @param remedy what to do instead
 */
public record Incompatibility(
    String rule,
    Severity severity,
    Direction direction,
    int older,
    String path,
    String what,
    String remedy) {
  /** Which of two versions reads what the other wrote. */
  public enum Direction {
    /** A reader with the newer version, data of the older: what backward compatibility is about. */
    NEWER_READS_OLDER,
    /** A reader with the older version, data of the newer: what forward compatibility is about. */
    OLDER_READS_NEWER
  }

  /** How sure and how bad it is. */
  public enum Severity {
    /** There is data that the reader refuses, loses, or takes for something else. */
    BREAKS,
    /** Whether there is such data could not be decided; it must be taken for possible. */
    UNKNOWN,
    /** Everything is read, and a trap is laid for a later change. */
    WARNS
  }

  static Incompatibility of(Finding finding, Direction direction, int older) {
    return new Incompatibility(
        finding.rule(),
        finding.severity(),
        direction,
        older,
        finding.path(),
        finding.what(),
        finding.remedy());
  }

  /**
   * Whether the versions count as incompatible because of it.
   *
   * @return false if it only warns
   */
  public boolean refuses() {
    return severity != Severity.WARNS;
  }

  /** One line: rule, place, what and remedy. */
  @Override
  public String toString() {
    return rule
        + (severity == Severity.BREAKS ? "" : " (" + severity + ")")
        + " at "
        + (path.isEmpty() ? "the root" : path)
        + ": "
        + what
        + " "
        + remedy;
  }
}
