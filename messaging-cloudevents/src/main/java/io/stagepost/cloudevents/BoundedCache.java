package io.stagepost.cloudevents;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Remembers what was made of a few keys. When it is full it forgets all, so that a stream of keys
 * that never repeat costs no memory. Thread-safe.
 *
 * @param <K> what is looked up; with equals and hashCode
 * @param <V> what is made of it
 */
public final class BoundedCache<K, V> {
  static final int LIMIT = 1_024;

  private final Map<K, V> values = new ConcurrentHashMap<>();
  private final Function<? super K, ? extends V> maker;

  /**
   * An empty one.
   *
   * @param maker makes the value of a key, again after it was forgotten
   */
  public BoundedCache(Function<? super K, ? extends V> maker) {
    this.maker = maker;
  }

  /**
   * The key's value, made if it is not known.
   *
   * @param key what is looked up
   * @return its value; whatever the maker throws
   */
  public V get(K key) {
    V known = values.get(key);
    if (known != null) {
      return known;
    }
    V made = maker.apply(key);
    if (values.size() >= LIMIT) {
      values.clear();
    }
    values.put(key, made);
    return made;
  }
}
