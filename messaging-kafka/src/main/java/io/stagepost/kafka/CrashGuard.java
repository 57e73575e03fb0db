package io.stagepost.kafka;

import java.util.BitSet;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * Finds the delivery that kills the process whenever it is handled. The evidence lies in the {@link
 * Checkpoint} that is committed, so that it survives the process:
 *
 * <ul>
 *   <li>Before the first deliveries of an assignment are offered, it is committed that this
 *       assignment has begun, and how far it may get. An assignment that ends in order takes that
 *       back. So the next one sees how many in a row have ended otherwise: the process died, or
 *       lost its partitions.
 *   <li>If it sees one, it is <i>wary</i>: it commits how far it may get before each further batch,
 *       until all that was under way then is settled.
 *   <li>If it sees {@value #SUSPICIOUS} or more, and not all that was under way has been settled
 *       since, it is <i>suspect</i>: those deliveries are handled one after the other, while
 *       nothing else begins in this whole process, and which one it is gets committed before it is
 *       offered. If the process dies again, it was that one's doing. {@link
 *       KafkaDelivery#crashes()} says how often; the policy says how often is too often.
 * </ul>
 *
 * <p>Belongs to the receiver's thread.
 */
final class CrashGuard {
  /** So many ends out of order, without progress, are no coincidence. */
  static final int SUSPICIOUS = 3;

  private final Checkpoint found;

  /** One permit, of the process: had by the one who handles a suspect. */
  private final Semaphore process;

  /** Below this offset deliveries are suspect. */
  private final long suspectsEnd;

  private int ends;
  private long until;
  private boolean declared;
  private long alone;
  private int times;
  private boolean aloneNow;

  CrashGuard(Checkpoint found, Semaphore process) {
    this.found = found;
    this.process = process;
    this.suspectsEnd = found.ends() >= SUSPICIOUS ? found.until() : Ledger.NOTHING;
    this.ends = found.ends() + 1;
    this.until = found.until();
    this.alone = found.alone();
    this.times = found.times();
  }

  /** Whether a suspect is handled alone, by whomever: nothing else is to begin meanwhile. */
  boolean isAnyAlone() {
    return process.availablePermits() == 0;
  }

  /** Whether what is offered is to be committed before: so that is to be little at a time. */
  boolean isWatching() {
    return !declared || ends > 1;
  }

  boolean isSuspect(long offset) {
    return offset < suspectsEnd;
  }

  /** How often the process died while this offset was handled alone. */
  int crashes(long offset) {
    return offset == found.alone() ? found.times() : 0;
  }

  /** Whether a suspect may be offered now; if so, no other may until {@link #leave()}. */
  boolean enter() {
    aloneNow = aloneNow || process.tryAcquire();
    return aloneNow;
  }

  /** Whether this is who handles a suspect, or has handled one. */
  boolean isAlone() {
    return aloneNow;
  }

  /** What was declared was not taken, so it is not under way. */
  void refused() {
    if (aloneNow) {
      undeclare();
    }
  }

  /** What was handled alone is over, and a commit says so. */
  void leave() {
    if (aloneNow) {
      aloneNow = false;
      process.release();
    }
  }

  /** Whether it must be committed that these are about to be offered. */
  boolean mustDeclare(List<KafkaDelivery> next) {
    long last = next.get(next.size() - 1).offset();
    return isSuspect(last) ? !declared || last != alone : !declared || (ends > 1 && last >= until);
  }

  /** These are about to be offered: the next {@link #checkpoint} says so. */
  void declare(List<KafkaDelivery> next) {
    long last = next.get(next.size() - 1).offset();
    declared = true;
    until = Math.max(until, last + 1);
    if (isSuspect(last)) {
      times = last == alone ? times + 1 : 1;
      alone = last;
    }
  }

  /** The commit of that failed, or nobody took it: it is to be declared again. */
  void undeclare() {
    declared = false;
    if (alone != Ledger.NOTHING) {
      times = crashes(alone); // of this assignment's own, none counts yet
    }
  }

  /** So much is committed. */
  void progressed(long offset) {
    if (offset >= found.until()) {
      ends = 1;
    }
  }

  /**
   * What is to be committed.
   *
   * @param offset below it all is settled
   * @param settled what is settled above it
   * @param epoch the highest leader epoch of what was taken
   * @param taken the offset behind the last delivery that was taken
   */
  Checkpoint checkpoint(long offset, BitSet settled, int epoch, long taken) {
    until = Math.max(until, taken);
    boolean underWay = until > offset; // if not, there is nothing to be suspected
    return new Checkpoint(
        offset,
        settled,
        epoch,
        !underWay ? 0 : declared ? ends : found.ends(),
        Math.max(until, offset),
        alone >= offset ? alone : Ledger.NOTHING,
        times);
  }
}
