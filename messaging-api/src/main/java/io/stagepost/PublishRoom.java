package io.stagepost;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The room for messages in flight, bounded by count and bytes, and the line of those who wait for
 * it: first those without a thread, then the others, each first come first served. Who waits
 * without a thread follows on a message that has just left, so while it goes before new ones there
 * are never more of it than the room holds. Thread-safe.
 *
 * <p>While nobody waits, entering and leaving is one atomic step each on one word that holds both
 * measures. A lock is taken only by those who wait, and by those who leave while somebody does.
 *
 * <p>Invariants: the bounds hold at every instant, but for a message larger than the bound of
 * bytes, which is in the room alone; what stands in line is admitted in that order, and nobody else
 * passes it; while somebody stands in line, {@code lineUp} is set, and somebody is in the room or
 * is about to serve, so that another leaving is still to come, which serves.
 */
final class PublishRoom {
  static final int MOST_MESSAGES = (1 << 24) - 1;
  static final long MOST_BYTES = 1L << 38;

  private static final int BYTE_BITS = 40;
  private static final long BYTES = (1L << BYTE_BITS) - 1;
  private static final long ONE_MESSAGE = 1L << BYTE_BITS;

  /** Somebody who waits for room. */
  interface Waiter {
    /** How much it needs. */
    long bytes();

    /** Whether a thread waits with it, which bounds how many such there are. */
    boolean holdsThread();

    /** The room is its own now. Called without a lock held, and not by two threads at once. */
    void admitted();

    /** It was turned away: the room closes. */
    void turnedAway();
  }

  private final int messages;
  private final long bytes;

  /** The messages in the room in the upper 24 bits, their bytes in the lower 40. */
  private final AtomicLong used = new AtomicLong();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition served = lock.newCondition();
  private final ArrayDeque<Waiter> followers = new ArrayDeque<>();
  private final ArrayDeque<Waiter> line = new ArrayDeque<>();

  /** Newcomers must line up. Written under the lock. */
  private volatile boolean lineUp;

  // the rest is guarded by the lock
  private boolean serving;
  private int threadless;
  private long threadlessBytes;
  private boolean closing;

  PublishRoom(int messages, long bytes) {
    this.messages = messages;
    this.bytes = bytes;
  }

  /** Enters if there is room and nobody waits. */
  boolean enter(long size) {
    return !lineUp && take(size);
  }

  private boolean take(long size) {
    long more = ONE_MESSAGE + size;
    while (true) {
      long now = used.get();
      if (now != 0 && (now >>> BYTE_BITS >= messages || (now & BYTES) + size > bytes)) {
        return false;
      }
      if (used.weakCompareAndSetVolatile(now, now + more)) {
        return true;
      }
    }
  }

  /** Leaves; who is first in line may enter. */
  void leave(long size) {
    used.addAndGet(-(ONE_MESSAGE + size));
    if (lineUp) {
      serve();
    }
  }

  /**
   * Stands in line; {@code admitted} may be called before this returns.
   *
   * @return false if it may not: the room closes, or without a thread too many wait already, as
   *     many as the room itself holds
   */
  boolean standInLine(Waiter waiter) {
    lock.lock();
    try {
      if (closing) {
        return false;
      }
      if (!waiter.holdsThread()) {
        long more = threadlessBytes + waiter.bytes();
        if (threadless > 0 && (threadless >= messages || more > bytes)) {
          return false;
        }
        threadless++;
        threadlessBytes = more;
      }
      lineOf(waiter).add(waiter);
      lineUp = true;
    } finally {
      lock.unlock();
    }
    serve(); // what left before it stood in line did not see it
    return true;
  }

  /**
   * Steps out of the line. Who is next is served by the next who leaves the room, not here: serving
   * may send, and this may be a timer's thread.
   *
   * @return false if it was admitted already
   */
  boolean stepOut(Waiter waiter) {
    lock.lock();
    try {
      boolean stood = lineOf(waiter).remove(waiter);
      if (stood) {
        stepped(waiter);
        settle();
      }
      return stood;
    } finally {
      lock.unlock();
    }
  }

  private ArrayDeque<Waiter> lineOf(Waiter waiter) {
    return waiter.holdsThread() ? line : followers;
  }

  /** With the lock held. */
  private @Nullable Waiter first() {
    Waiter follower = followers.peek();
    return follower == null ? line.peek() : follower;
  }

  private void stepped(Waiter waiter) {
    if (!waiter.holdsThread()) {
      threadless--;
      threadlessBytes -= waiter.bytes();
    }
  }

  /** With the lock held: nobody needs to line up behind nobody. */
  private void settle() {
    if (line.isEmpty() && followers.isEmpty() && !serving) {
      lineUp = false;
      served.signalAll();
    }
  }

  /**
   * Admits from the head of the line while there is room. One thread at a time does; another need
   * not, for the one that does looks again after each. Newcomers line up until the last one's
   * {@code admitted} has returned: what it sends there leaves before what is published after it.
   */
  private void serve() {
    lock.lock();
    try {
      if (serving) {
        return;
      }
      serving = true;
      try {
        Waiter first = first();
        while (first != null && take(first.bytes())) {
          lineOf(first).remove();
          stepped(first);
          lock.unlock();
          try {
            first.admitted();
          } finally {
            lock.lock();
          }
          first = first();
        }
      } finally {
        serving = false;
        settle();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Nobody may line up any more. Turns away whom a thread waits with, at once; the others, whose
   * callers were told that they wait, may enter until the time is over, and are turned away then.
   */
  void close(long nanos) {
    List<Waiter> away = new ArrayList<>();
    boolean interrupted = false;
    lock.lock();
    try {
      closing = true;
      away.addAll(line);
      line.clear();
      settle();
    } finally {
      lock.unlock();
    }
    away.forEach(Waiter::turnedAway);
    away.clear();
    serve();
    lock.lock();
    try {
      long left = nanos;
      while (lineUp && left > 0) {
        left = served.awaitNanos(left);
      }
    } catch (InterruptedException interruption) {
      interrupted = true;
    } finally {
      away.addAll(followers);
      followers.forEach(this::stepped);
      followers.clear();
      settle();
      lock.unlock();
    }
    away.forEach(Waiter::turnedAway);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  int messages() {
    return (int) (used.get() >>> BYTE_BITS);
  }

  long bytes() {
    return used.get() & BYTES;
  }

  boolean isClosing() {
    lock.lock();
    try {
      return closing;
    } finally {
      lock.unlock();
    }
  }

  /** How near the bounds are. */
  Health.Pressure pressure() {
    if (lineUp) {
      return Health.Pressure.FULL;
    }
    long now = used.get();
    double byCount = (double) (now >>> BYTE_BITS) / messages;
    double byBytes = (double) (now & BYTES) / bytes;
    return Health.Pressure.of(Math.max(byCount, byBytes));
  }
}
