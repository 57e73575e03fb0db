package io.stagepost;

import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription has deferred: received by a group of its own from the delay addresses, and
 * handed on to the subscription's engine when it is due. Thread-safe.
 *
 * <pre>
 *   delay address ──receive──▶ waiting, by due time ──due──▶ due ──offer──▶ engine
 *                                                             ▲      │
 *                                        until it has room    └──────┘ refused
 * </pre>
 *
 * <p>Nothing is settled here, so a restart reads it again. What is due soon waits here, and all the
 * rest too where the broker cannot put it aside. What waits is bounded like what is in flight, and
 * apart from it; it holds no thread and no lane. One timer is set, for what is due first. A suspect
 * is never kept: nothing else would begin in this process until it is settled.
 */
final class Delays implements Intake {
  /** What is due later than this need not be kept here, if the broker keeps it until then. */
  private static final Duration FAR = Duration.ofSeconds(10);

  private final Intake engine;
  private final Map<String, String> channels;
  private final int countBound;
  private final long bytesBound;
  private final InstantSource clock;
  private final ScheduledExecutorService scheduler;

  /** How often somebody asked to hand on since it was last begun; whoever is at it comes round. */
  private final AtomicInteger asked = new AtomicInteger();

  private volatile @Nullable Receiver receiver;

  // Guarded by this, which is never held while the engine or the receiver is called.
  private final PriorityQueue<Waiting> waiting =
      new PriorityQueue<>(Comparator.comparing(Waiting::due).thenComparingLong(Waiting::number));
  private final ArrayDeque<Deferred> due = new ArrayDeque<>();
  private long received;
  private int count;
  private long bytes;
  private boolean refused;
  private boolean closed;

  /** When the first suspect is due that was refused because it was not; null if none was. */
  private @Nullable Instant suspectDue;

  /** Whether a suspect that is due waits for the engine to have room. */
  private boolean suspectWaits;

  /** When the timer is over; null if none is set. */
  private @Nullable Instant timerDue;

  private @Nullable Future<?> timer;

  private record Waiting(Deferred delivery, Instant due, long number) {}

  /**
   * Nothing yet.
   *
   * @param engine takes what is due
   * @param channels by delay address, which channel is deferred to it
   * @param limits bound what waits here
   * @param around tells the time
   */
  Delays(
      Intake engine,
      Map<String, String> channels,
      Limits limits,
      Subscription.Surroundings around) {
    this.engine = engine;
    this.channels = channels;
    this.countBound = limits.inFlight();
    this.bytesBound = limits.inFlightBytes();
    this.clock = around.clock();
    this.scheduler = around.scheduler();
  }

  /** The group that reads the delay addresses of a subscription. */
  static String group(String subscription) {
    return subscription + ".delay";
  }

  void start(Transport transport, String subscription, Duration drain) {
    receiver =
        transport.receive(new Reception(group(subscription), channels.keySet(), drain), this);
    tellReceiver(); // in case it was refused before it was known
  }

  // ---- received

  @Override
  public int offer(List<? extends Delivery> deliveries) {
    int taken = 0;
    while (taken < deliveries.size() && take(deliveries.get(taken))) {
      taken++;
    }
    handOn();
    return taken;
  }

  private boolean take(Delivery delivery) {
    String channel = channels.getOrDefault(delivery.address(), delivery.address());
    Deferred deferred = new Deferred(delivery, channel);
    if (delivery.isSuspect()) {
      return takeSuspect(deferred);
    }
    boolean isFar = deferred.due().isAfter(clock.instant().plus(FAR));
    return (isFar && delivery.putAside(deferred.due())) || keep(deferred);
  }

  private boolean takeSuspect(Deferred suspect) {
    synchronized (this) {
      if (suspect.due().isAfter(clock.instant())) {
        if (suspectDue == null || suspect.due().isBefore(suspectDue)) {
          suspectDue = suspect.due();
        }
        return false;
      }
      suspectWaits = true; // before the engine may tell that it has room again
    }
    return engine.offer(List.of(suspect)) == 1;
  }

  private synchronized boolean keep(Deferred deferred) {
    if (closed || count >= countBound || (count > 0 && bytes + deferred.size() > bytesBound)) {
      refused = true;
      return false;
    }
    count++;
    bytes += deferred.size();
    waiting.add(new Waiting(deferred, deferred.due(), received++));
    return true;
  }

  @Override
  public synchronized boolean hasRoom() {
    return !closed && !refused;
  }

  /** How many wait here. */
  synchronized int count() {
    return count;
  }

  // ---- handed on

  /** The engine has room again, having refused something. */
  void roomAvailable() {
    boolean suspect;
    synchronized (this) {
      suspect = suspectWaits;
      suspectWaits = false;
    }
    handOn();
    if (suspect) {
      tellReceiver();
    }
  }

  private void handOn() {
    if (asked.getAndIncrement() > 0) {
      return;
    }
    int answered;
    do {
      answered = asked.get();
      for (Deferred next : takeDue()) {
        boolean gone =
            !next.assignment().isHeld() || (engine.hasRoom() && engine.offer(List.of(next)) == 1);
        putBack(next, gone);
      }
      if (isRoomToTell()) {
        tellReceiver();
      }
      setTimer();
    } while (asked.addAndGet(-answered) > 0);
  }

  private synchronized List<Deferred> takeDue() {
    List<Deferred> all = new ArrayList<>(due);
    due.clear();
    Instant now = clock.instant();
    for (Waiting first = waiting.peek();
        first != null && !first.due().isAfter(now);
        first = waiting.peek()) {
      all.add(waiting.remove().delivery());
    }
    return all;
  }

  private synchronized void putBack(Deferred next, boolean gone) {
    // Released before the release is told here: so it either sees this one, or this sees it.
    if (gone || closed || !next.assignment().isHeld()) {
      left(next);
    } else {
      due.add(next);
    }
  }

  private synchronized void left(Deferred gone) {
    count--;
    bytes -= gone.size();
  }

  /** Whether a quarter of the bound is free again after a refusal. */
  private synchronized boolean isRoomToTell() {
    if (!refused
        || count > countBound - Math.max(1, countBound / 4)
        || bytes > bytesBound - bytesBound / 4) {
      return false;
    }
    refused = false;
    return true;
  }

  private void tellReceiver() {
    Receiver told = receiver;
    if (told != null) {
      told.roomAvailable();
    }
  }

  private synchronized void setTimer() {
    Waiting first = waiting.peek();
    Instant next = first == null ? suspectDue : first.due();
    if (suspectDue != null && next != null && suspectDue.isBefore(next)) {
      next = suspectDue;
    }
    if (closed || next == null || (timerDue != null && !next.isBefore(timerDue))) {
      return;
    }
    if (timer != null) {
      timer.cancel(false);
    }
    timerDue = next;
    Duration delay = Duration.between(clock.instant(), next);
    timer = scheduler.schedule(this::timeIsOver, Context.nanos(delay), TimeUnit.NANOSECONDS);
  }

  private void timeIsOver() {
    boolean suspect;
    synchronized (this) {
      timerDue = null;
      suspect = suspectDue != null && !suspectDue.isAfter(clock.instant());
      suspectDue = suspect ? null : suspectDue;
    }
    handOn();
    if (suspect) {
      tellReceiver(); // it is offered again, and any other, which is refused again
    }
  }

  // ---- released, closed

  @Override
  public CompletableFuture<Void> release(Collection<Assignment> assignments) {
    drop(assignments);
    return engine.release(assignments);
  }

  @Override
  public CompletableFuture<Void> lose(Collection<Assignment> assignments) {
    drop(assignments);
    return engine.lose(assignments);
  }

  private void drop(Collection<Assignment> assignments) {
    synchronized (this) {
      for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
        Deferred each = all.next().delivery();
        if (assignments.contains(each.assignment())) {
          all.remove();
          left(each);
        }
      }
      for (Iterator<Deferred> all = due.iterator(); all.hasNext(); ) {
        Deferred each = all.next();
        if (assignments.contains(each.assignment())) {
          all.remove();
          left(each);
        }
      }
    }
    handOn();
  }

  /** Leaves the group; what waits is redelivered some day. The engine is closed before. */
  void close() {
    synchronized (this) {
      closed = true;
      waiting.forEach(each -> left(each.delivery()));
      waiting.clear();
      due.forEach(this::left);
      due.clear();
      if (timer != null) {
        timer.cancel(false);
      }
    }
    Receiver left = receiver;
    if (left != null) {
      left.close();
    }
  }
}
