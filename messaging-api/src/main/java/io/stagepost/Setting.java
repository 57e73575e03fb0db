package io.stagepost;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A value that decides behaviour, and who set it: what {@link Messaging#describe()} shows.
 *
 * @param name what it decides
 * @param value the value in force
 * @param layer who set it
 * @param where the place where it is said, such as {@code shop.asyncapi.yaml#/operations/onOrder};
 *     null if there is no more to say
 * @param <V> the class of the value
 */
public record Setting<V>(String name, V value, Layer layer, @Nullable String where) {
  /** Who set a value. A later layer overrides an earlier one; code only by what is stricter. */
  public enum Layer {
    /** The library's safe default. */
    DEFAULT,
    /** The AsyncAPI contract. */
    CONTRACT,
    /** The operator's overlay ({@link Messaging.Builder#overlay}), during an incident. */
    OVERLAY,
    /** The program. */
    CODE
  }

  /**
   * A setting of which the layer says it all.
   *
   * @param name what it decides
   * @param value the value in force
   * @param layer who set it
   */
  public Setting(String name, V value, Layer layer) {
    this(name, value, layer, null);
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
    String said = layer.name().toLowerCase(Locale.ROOT) + (where == null ? "" : " " + where);
    return String.format("%-30s %-40s (%s)", name, value, said);
  }
}
