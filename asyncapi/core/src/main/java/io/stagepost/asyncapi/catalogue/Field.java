package io.stagepost.asyncapi.catalogue;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of a schema's table.
 *
 * @param depth how deep it is nested
 * @param name the field's; empty for what is no field, such as a variant
 * @param type in words
 * @param isRequired whether it is always there
 * @param constraints each short
 * @param description Markdown; null if none
 * @param sensitive what kind of sensitive it is; empty if it is not
 * @param isDeprecated whether it goes away
 */
record Field(
    int depth,
    String name,
    String type,
    boolean isRequired,
    List<String> constraints,
    @Nullable String description,
    String sensitive,
    boolean isDeprecated) {
  /** The most rows of one table. */
  static final int MOST = 400;

  /** Deeper fields are not shown. */
  static final int DEEPEST = 8;

  /** A row that is no field. */
  static Field note(int depth, String text) {
    return new Field(depth, "", text, false, List.of(), null, "", false);
  }
}
