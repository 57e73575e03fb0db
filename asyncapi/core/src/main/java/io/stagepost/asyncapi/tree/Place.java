package io.stagepost.asyncapi.tree;

/**
 * Where something was written.
 *
 * @param file the file, as it was named, or a URL
 * @param line from 1
 * @param column from 1, in characters
 */
public record Place(String file, int line, int column) {
  /**
   * As compilers write it.
   *
   * @return {@code file:line:column}
   */
  @Override
  public String toString() {
    return file + ":" + line + ":" + column;
  }
}
