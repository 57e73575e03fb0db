package io.stagepost.amqp;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Does work on an executor's threads, in turns of which there is one at a time, and only while
 * there is something to do: so it has no thread while there is not. Thread-safe.
 *
 * <p>Invariants: no two turns overlap, and what one wrote the next one sees. Whatever was to be
 * seen when {@link #wake} was called is seen by a turn, or the rest of one, that comes after: a
 * state other than idle means that such a turn is under way, or is going to be.
 */
final class Turns {
  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Sender");

  private static final int IDLE = 0;
  private static final int WORKING = 1;

  /** Woken since the work was last begun, or resting, or about to begin. */
  private static final int AGAIN = 2;

  /** The work of a turn. */
  interface Work {
    /**
     * Does all that there is to do; must not throw anything.
     *
     * @return for how long to rest before the next turn, whatever comes meanwhile; zero if there is
     *     nothing to do until it is woken
     */
    Duration run();
  }

  private final Executor executor;
  private final ScheduledExecutorService timer;
  private final Work work;
  private final AtomicInteger state = new AtomicInteger(IDLE);

  /**
   * Idle.
   *
   * @param executor gives a thread for a turn, which may block
   * @param timer tells when a rest is over
   */
  Turns(Executor executor, ScheduledExecutorService timer, Work work) {
    this.executor = executor;
    this.timer = timer;
    this.work = work;
  }

  /** There is something to do. Does not block, and throws nothing. */
  void wake() {
    if (state.get() != AGAIN && state.getAndSet(AGAIN) == IDLE) {
      begin();
    }
  }

  private void begin() {
    try {
      executor.execute(this::turn);
    } catch (RejectedExecutionException ended) {
      // nobody is served any more
    } catch (Error noThread) {
      state.set(IDLE); // the next who wakes it tries again
      LOG.log(Level.ERROR, "SP-AMQP-018 Sending has no thread; it is tried again", noThread);
    }
  }

  private void turn() {
    do {
      state.getAndSet(WORKING); // a plain write would not see what the waker wrote
      Duration rest = work.run();
      if (!rest.isZero()) {
        state.set(AGAIN); // so that nobody else begins
        rest(rest);
        return;
      }
    } while (!state.compareAndSet(WORKING, IDLE));
  }

  private void rest(Duration rest) {
    try {
      var unused = timer.schedule(this::begin, rest.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException ended) {
      // nobody is served any more
    }
  }
}
