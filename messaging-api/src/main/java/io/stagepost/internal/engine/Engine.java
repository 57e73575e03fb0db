package io.stagepost.internal.engine;

import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Intake;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Runs deliveries through their lanes. Thread-safe. The state diagram and the invariants are in the
 * package's documentation.
 *
 * <p>Workers are tasks on the executor, at most as many as the limit of concurrency; each takes
 * ready lanes, first come first served within a priority, until none is left. A lane that still has
 * work after its turn goes to the end of its queue, so that a busy key starves nobody.
 */
public final class Engine implements Intake {
  /**
   * The bounds.
   *
   * @param concurrency how many lanes and jobs run at once
   * @param inFlight how many deliveries are in flight
   * @param inFlightBytes how many bytes are in flight
   * @param laneCapacity how many deliveries one lane holds
   * @param turn how many deliveries of a lane are taken in one turn
   * @param rate how many tries start in a second; infinite for no limit
   * @param weights of priorities, by address; the higher comes first. An address that has none is
   *     of the lowest priority that there is
   */
  public record Bounds(
      int concurrency,
      int inFlight,
      long inFlightBytes,
      int laneCapacity,
      int turn,
      double rate,
      Map<String, Integer> weights) {
    /** The weights of the priorities that there are, the highest first; at least one. */
    List<Integer> priorities() {
      return weights.isEmpty()
          ? List.of(1)
          : new ArrayList<>(new TreeSet<>(weights.values()).descendingSet());
    }
  }

  /**
   * What it is doing, at a moment.
   *
   * @param inFlight deliveries received and not settled
   * @param bytes the same in bytes
   * @param waiting lanes that wait to try again
   * @param share of its bound, of count or bytes, whichever is nearer to it
   * @param laneShare the same of the fullest lane
   */
  public record Load(int inFlight, long bytes, int waiting, double share, double laneShare) {}

  private static final Logger LOG = System.getLogger(Engine.class.getName());
  private static final Duration AFTER_REFUSAL = Duration.ofSeconds(1);

  private final Bounds bounds;
  private final RetryBudget budget;
  private final Function<Delivery, Passage> road;
  private final Executor executor;
  private final ScheduledExecutorService scheduler;
  private final Runnable onRoom;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Object, Lane> lanes = new HashMap<>();
  private final Ready ready;
  private final int lowest;
  private final ArrayDeque<Runnable> jobs = new ArrayDeque<>();
  private final Releases releases = new Releases();
  private final Room room;
  private final Pace pace;
  private int running;

  /** Workers that were started and have not taken anything yet. */
  private int starting;

  private volatile boolean closed;

  /**
   * An engine.
   *
   * @param bounds its bounds
   * @param budget decides when it probes
   * @param road makes the passage of a delivery; called under the lock, so it must be quick
   * @param executor where handlers run
   * @param scheduler tells when a delay is over
   * @param ticker tells the time in nanoseconds, monotonic
   * @param onRoom called, outside the lock, when there is room again after a refusal
   */
  public Engine(
      Bounds bounds,
      RetryBudget budget,
      Function<Delivery, Passage> road,
      Executor executor,
      ScheduledExecutorService scheduler,
      LongSupplier ticker,
      Runnable onRoom) {
    this.bounds = bounds;
    this.budget = budget;
    this.road = road;
    this.executor = executor;
    this.scheduler = scheduler;
    this.onRoom = onRoom;
    List<Integer> priorities = bounds.priorities();
    this.lowest = priorities.get(priorities.size() - 1);
    this.ready = new Ready(priorities, bounds.concurrency());
    this.room = new Room(bounds);
    this.pace = new Pace(budget, bounds.rate(), scheduler, ticker, this::wake);
  }

  // ---- admission

  @Override
  public int offer(List<? extends Delivery> deliveries) {
    Effects effects = new Effects();
    int taken = 0;
    lock.lock();
    try {
      while (taken < deliveries.size() && admit(deliveries.get(taken))) {
        taken++;
      }
      effects.workers = workersToStart(0);
    } finally {
      lock.unlock();
    }
    effects.run();
    return taken;
  }

  @Override
  public boolean hasRoom() {
    lock.lock();
    try {
      return !closed && !room.isFull();
    } finally {
      lock.unlock();
    }
  }

  private boolean admit(Delivery delivery) {
    if (closed) {
      return false;
    }
    Object key = Lane.keyOf(delivery);
    Lane lane = lanes.get(key);
    int weight = lane == null ? weight(delivery.address()) : lane.weight;
    if ((lane != null && room.refuses(lane)) || !room.enter(weight, delivery.size())) {
      return false;
    }
    if (lane == null) {
      lane = new Lane(key, weight);
      lanes.put(key, lane);
      ready.add(lane);
    }
    lane.waiting.add(road.apply(delivery));
    lane.load++;
    return true;
  }

  private int weight(String address) {
    return bounds.weights().getOrDefault(address, lowest);
  }

  // ---- running

  private void work() {
    boolean first = true;
    for (Runnable work = take(first); work != null; work = take(first)) {
      first = false;
      work.run();
    }
  }

  /** The next job, or the turn of the lane that is next. */
  private @Nullable Runnable take(boolean first) {
    lock.lock();
    try {
      if (first) {
        starting--;
      }
      if (running >= bounds.concurrency()) {
        return null;
      }
      Runnable job = jobs.poll();
      if (job != null) {
        running++;
        return () -> run(job);
      }
      return ready.startable() == 0 || pace.lanes() == 0 ? null : turn(ready.next());
    } finally {
      lock.unlock();
    }
  }

  private Turn turn(Lane lane) {
    running++;
    lane.occupies = true;
    lane.state = Lane.State.RUNNING;
    int most = pace.start(lane, bounds.turn());
    ready.started(lane, most);
    List<Passage> passages = new ArrayList<>(most);
    while (passages.size() < most) {
      passages.add(lane.waiting.remove());
    }
    Turn turn = new Turn(this, lane, passages);
    lane.turn = turn;
    return turn;
  }

  private void run(Runnable job) {
    try {
      job.run();
    } finally {
      change(1, effects -> running--);
    }
  }

  /**
   * Runs a job as soon as the limit of concurrency allows, before any lane: a batch whose members
   * have waited their turn already.
   *
   * @param job must not throw
   */
  public void execute(Runnable job) {
    change(effects -> jobs.add(job));
  }

  /** Whether a turn is to end before this passage of it: while probing, one is tried alone. */
  boolean isToStop(int index) {
    return closed || (index > 0 && budget.isProbing());
  }

  /** A turn waits in a batch: another lane may run meanwhile. */
  void stepAside(Turn turn) {
    change(
        effects -> {
          leavesPlace(turn.lane);
        });
  }

  /**
   * Ends a turn: the first {@code ended} passages leave, the others return to the front of their
   * lane, to go on at once or, with a delay, when that is over.
   *
   * @param returning 1 if a worker calls, which comes back for more; 0 if another thread does
   */
  void end(Turn turn, int ended, @Nullable Duration delay, int returning) {
    Lane lane = turn.lane;
    boolean probe = lane.probe;
    if (!probe) {
      budget.succeeded(turn.succeeded());
    }
    change(
        returning,
        effects -> {
          lane.turn = null;
          lane.probe = false;
          if (lane.occupies) {
            leavesPlace(lane);
          }
          putBack(turn, ended);
          if (lane.waiting.isEmpty()) {
            lanes.remove(lane.key);
          } else if (delay == null || delay.isZero()) {
            makeReady(lane);
          } else {
            lane.state = Lane.State.BACKOFF;
            var unused =
                scheduler.schedule(() -> delayOver(lane), delay.toNanos(), TimeUnit.NANOSECONDS);
          }
          effects.last = lanes.isEmpty();
          effects.released = releases.ended(lane);
          effects.room = room.freed(lane);
          if (probe) {
            effects.probe =
                () -> budget.probeEnded(turn.succeeded() > 0, delay != null, effects.last);
          }
        });
  }

  private void leavesPlace(Lane lane) {
    lane.occupies = false;
    running--;
    ready.stopped(lane);
  }

  private void putBack(Turn turn, int ended) {
    for (int i = turn.passages.size() - 1; i >= 0; i--) {
      Passage passage = turn.passages.get(i);
      if (i < ended || closed || !passage.isHeld()) {
        room.leave(turn.lane, passage);
      } else {
        turn.lane.waiting.addFirst(passage);
      }
    }
  }

  private void delayOver(Lane lane) {
    change(
        effects -> {
          // A lane that was emptied meanwhile is gone, and its key may have a new one.
          if (lane.state == Lane.State.BACKOFF && lanes.get(lane.key) == lane) {
            makeReady(lane);
          }
        });
  }

  private void makeReady(Lane lane) {
    lane.state = Lane.State.READY;
    ready.add(lane);
  }

  /** Starts what may start now: called when that may have changed. */
  private void wake() {
    change(effects -> pace.woken());
  }

  // ---- release, pause, close

  @Override
  public CompletableFuture<Void> release(Collection<Assignment> assignments) {
    Set<Assignment> ended = new HashSet<>(assignments);
    return release(passage -> ended.contains(passage.delivery().assignment()));
  }

  @Override
  public CompletableFuture<Void> lose(Collection<Assignment> assignments) {
    CompletableFuture<Void> ended = release(assignments);
    for (Passage passage : begun()) {
      if (assignments.contains(passage.delivery().assignment())) {
        passage.stopPreparing();
        passage.cancel("its assignment " + passage.delivery().assignment() + " was lost");
      }
    }
    return ended;
  }

  /**
   * Takes nothing more and starts nothing more (rule D10). What waits is left for redelivery.
   *
   * @return completes when no handler is running any more
   */
  public CompletableFuture<Void> close() {
    // Under the lock: who puts passages back sees it for all of them, or for none.
    change(effects -> closed = true);
    begun().forEach(Passage::stopPreparing);
    return release(passage -> true);
  }

  /** Drops what waits and is meant; returns when the lanes that may be running it are done. */
  private CompletableFuture<Void> release(Predicate<Passage> meant) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    change(
        effects -> {
          Set<Lane> busy = new HashSet<>();
          for (Iterator<Lane> all = lanes.values().iterator(); all.hasNext(); ) {
            Lane lane = all.next();
            lane.waiting.removeIf(passage -> leaves(lane, passage, meant));
            Turn turn = lane.turn;
            if (turn != null && turn.passages.stream().anyMatch(meant)) {
              busy.add(lane);
            } else if (turn == null && lane.waiting.isEmpty()) {
              ready.remove(lane);
              all.remove();
            }
            effects.room |= room.freed(lane);
          }
          if (busy.isEmpty()) {
            effects.released = List.of(done);
          } else {
            releases.add(busy, done);
          }
        });
    return done;
  }

  private boolean leaves(Lane lane, Passage passage, Predicate<Passage> meant) {
    boolean leaves = meant.test(passage);
    if (leaves) {
      room.leave(lane, passage);
    }
    return leaves;
  }

  /** Takes nothing until {@link #resume()}; what was taken goes on. */
  public void pause() {
    change(effects -> room.pause());
  }

  /** Takes deliveries again. */
  public void resume() {
    change(
        effects -> {
          room.resume();
          effects.room = true;
        });
  }

  /**
   * Starts so many tries in a second from now on.
   *
   * @param perSecond positive; infinite for no limit
   */
  public void rate(double perSecond) {
    change(effects -> pace.rate(perSecond));
  }

  // ---- what it is doing

  /**
   * What it is doing now.
   *
   * @return counted under the lock: seldom, please
   */
  public Load load() {
    lock.lock();
    try {
      int waiting = 0;
      double laneShare = 0;
      for (Lane lane : lanes.values()) {
        waiting += lane.state == Lane.State.BACKOFF ? 1 : 0;
        laneShare = Math.max(laneShare, (double) lane.load / bounds.laneCapacity());
      }
      return new Load(room.inFlight(), room.bytes(), waiting, room.share(), laneShare);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The passages of all turns that have begun and not ended: those that run, and those that wait
   * behind them.
   *
   * @return a copy
   */
  public List<Passage> begun() {
    lock.lock();
    try {
      List<Passage> begun = new ArrayList<>();
      for (Lane lane : lanes.values()) {
        if (lane.turn != null) {
          begun.addAll(lane.turn.passages);
        }
      }
      return begun;
    } finally {
      lock.unlock();
    }
  }

  // ---- the lock, and what its holder finds to do after it

  /** Changes something under the lock, and then does outside it what follows from that. */
  private void change(Consumer<Effects> what) {
    change(0, what);
  }

  private void change(int returning, Consumer<Effects> what) {
    Effects effects = new Effects();
    lock.lock();
    try {
      what.accept(effects);
      effects.workers = workersToStart(returning);
    } finally {
      lock.unlock();
    }
    effects.run();
  }

  /**
   * How many workers to start for what may run now.
   *
   * @param returning workers that come back for more by themselves: the calling one, or none
   */
  private int workersToStart(int returning) {
    int free = bounds.concurrency() - running;
    int work = jobs.size();
    int startable = work < free ? ready.startable() : 0;
    if (startable > 0) {
      work += Math.min(startable, pace.lanes());
    }
    int workers = Math.min(work, free) - starting - returning;
    if (workers <= 0) {
      return 0;
    }
    starting += workers;
    return workers;
  }

  private void start(int workers) {
    for (int i = 0; i < workers; i++) {
      try {
        executor.execute(this::work);
      } catch (RejectedExecutionException refused) {
        refused(workers - i, refused);
        return;
      }
    }
  }

  /** The executor is full, or was shut down: what is to run waits, and no worker is owed. */
  private void refused(int workers, RejectedExecutionException refused) {
    lock.lock();
    try {
      starting -= workers;
    } finally {
      lock.unlock();
    }
    if (!closed) {
      LOG.log(
          Level.WARNING,
          "SP-API-028 The executor refused to run handlers; tried again in "
              + AFTER_REFUSAL
              + ". Give it an unbounded queue: the limits of the subscription are the bound.",
          refused);
    }
    var unused = scheduler.schedule(this::wake, AFTER_REFUSAL.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** What is to be done outside the lock. */
  private final class Effects {
    int workers;
    boolean room;
    boolean last;
    List<CompletableFuture<Void>> released = List.of();
    @Nullable Runnable probe;

    void run() {
      start(workers);
      for (CompletableFuture<Void> done : released) {
        done.complete(null);
      }
      if (room && !closed) {
        onRoom.run();
      }
      if (probe != null) {
        probe.run();
        wake();
      }
    }
  }
}
