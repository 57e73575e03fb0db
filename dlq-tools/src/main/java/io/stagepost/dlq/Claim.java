package io.stagepost.dlq;

import io.stagepost.MessagingException;
import io.stagepost.dlq.Entry.Kind;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The word in the ledger that a run has an address for itself. Whoever claimed first holds it,
 * until it says that it ends. One that has died cannot say so: who waits for it sees whether it
 * still writes heartbeats, and needs no clock but its own for that.
 */
final class Claim implements AutoCloseable {
  /** How long a run may be silent until it counts as dead, unless told otherwise. */
  static final Duration SILENCE = Duration.ofSeconds(15);

  /** So many heartbeats fit into that. */
  private static final int HEARTBEATS = 3;

  private static final Duration END = Duration.ofSeconds(5);

  private final Ledger ledger;
  private final String run;
  private final String address;
  private final Duration silence;
  private final ScheduledExecutorService heart =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "dlq-claim");
            thread.setDaemon(true);
            return thread;
          });
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile @Nullable Kind request;
  private volatile @Nullable MessagingException lost;
  private volatile String outcome = "failed";

  private Claim(Ledger ledger, String run, String address, Duration silence) {
    this.ledger = ledger;
    this.run = run;
    this.address = address;
    this.silence = silence;
  }

  /**
   * Claims the address; waits for a holder that may be dead.
   *
   * @throws MessagingException {@code SP-DLQ-003} if another run is alive and holds it
   */
  static Claim of(Ledger ledger, String run, String address, String note, Duration silence) {
    Claim claim = new Claim(ledger, run, address, silence);
    ledger.append(Kind.CLAIM, run, address, null, note);
    try {
      claim.overcome();
    } catch (RuntimeException refused) {
      ledger.append(Kind.RELEASE, run, address, null, null);
      throw refused;
    }
    var unused =
        claim.heart.scheduleWithFixedDelay(
            claim::beat, claim.beatNanos(), claim.beatNanos(), TimeUnit.NANOSECONDS);
    return claim;
  }

  private void overcome() {
    for (Ledger.State state = ledger.state(address); ; ) {
      String holder = state.holder();
      if (holder == null || holder.equals(run)) {
        return;
      }
      Run first = state.run(holder);
      pause(silence);
      state = ledger.state(address);
      Run then = state.run(holder);
      if (first == null || then == null || !holder.equals(state.holder())) {
        continue;
      }
      if (then.entries() > first.entries()) {
        throw new MessagingException(
            "SP-DLQ-003",
            "The run "
                + holder
                + " of "
                + then.by()
                + " is at work at "
                + address
                + ". Wait for its end, or ask it to: dlq runs cancel "
                + holder);
      }
      ledger.append(Kind.RELEASE, holder, address, null, "silent, taken over by " + run);
      state = ledger.state(address);
    }
  }

  private void beat() {
    try {
      ledger.append(Kind.HEARTBEAT, run, address, null, null);
      Ledger.State state = ledger.state(address);
      Run self = state.run(run);
      request = self == null ? null : self.request();
      if (!run.equals(state.holder())) {
        lost =
            new MessagingException(
                "SP-DLQ-004",
                "The run "
                    + run
                    + " was silent for too long, and its claim on "
                    + address
                    + " was taken over. Carry the plan out again to go on.");
      }
    } catch (MessagingException unreachable) {
      lost = unreachable; // whoever waits for a heartbeat may take over by now
    }
  }

  /** What somebody has asked the run to do; null for nothing. */
  @Nullable Kind request() {
    MessagingException failure = lost;
    if (failure != null) {
      throw failure;
    }
    return request;
  }

  /** Returns once nobody wants the run to hold on. */
  void awaitResume() {
    while (request() == Kind.PAUSE) {
      pause(silence.dividedBy(HEARTBEATS));
    }
  }

  private long beatNanos() {
    return silence.dividedBy(HEARTBEATS).toNanos();
  }

  private void pause(Duration time) {
    try {
      boolean unused = closed.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new MessagingException(
          "SP-DLQ-012", "The run was interrupted. Carry the plan out again to go on.", interrupted);
    }
  }

  /** Says how the run has ended. */
  void end(String outcome) {
    this.outcome = outcome;
  }

  @Override
  public void close() {
    closed.countDown();
    heart.shutdownNow();
    try {
      if (heart.awaitTermination(END.toSeconds(), TimeUnit.SECONDS) && lost == null) {
        ledger.append(Kind.ENDED, run, address, null, outcome);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
