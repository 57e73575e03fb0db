package io.stagepost.schema.registry;

import io.stagepost.MessagingException;
import io.stagepost.schema.SchemaNotFoundException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a registry answered, least recently used first to go. One request per key at a time; what is
 * missing is remembered for a moment, apart from what is known, so that a flood of bad keys pushes
 * out no good one. Thread-safe.
 */
final class Cache<K, V> {
  /** Of what never changes. */
  static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE / 2);

  private final Map<K, Entry<V>> known = new ConcurrentHashMap<>();
  private final Map<K, Entry<SchemaNotFoundException>> missing = new ConcurrentHashMap<>();
  private final Map<K, CompletableFuture<V>> flights = new ConcurrentHashMap<>();
  private final int size;
  private final Duration kept;
  private final Duration missingFor;
  private final Duration wait;

  /**
   * An empty cache.
   *
   * @param size how many are known at most, and how many missing
   * @param kept how long an answer is believed; after that it is used only when there is no newer
   * @param missingFor how long a missing one is believed to be
   * @param wait how long to wait for somebody else's request
   */
  Cache(int size, Duration kept, Duration missingFor, Duration wait) {
    this.size = size;
    this.kept = kept;
    this.missingFor = missingFor;
    this.wait = wait;
  }

  V get(K key, Supplier<V> load) {
    long deadline = System.nanoTime() + wait.toNanos();
    while (true) {
      Entry<V> entry = known.get(key);
      if (entry != null && entry.isFresh()) {
        return entry.use();
      }
      throwIfMissing(key);
      CompletableFuture<V> mine = new CompletableFuture<>();
      CompletableFuture<V> others = flights.putIfAbsent(key, mine);
      if (others == null) {
        return lead(key, mine, load);
      }
      if (entry != null) {
        return entry.use();
      }
      V value = follow(key, others, deadline);
      if (value != null) {
        return value;
      }
    }
  }

  void put(K key, V value) {
    insert(known, key, new Entry<>(value, kept));
    missing.remove(key);
  }

  /** Not what is missing for good: it may just have been made. */
  void forget(K key) {
    known.remove(key);
    missing.remove(key);
  }

  private V lead(K key, CompletableFuture<V> mine, Supplier<V> load) {
    try {
      Entry<V> entry = known.get(key); // another's request may just have ended
      if (entry == null || !entry.isFresh()) {
        throwIfMissing(key);
        entry = new Entry<>(loadOrKeep(load, entry), kept);
        insert(known, key, entry);
      }
      mine.complete(entry.use());
      return entry.use();
    } catch (SchemaNotFoundException absent) {
      known.remove(key);
      insert(missing, key, new Entry<>(absent, missingFor));
      mine.completeExceptionally(absent);
      throw absent;
    } catch (Throwable failure) {
      mine.completeExceptionally(failure);
      throw failure;
    } finally {
      flights.remove(key, mine);
    }
  }

  /** No answer does not make the last one wrong. */
  private V loadOrKeep(Supplier<V> load, @Nullable Entry<V> last) {
    try {
      return load.get();
    } catch (SchemaNotFoundException answer) {
      throw answer;
    } catch (MessagingException noAnswer) {
      if (last == null || noAnswer instanceof RestClient.Ended) {
        throw noAnswer;
      }
      return last.use();
    }
  }

  /** What another's request brings; null if that was given up, not answered. */
  private @Nullable V follow(K key, CompletableFuture<V> others, long deadline) {
    try {
      return others.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof RestClient.Ended) {
        return null; // the other's thread was interrupted, and this one was not
      }
      if (failed.getCause() instanceof SchemaNotFoundException absent) {
        throw copy(absent);
      }
      if (failed.getCause() instanceof MessagingException failure) {
        throw new MessagingException(failure.code(), text(failure), failure);
      }
      throw new IllegalStateException(failed.getCause());
    } catch (TimeoutException late) {
      throw new MessagingException(
          "SP-SCHEMA-305",
          "Another thread's question for "
              + key
              + " was not answered within "
              + wait
              + ". The registry is slow or does not answer; it will be asked again.",
          late);
    } catch (InterruptedException interrupted) {
      throw RestClient.Ended.interrupted(interrupted);
    }
  }

  private void throwIfMissing(K key) {
    Entry<SchemaNotFoundException> absent = missing.get(key);
    if (absent != null) {
      if (absent.isFresh()) {
        throw copy(absent.use());
      }
      missing.remove(key, absent);
    }
  }

  /** With the stack trace of who asks. */
  private static SchemaNotFoundException copy(SchemaNotFoundException absent) {
    return new SchemaNotFoundException(absent.code(), text(absent));
  }

  private static String text(MessagingException failure) {
    return String.valueOf(failure.getMessage()).substring(failure.code().length() + 1);
  }

  private <E> void insert(Map<K, Entry<E>> entries, K key, Entry<E> entry) {
    entries.put(key, entry);
    while (entries.size() > size) {
      // Only who has just made a request gets here, so looking at all of them is cheap enough.
      K oldest = null;
      long since = 0;
      long now = System.nanoTime();
      for (Map.Entry<K, Entry<E>> each : entries.entrySet()) {
        long unused = now - each.getValue().used;
        if (oldest == null || unused > since) {
          oldest = each.getKey();
          since = unused;
        }
      }
      if (oldest == null) {
        return;
      }
      entries.remove(oldest);
    }
  }

  int size() {
    return known.size();
  }

  private static final class Entry<E> {
    private final E value;
    private final long until;
    private volatile long used;

    Entry(E value, Duration kept) {
      this.value = value;
      this.used = System.nanoTime();
      this.until = used + kept.toNanos();
    }

    boolean isFresh() {
      return System.nanoTime() - until < 0;
    }

    E use() {
      used = System.nanoTime();
      return value;
    }
  }
}
