package io.stagepost;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.spi.Assignment;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Message;
import io.stagepost.spi.StoredMessage;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The keys whose events go to the parking lot because one of them is a dead letter, until they are
 * released ({@link Policy.Successors#DIVERT}). Thread-safe.
 *
 * <p>What holds is what the dead-letter addresses say, read without consuming: a key is diverted if
 * the last thing that lies there of it is a dead letter of this subscription, and no release. They
 * are read for each assignment at its first delivery, since another member may have written there
 * before it was handed over, and again at times while diverted keys come by.
 */
final class Diversions {
  private static final long REREAD_NANOS = Duration.ofSeconds(10).toNanos();

  private record Key(String address, ByteBuffer bytes) {}

  private final String subscription;
  private final Set<String> channels;
  private final Policy policy;
  private final Browser browser;
  private final LongSupplier ticker;

  /** Held while the addresses are read: by the lanes that need that, and by nobody else. */
  private final ReentrantLock reading = new ReentrantLock();

  // The rest is guarded by this, which is held for moments only: dead letters are confirmed on a
  // thread of the transport.
  private final Set<Assignment> read = Collections.newSetFromMap(new WeakHashMap<>());
  private Set<Key> diverted = new HashSet<>();
  private long readAt;

  /** What has changed while the addresses are read; null while they are not. */
  private @Nullable Map<Key, Boolean> meanwhile;

  Diversions(
      String subscription,
      Set<String> channels,
      Policy policy,
      Browser browser,
      LongSupplier ticker) {
    this.subscription = subscription;
    this.channels = channels;
    this.policy = policy;
    this.browser = browser;
    this.ticker = ticker;
  }

  /** Whether it is to be parked. May read the dead-letter addresses, so it may block. */
  boolean contains(Delivery delivery) {
    byte[] bytes = delivery.key();
    if (bytes == null) {
      return false;
    }
    Key key = new Key(delivery.address(), ByteBuffer.wrap(bytes));
    if (mustRead(key, delivery.assignment())) {
      reading.lock();
      try {
        if (mustRead(key, delivery.assignment())) { // else another lane has, meanwhile
          read(delivery.assignment());
        }
      } finally {
        reading.unlock();
      }
    }
    synchronized (this) {
      return diverted.contains(key);
    }
  }

  private synchronized boolean mustRead(Key key, Assignment assignment) {
    return !read.contains(assignment)
        || (diverted.contains(key) && ticker.getAsLong() - readAt > REREAD_NANOS);
  }

  /** One of its key has become a dead letter. */
  synchronized void add(Delivery delivery) {
    byte[] bytes = delivery.key();
    if (bytes != null) {
      change(new Key(delivery.address(), ByteBuffer.wrap(bytes)), true);
    }
  }

  synchronized void remove(String channel, byte[] key) {
    change(new Key(channel, ByteBuffer.wrap(key)), false);
  }

  private synchronized void change(Key key, boolean diverts) {
    set(diverted, key, diverts);
    if (meanwhile != null) {
      meanwhile.put(key, diverts);
    }
  }

  private static void set(Set<Key> keys, Key key, boolean diverts) {
    if (diverts) {
      keys.add(key);
    } else {
      keys.remove(key);
    }
  }

  private void read(Assignment assignment) {
    Map<Key, Boolean> changes = new HashMap<>();
    synchronized (this) {
      meanwhile = changes;
    }
    try {
      Set<Key> found = new HashSet<>();
      for (String channel : channels) {
        browser.browse(
            policy.deadLetterAddress(channel, subscription),
            stored -> note(stored, channel, found));
      }
      synchronized (this) {
        changes.forEach((key, diverts) -> set(found, key, diverts));
        diverted = found;
        readAt = ticker.getAsLong();
        read.add(assignment);
      }
    } finally {
      synchronized (this) {
        meanwhile = null;
      }
    }
  }

  private void note(StoredMessage stored, String channel, Set<Key> found) {
    Message message = stored.message();
    byte[] bytes = message.key();
    if (bytes == null
        || !subscription.equals(text(message, FailureHeaders.SUBSCRIPTION))
        || !channel.equals(text(message, FailureHeaders.ORIGIN_ADDRESS))) {
      return;
    }
    Key key = new Key(channel, ByteBuffer.wrap(bytes));
    if (message.header(FailureHeaders.RELEASED) == null) {
      found.add(key);
    } else {
      found.remove(key);
    }
  }

  private static @Nullable String text(Message message, String header) {
    byte[] value = message.header(header);
    return value == null ? null : new String(value, UTF_8);
  }
}
