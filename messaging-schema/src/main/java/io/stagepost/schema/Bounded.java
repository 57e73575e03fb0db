package io.stagepost.schema;

import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers a limited number of things that can be worked out again; when it is full, any of them
 * makes room. Reading takes no lock. Thread-safe.
 */
final class Bounded<K, V> {
  /** More schemas than one codec meets, and few enough to hold. */
  static final int SCHEMAS = 1_000;

  private final Map<K, V> entries = new ConcurrentHashMap<>();
  private final int size;

  Bounded(int size) {
    this.size = size;
  }

  @Nullable V get(K key) {
    return entries.get(key);
  }

  V put(K key, V value) {
    if (entries.size() >= size) {
      Iterator<K> keys = entries.keySet().iterator();
      if (keys.hasNext()) {
        entries.remove(keys.next());
      }
    }
    V other = entries.putIfAbsent(key, value);
    return other == null ? value : other;
  }

  int size() {
    return entries.size();
  }
}
