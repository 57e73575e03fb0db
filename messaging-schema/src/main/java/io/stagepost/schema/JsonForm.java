package io.stagepost.schema;

import tools.jackson.core.JsonGenerator;

/**
 * How values of one class stand in JSON: written and read token by token, without reflection. What
 * is generated from a contract has one for each class; {@link Json#codec(JsonForm)} makes a codec
 * of it.
 *
 * <p>Implementations are immutable and thread-safe, and write equal values alike. Messages of what
 * they throw quote no value, for they end in logs and dead letters.
 *
 * @param <T> the class of the values
 */
public interface JsonForm<T> {
  /**
   * Reads a value.
   *
   * @param in at the first token of the value; at its last when this returns
   * @return the value
   */
  T read(JsonInput in);

  /**
   * Writes a value, whole.
   *
   * @param value the value
   * @param out where to
   */
  void write(T value, JsonGenerator out);
}
