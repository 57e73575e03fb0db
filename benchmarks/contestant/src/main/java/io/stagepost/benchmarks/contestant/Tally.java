package io.stagepost.benchmarks.contestant;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Handles the events of one run: does the work, takes the time, and is the oracle. Always on, since
 * it costs some tens of nanoseconds for each event, the same for every contestant. Thread-safe.
 */
public final class Tally {
  /** After so long without any event, those that are missing count as lost. */
  private static final Duration STALLED = Duration.ofSeconds(30);

  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private static final Duration LOOK = Duration.ofMillis(1);

  /** A cache line for each key, so that keys do not slow each other down. */
  private static final int LINE = 16;

  private final int events;
  private final Work work;
  private final AtomicIntegerArray handled;

  /** For each key: how many events it has come to, and whether one is being handled. */
  private final AtomicIntegerArray keys;

  private final AtomicLong first = new AtomicLong();
  private final LongAdder distinct = new LongAdder();
  private final LongAdder duplicates = new LongAdder();
  private final LongAdder disordered = new LongAdder();
  private final LongAdder overlapping = new LongAdder();
  private final long cpuBefore = SYSTEM.getProcessCpuTime();
  private long cpuAfter;
  private volatile long last;

  Tally(Job job) {
    this.events = job.events();
    this.work = job.work();
    this.handled = new AtomicIntegerArray(job.events());
    this.keys = new AtomicIntegerArray(job.keys() * LINE);
  }

  /** Starts the clock before the first event is there: for publishing. */
  public void begin() {
    first.set(System.nanoTime());
  }

  /**
   * Handles an event: to be called from where the contestant has its handlers.
   *
   * @param body the event's data
   */
  public void handle(byte[] body) {
    if (first.get() == 0) {
      first.compareAndSet(0, System.nanoTime());
    }
    int key = Body.key(body) * LINE;
    int next = Body.sequence(body) + 1;
    if (keys.getAndSet(key + 1, 1) != 0) {
      overlapping.increment();
    }
    boolean again = handled.getAndIncrement(Body.index(body)) > 0;
    if (keys.getAndSet(key, next) >= next && !again) {
      disordered.increment();
    }
    work.perform();
    keys.set(key + 1, 0);
    (again ? duplicates : distinct).increment();
  }

  /** Waits until every event was handled, or none has been for half a minute. */
  public void await() {
    long seen = 0;
    long since = System.nanoTime();
    while (true) {
      long sum = distinct.sum();
      long now = System.nanoTime();
      if (sum != seen) {
        seen = sum;
        since = now;
      }
      if (sum >= events || now - since > STALLED.toNanos()) {
        cpuAfter = SYSTEM.getProcessCpuTime();
        last = now;
        return;
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  /**
   * Whether every event was handled: for contestants that look themselves.
   *
   * @return true from the last event on
   */
  public boolean isComplete() {
    return last != 0 || distinct.sum() >= events;
  }

  Result result() {
    return new Result(
        events,
        (last - first.get()) / 1e9,
        (cpuAfter - cpuBefore) / 1e9,
        events - distinct.sum(),
        duplicates.sum(),
        disordered.sum(),
        overlapping.sum());
  }
}
