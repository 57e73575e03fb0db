package io.stagepost.dlq;

import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.dlq.Replay.Progress;
import io.stagepost.dlq.Replay.Settings;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sends letters, as fast as the bounds allow, and notes those that the broker has confirmed. What
 * is sent and not yet noted is bounded: that is what a run that dies may send again.
 */
final class Dispatch {
  private static final int SHOWN = 100;

  /** How long what was confirmed waits to be noted, and the listener for news. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Sender sender;
  private final Function<Letter, Message> outgoing;
  private final Consumer<Positions> noting;
  private final Settings settings;
  private final long planned;
  private final Replay.Listener listener;
  private final long start = System.nanoTime();
  private long before;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Guarded by the lock: answers come on threads of the transport.
  private Positions confirmed = new Positions();
  private int unanswered;
  private long sent;
  private long noted;
  private long refused;
  private long unknown;
  private long died;
  private final Map<String, String> failures = new LinkedHashMap<>();

  // Only for the thread that sends.
  private long notedAt = start;
  private long toldAt = start;

  Dispatch(
      Sender sender,
      Function<Letter, Message> outgoing,
      Consumer<Positions> noting,
      Settings settings,
      long planned,
      Replay.Listener listener) {
    this.sender = sender;
    this.outgoing = outgoing;
    this.noting = noting;
    this.settings = settings;
    this.planned = planned;
    this.listener = listener;
  }

  void startAfter(long before) {
    this.before = before;
  }

  /** Sends a letter, once there is room and the rate allows. */
  void send(Letter letter) {
    pace();
    lock.lock();
    try {
      while (unanswered + confirmed.size() >= settings.maxInFlight()) {
        if (confirmed.size() * 2 >= settings.maxInFlight()) {
          note();
        } else {
          await(PAUSE_NANOS);
          noteIfDue();
        }
      }
      unanswered++;
      sent++;
    } finally {
      lock.unlock();
    }
    var unused =
        sender
            .send(outgoing.apply(letter))
            .whenComplete((receipt, failure) -> answered(letter, failure));
    noteIfDue();
    tellIfDue();
  }

  private void answered(Letter letter, @Nullable Throwable failure) {
    lock.lock();
    try {
      unanswered--;
      if (failure == null) {
        confirmed.add(letter.at());
      } else {
        Throwable cause =
            failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
        if (cause instanceof PublishRejectedException) {
          refused++;
        } else {
          unknown++;
        }
        if (failures.size() < SHOWN) {
          failures.put(letter.id(), String.valueOf(cause.getMessage()));
        }
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void noteIfDue() {
    if (System.nanoTime() - notedAt > PAUSE_NANOS) {
      lock.lock();
      try {
        note();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Notes what was confirmed. Called with the lock held, which it gives up meanwhile. */
  private void note() {
    notedAt = System.nanoTime();
    Positions batch = confirmed;
    if (batch.size() == 0) {
      return;
    }
    confirmed = new Positions();
    unanswered += Math.toIntExact(batch.size()); // until the ledger has it
    lock.unlock();
    try {
      noting.accept(batch);
    } finally {
      lock.lock();
      unanswered -= Math.toIntExact(batch.size());
    }
    noted += batch.size();
  }

  private void pace() {
    if (settings.rate() == Double.POSITIVE_INFINITY) {
      return;
    }
    long due = start + (long) (sent() / settings.rate() * 1e9);
    for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
      lock.lock();
      try {
        await(Math.min(wait, PAUSE_NANOS));
      } finally {
        lock.unlock();
      }
      noteIfDue();
      tellIfDue();
    }
  }

  /** Waits until everything is answered, and noted. */
  void drain() {
    lock.lock();
    try {
      while (unanswered > 0) {
        await(PAUSE_NANOS);
        noteIfDue();
        tellIfDue();
      }
      note();
    } finally {
      lock.unlock();
    }
    listener.progress(progress());
  }

  @SuppressWarnings("WaitNotInLoop") // the callers look again, and a pause may end early
  private void await(long nanos) {
    try {
      var unused = changed.awaitNanos(nanos);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new MessagingException(
          "SP-DLQ-012", "The run was interrupted. Carry the plan out again to go on.", interrupted);
    }
  }

  private void tellIfDue() {
    long now = System.nanoTime();
    if (now - toldAt > PAUSE_NANOS) {
      toldAt = now;
      listener.progress(progress());
    }
  }

  void died(long letters) {
    lock.lock();
    try {
      died = letters;
    } finally {
      lock.unlock();
    }
  }

  long sent() {
    lock.lock();
    try {
      return sent;
    } finally {
      lock.unlock();
    }
  }

  Progress progress() {
    lock.lock();
    try {
      return new Progress(planned, before, sent, noted, refused, unknown, died);
    } finally {
      lock.unlock();
    }
  }

  Map<String, String> failures() {
    lock.lock();
    try {
      return Collections.unmodifiableMap(new LinkedHashMap<>(failures));
    } finally {
      lock.unlock();
    }
  }
}
