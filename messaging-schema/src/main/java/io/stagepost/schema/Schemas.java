package io.stagepost.schema;

import java.util.List;

/**
 * Where the schemas of a codec are, and how a body says with which of them it was written.
 *
 * <p>Immutable and thread-safe.
 */
public final class Schemas {
  private final List<Schema> known;

  private Schemas(List<Schema> known) {
    this.known = known;
  }

  /**
   * No registry: the CloudEvents attribute {@code dataschema} says with which schema a body was
   * written, by the schema's hash, and readers know the schemas that they may meet.
   *
   * @param known those beside the reader's own, such as those of older writers
   * @return what every codec has unless told otherwise
   */
  public static Schemas plain(Schema... known) {
    return new Schemas(List.of(known));
  }

  /** What a codec of this format writes and reads with. */
  Wire wire(Schema.Format format) {
    return new PlainWire(format, known);
  }
}
