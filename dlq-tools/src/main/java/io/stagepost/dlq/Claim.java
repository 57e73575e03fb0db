package io.stagepost.dlq;

import io.stagepost.MessagingException;
import io.stagepost.dlq.Entry.Kind;
import io.stagepost.dlq.Ledger.State.Held;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The word in the ledger that a run has an address for itself. Whoever claimed first holds it,
 * until it says that it ends. One that has died cannot say so: who waits for it sees whether it
 * still writes heartbeats, and needs no clock but its own for that. Each time that a run is carried
 * out it makes a claim of its own, so that two that go on with the same run exclude each other too.
 */
final class Claim implements AutoCloseable {
  /** How long a run may be silent until it counts as dead, unless told otherwise. */
  static final Duration SILENCE = Duration.ofSeconds(15);

  /** So many heartbeats fit into that. */
  private static final int HEARTBEATS = 3;

  private static final Duration END = Duration.ofSeconds(5);

  private final Ledger ledger;
  private final Held self;
  private final String address;
  private final Duration beat;
  private final StopSignal stop;
  private final Ledger.Follower follower;
  private final ScheduledExecutorService heart =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "dlq-claim");
            thread.setDaemon(true);
            return thread;
          });
  private volatile @Nullable Kind request;
  private volatile @Nullable MessagingException lost;
  private volatile String outcome = "failed";

  /** When it was last seen that the claim holds. */
  private volatile long seen = System.nanoTime();

  private Claim(Ledger ledger, Held self, String address, Duration silence, StopSignal stop) {
    this.ledger = ledger;
    this.self = self;
    this.address = address;
    this.beat = silence.dividedBy(HEARTBEATS);
    this.stop = stop;
    this.follower = ledger.follow(address);
  }

  /**
   * Claims the address; waits for a holder that may be dead.
   *
   * @param silence how long a holder may be silent until it counts as dead: the same for all that
   *     share the ledger
   * @param stop ends the waiting
   * @throws MessagingException {@code SP-DLQ-003} if another run is alive and holds it
   */
  static Claim of(
      Ledger ledger, String run, String address, String note, Duration silence, StopSignal stop) {
    Held self = new Held(run, UUID.randomUUID().toString().substring(0, 8));
    Claim claim = new Claim(ledger, self, address, silence, stop);
    claim.append(Kind.CLAIM, note);
    try {
      claim.overcome();
    } catch (RuntimeException refused) {
      claim.append(Kind.RELEASE, null);
      throw refused;
    }
    var unused =
        claim.heart.scheduleWithFixedDelay(
            claim::beat, claim.beat.toNanos(), claim.beat.toNanos(), TimeUnit.NANOSECONDS);
    return claim;
  }

  private void overcome() {
    @Nullable Held waited = null;
    long beats = 0;
    for (int waits = 0; ; waits++) {
      Ledger.State state = follower.state();
      Held holder = state.holder();
      if (self.equals(holder)) {
        seen = System.nanoTime();
        return;
      }
      if (holder == null) { // its own claim is there, so this look was cut short
        if (waits >= HEARTBEATS) {
          throw takenOver();
        }
      } else if (!holder.equals(waited)) {
        waited = holder;
        beats = state.beats(holder);
        waits = 0;
        ledger.tellWaiting(state.sign(holder), beat.multipliedBy(HEARTBEATS + 1));
      } else if (state.beats(holder) > beats) {
        throw held(holder, state.run(holder.run()));
      } else if (waits >= HEARTBEATS) {
        ledger.append(
            Kind.RELEASE,
            holder.run(),
            address,
            null,
            "silent, taken over by " + self.run(),
            holder.claim());
      }
      if (stop.await(beat)) {
        throw StopSignal.stopped();
      }
    }
  }

  private MessagingException held(Held holder, @Nullable Run run) {
    return new MessagingException(
        "SP-DLQ-003",
        "The run "
            + holder.run()
            + " of "
            + (run == null ? "somebody" : run.by())
            + " is at work at "
            + address
            + ". Wait for its end, or ask it to: dlq runs cancel "
            + holder.run());
  }

  /**
   * Looks at what the ledger said of the address when the claim was last seen to hold. Heartbeats
   * wait meanwhile, so the look is a short one.
   */
  synchronized <T> T look(Function<Ledger.State, T> question) {
    return question.apply(follower.known());
  }

  private synchronized void beat() {
    try {
      append(Kind.HEARTBEAT, null);
      Ledger.State state = follower.state();
      Run run = state.run(self.run());
      request = run == null ? null : run.request();
      if (self.equals(state.holder())) {
        seen = System.nanoTime();
      } else {
        lost = takenOver();
      }
    } catch (MessagingException unreachable) {
      lost = unreachable; // whoever waits for a heartbeat may take over by now
    } catch (RuntimeException unreachable) {
      lost =
          new MessagingException(
              "SP-DLQ-001",
              "The run "
                  + self.run()
                  + " cannot reach the ledger: "
                  + unreachable.getMessage()
                  + ". Look at the broker, then carry the plan out again.",
              unreachable);
    }
  }

  private MessagingException takenOver() {
    return new MessagingException(
        "SP-DLQ-004",
        "The run "
            + self.run()
            + " was silent for too long, and its claim on "
            + address
            + " was taken over. Carry the plan out again to go on.");
  }

  private void append(Kind kind, @Nullable String note) {
    ledger.append(kind, self.run(), address, null, note, self.claim());
  }

  /**
   * What somebody has asked the run to do; null for nothing. Whoever has not looked for as long as
   * others wait, since it was stopped say, looks first.
   */
  @Nullable Kind request() {
    if (lost == null && System.nanoTime() - seen > beat.toNanos() * HEARTBEATS) {
      beat();
    }
    MessagingException failure = lost;
    if (failure != null) {
      throw failure;
    }
    return request;
  }

  /** Returns once nobody wants the run to hold on, or it is to stop. */
  void awaitResume() {
    while (request() == Kind.PAUSE && !stop.await(beat)) {
      // looks again
    }
  }

  /** Says how the run has ended. */
  void end(String outcome) {
    this.outcome = outcome;
  }

  @Override
  public void close() {
    heart.shutdown();
    try {
      if (heart.awaitTermination(END.toSeconds(), TimeUnit.SECONDS) && lost == null) {
        append(Kind.ENDED, outcome);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
