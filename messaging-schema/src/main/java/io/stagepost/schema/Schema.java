package io.stagepost.schema;

import java.util.List;

/**
 * A schema as a registry keeps it: text, and what it refers to in other schemas.
 *
 * @param format its language
 * @param text the schema itself; of Protobuf a {@code .proto} file
 * @param references schemas that the text names; each is registered on its own
 */
public record Schema(Format format, String text, List<Reference> references) {
  /** The language that a schema is written in. The names are those of Confluent's registry. */
  public enum Format {
    /** Apache Avro 1.12. */
    AVRO,
    /** JSON Schema, draft-07 or 2020-12. */
    JSON,
    /** Protocol Buffers, proto2 or proto3. */
    PROTOBUF
  }

  /**
   * A reference to another schema.
   *
   * @param name as the text names it: a full name in Avro, a {@code $ref} in JSON Schema, an import
   *     in Protobuf
   * @param subject under which that schema is registered
   * @param version of that subject
   */
  public record Reference(String name, String subject, int version) {}

  /**
   * A schema; it keeps a copy of the references.
   *
   * @param format its language
   * @param text the schema itself
   * @param references schemas that the text names
   */
  public Schema {
    references = List.copyOf(references);
  }

  /**
   * A schema that refers to no other.
   *
   * @param format its language
   * @param text the schema itself
   * @return without references
   */
  public static Schema of(Format format, String text) {
    return new Schema(format, text, List.of());
  }
}
