package io.stagepost;

import java.util.Locale;

/**
 * A value that decides behaviour, and who set it: what {@link Messaging#describe()} shows.
 *
 * @param name what it decides
 * @param value the value in force
 * @param layer who set it
 * @param <V> the class of the value
 */
public record Setting<V>(String name, V value, Layer layer) {
  /** Who set a value; a later layer overrides an earlier one. */
  public enum Layer {
    /** The library's safe default. */
    DEFAULT,
    /** The AsyncAPI contract. */
    CONTRACT,
    /** The operator's overlay, during an incident. */
    OVERLAY,
    /** The program. */
    CODE
  }

  Setting<V> by(V value, Layer layer) {
    return new Setting<>(name, value, layer);
  }

  /**
   * For people: name, value and layer in columns.
   *
   * @return one line
   */
  @Override
  public String toString() {
    return String.format("%-30s %-40s (%s)", name, value, layer.name().toLowerCase(Locale.ROOT));
  }
}
