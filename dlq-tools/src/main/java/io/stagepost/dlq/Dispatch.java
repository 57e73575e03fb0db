package io.stagepost.dlq;

import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.dlq.Entry.Kind;
import io.stagepost.dlq.Replay.Progress;
import io.stagepost.dlq.Replay.Settings;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends letters, as fast as the bounds allow, and notes those that the broker has confirmed. What
 * is sent and not yet noted is bounded: that is what a run that dies may send again.
 */
final class Dispatch {
  private static final int SHOWN = 100;

  /** How many bytes are sent and not answered at most, but for a single letter that is larger. */
  private static final long MOST_BYTES = 32L << 20;

  /** So many refusals, and nothing else, say that the destination wants none of them. */
  private static final int HOPELESS = 100;

  /** Noted is what was confirmed as soon as it is this part of what may be in flight. */
  private static final int NOTED_PARTS = 4;

  /** How much of a pause is made up for by going faster than the rate. */
  private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** How long what was confirmed waits to be noted, and the listener for news. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** Writes into the ledger what was confirmed. */
  @FunctionalInterface
  interface Noting {
    CompletableFuture<?> note(Kind kind, Batch confirmed);
  }

  /** Letters that were confirmed, and the mark of the first of them. */
  record Batch(Positions letters, String mark) {}

  private final Sender sender;
  private final Noting noting;
  private final Settings settings;
  private final boolean inOrder;
  private final StopSignal stop;
  private final long planned;
  private final long before;
  private final Replay.Listener listener;
  private final long start = System.nanoTime();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Guarded by the lock: answers come on threads of the transport.
  private final Map<Kind, Batch> confirmed = new EnumMap<>(Kind.class);
  private final Set<Long> busyKeys = new HashSet<>();
  private final Set<Long> brokenKeys = new HashSet<>();
  private boolean accepted;
  private long unnoted;
  private boolean isNoting;
  private @Nullable Throwable notNoted;
  private long unanswered;
  private long bytes;
  private long sent;
  private long noted;
  private long refused;
  private long unknown;
  private long replayed;
  private long died;
  private final Map<String, Long> failedGroups = new TreeMap<>();
  private final Map<String, String> failures = new LinkedHashMap<>();

  // Only for the thread that sends.
  private long due = start;
  private long notedAt = start;
  private long toldAt = start;

  /**
   * For a run.
   *
   * @param before how many letters of the plan had been dealt with before it began
   * @param inOrder whether a letter waits for the one of its key before it, and is not sent if that
   *     one failed
   * @param stop ends every waiting for room
   */
  Dispatch(
      Sender sender,
      Noting noting,
      Settings settings,
      boolean inOrder,
      StopSignal stop,
      long planned,
      long before,
      Replay.Listener listener) {
    this.sender = sender;
    this.noting = noting;
    this.settings = settings;
    this.inOrder = inOrder;
    this.stop = stop;
    this.planned = planned;
    this.before = before;
    this.listener = listener;
  }

  /**
   * Sends a letter, once there is room and the rate allows.
   *
   * @param message what is sent of it; null if there is only something to note
   * @return false if the run is to stop; the letter was not sent then
   */
  boolean send(Letter letter, Kind kind, @Nullable Message message) {
    Long key = inOrder && kind == Kind.REPLAYED ? KeyOrder.hash(letter) : null;
    byte[] body = message == null ? null : message.body();
    int size = body == null ? 0 : body.length;
    if (!pace() || !awaitRoom(size, key)) {
      return false;
    }
    if (message == null) {
      confirm(letter, kind);
    } else if (key != null && isBroken(key)) {
      failed(letter, "an earlier event of its key was not sent", true);
    } else {
      lock.lock();
      try {
        unanswered++;
        bytes += size;
        sent++;
        if (key != null) {
          busyKeys.add(key);
        }
      } finally {
        lock.unlock();
      }
      var unused =
          sender
              .send(message)
              .whenComplete((receipt, failure) -> answered(letter, kind, size, key, failure));
    }
    noteIfDue();
    tellIfDue();
    return true;
  }

  private void confirm(Letter letter, Kind kind) {
    lock.lock();
    try {
      sent++;
      add(letter, kind);
    } finally {
      lock.unlock();
    }
  }

  /** Called with the lock held. */
  private void add(Letter letter, Kind kind) {
    confirmed
        .computeIfAbsent(kind, any -> new Batch(new Positions(), Ledger.mark(letter)))
        .letters()
        .add(letter.at());
    replayed += kind == Kind.REPLAYED ? 1 : 0;
    unnoted++;
    accepted = true;
  }

  private boolean isBroken(Long key) {
    lock.lock();
    try {
      return brokenKeys.contains(key);
    } finally {
      lock.unlock();
    }
  }

  private boolean awaitRoom(int size, @Nullable Long key) {
    lock.lock();
    try {
      while (!hasRoom(size, key)) {
        if (stop.isGiven()) {
          return false;
        }
        noteIfMany();
        if (!hasRoom(size, key)) {
          await(PAUSE_NANOS);
          noteIfDueLocked();
          tellIfDue();
        }
      }
      noteIfMany();
      return true;
    } finally {
      lock.unlock();
    }
  }

  private boolean hasRoom(int size, @Nullable Long key) {
    return unanswered + unnoted < settings.maxInFlight()
        && (unanswered == 0 || bytes + size <= MOST_BYTES)
        && (key == null || !busyKeys.contains(key));
  }

  private void answered(
      Letter letter, Kind kind, int size, @Nullable Long key, @Nullable Throwable failure) {
    lock.lock();
    try {
      unanswered--;
      bytes -= size;
      if (key != null) {
        busyKeys.remove(key);
      }
      if (failure == null) {
        add(letter, kind);
      } else {
        Throwable cause =
            failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
        if (key != null) {
          brokenKeys.add(key);
        }
        failed(
            letter, String.valueOf(cause.getMessage()), cause instanceof PublishRejectedException);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void failed(Letter letter, String why, boolean isRefused) {
    lock.lock();
    try {
      if (isRefused) {
        refused++;
      } else {
        unknown++;
      }
      if (failures.size() < SHOWN) {
        failures.put(letter.id(), why);
      }
      String group = letter.fingerprint().id();
      if (failedGroups.size() < SHOWN || failedGroups.containsKey(group)) {
        failedGroups.merge(group, 1L, Long::sum);
      }
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

  /** Called with the lock held once. */
  private void noteIfMany() {
    if (unnoted * NOTED_PARTS >= settings.maxInFlight()) {
      note();
    }
  }

  /** Called with the lock held once. */
  private void noteIfDueLocked() {
    if (System.nanoTime() - notedAt > PAUSE_NANOS) {
      note();
    }
  }

  /**
   * Begins to note what was confirmed, unless that is under way. Called with the lock held once,
   * which it gives up meanwhile: the ledger's answer may come on the thread that is about to tell
   * of a letter's.
   */
  private void note() {
    if (notNoted != null) {
      throw notNoted instanceof MessagingException told ? told : new CompletionException(notNoted);
    }
    notedAt = System.nanoTime();
    if (unnoted == 0 || isNoting) {
      return;
    }
    Map<Kind, Batch> batch = new EnumMap<>(confirmed);
    long size = unnoted;
    confirmed.clear();
    unnoted = 0;
    unanswered += size; // until the ledger has it
    isNoting = true;
    lock.unlock();
    try {
      var unused =
          CompletableFuture.allOf(
                  batch.entrySet().stream()
                      .map(each -> noting.note(each.getKey(), each.getValue()))
                      .toArray(CompletableFuture<?>[]::new))
              .whenComplete((all, failure) -> wasNoted(size, failure));
    } finally {
      lock.lock();
    }
  }

  private void wasNoted(long size, @Nullable Throwable failure) {
    lock.lock();
    try {
      isNoting = false;
      unanswered -= size;
      if (failure == null) {
        noted += size;
      } else {
        notNoted = Objects.requireNonNullElse(failure.getCause(), failure);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** False if the run is to stop. */
  private boolean pace() {
    if (settings.rate() == Double.POSITIVE_INFINITY) {
      return !stop.isGiven();
    }
    due = Math.max(due, System.nanoTime() - BURST_NANOS);
    for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
      if (stop.isGiven()) {
        return false;
      }
      lock.lock();
      try {
        await(Math.min(wait, PAUSE_NANOS));
      } finally {
        lock.unlock();
      }
      noteIfDue();
      tellIfDue();
    }
    due += (long) (1e9 / settings.rate());
    return !stop.isGiven();
  }

  /** Waits until everything is answered, and noted. */
  void drain() {
    lock.lock();
    try {
      while (unanswered > 0 || unnoted > 0) {
        if (unanswered == 0) {
          note();
        } else {
          await(PAUSE_NANOS);
          noteIfDueLocked();
          tellIfDue();
        }
      }
      note(); // tells whether the last was
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
      throw StopSignal.interrupted(interrupted);
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

  /** Whether the destination refuses everything. */
  boolean isHopeless() {
    return locked(() -> refused >= HOPELESS && !accepted);
  }

  long sent() {
    return locked(() -> sent);
  }

  /** How many letters were sent again, and the broker has them. */
  long replayed() {
    return locked(() -> replayed);
  }

  Progress progress() {
    return locked(
        () ->
            new Progress(
                planned,
                before,
                sent,
                noted,
                refused,
                unknown,
                died,
                Collections.unmodifiableMap(new TreeMap<>(failedGroups))));
  }

  Map<String, String> failures() {
    return locked(() -> Collections.unmodifiableMap(new LinkedHashMap<>(failures)));
  }

  private <T> T locked(Supplier<T> look) {
    lock.lock();
    try {
      return look.get();
    } finally {
      lock.unlock();
    }
  }
}
