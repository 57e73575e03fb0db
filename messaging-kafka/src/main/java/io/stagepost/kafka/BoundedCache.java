package io.stagepost.kafka;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Remembers what was made of a few keys. When it is full it forgets all, so that a stream of keys
 * that never repeat costs no memory. Thread-safe.
 */
final class BoundedCache<K, V> {
  static final int LIMIT = 1_024;

  private final Map<K, V> values = new ConcurrentHashMap<>();
  private final Function<? super K, ? extends V> maker;

  BoundedCache(Function<? super K, ? extends V> maker) {
    this.maker = maker;
  }

  /** The key's value; whatever the maker throws. */
  V get(K key) {
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
