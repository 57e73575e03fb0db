package io.stagepost.dlq.cli;

import org.jspecify.annotations.Nullable;

/** Writes results of one kind, one after another. Not thread-safe. */
interface Rows extends AutoCloseable {
  /**
   * Writes a result, or keeps a few back to see how much room they need.
   *
   * @param values one for each column; null for none. Instants, numbers and booleans keep their
   *     kind in JSON; all else is text
   */
  void add(@Nullable Object... values);

  /** Writes what was kept back. */
  @Override
  void close();
}
