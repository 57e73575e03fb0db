package io.stagepost.internal.engine;

import io.stagepost.internal.engine.Passage.Next;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Runs deliveries through their lanes. Thread-safe. The state diagram and the invariants are in the
 * package's documentation.
 *
 * <p>Workers are tasks on the executor, at most as many as the limit of concurrency; each takes
 * ready lanes from one queue, first come first served, until none is left. A lane that still has
 * work after a worker's turn goes to the end of the queue, so that a busy key starves nobody.
 */
public final class Engine implements Intake {
  /**
   * The bounds.
   *
   * @param concurrency how many lanes run at once
   * @param inFlight how many deliveries are in flight
   * @param inFlightBytes how many bytes are in flight
   * @param laneCapacity how many deliveries one lane holds
   */
  public record Bounds(int concurrency, int inFlight, long inFlightBytes, int laneCapacity) {}

  /** How many deliveries of a lane a worker takes in one turn. */
  private static final int TURN = 16;

  private static final Logger LOG = System.getLogger(Engine.class.getName());
  private static final Duration AFTER_FAULT = Duration.ofSeconds(1);

  private final Bounds bounds;
  private final Function<Delivery, Passage> road;
  private final Executor executor;
  private final ScheduledExecutorService scheduler;
  private final Runnable onRoom;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Object, Lane> lanes = new HashMap<>();
  private final ArrayDeque<Lane> ready = new ArrayDeque<>();
  private final List<Release> releases = new ArrayList<>();
  private int inFlight;
  private long bytes;
  private int running;

  /** Workers that were started and have not taken their first lane yet. */
  private int starting;

  private boolean refused;
  private boolean paused;
  private volatile boolean closed;

  /**
   * An engine.
   *
   * @param bounds its bounds
   * @param road makes the passage of a delivery; called under the lock, so it must be quick
   * @param executor where handlers run
   * @param scheduler tells when a delay is over
   * @param onRoom called, outside the lock, when there is room again after a refusal
   */
  public Engine(
      Bounds bounds,
      Function<Delivery, Passage> road,
      Executor executor,
      ScheduledExecutorService scheduler,
      Runnable onRoom) {
    this.bounds = bounds;
    this.road = road;
    this.executor = executor;
    this.scheduler = scheduler;
    this.onRoom = onRoom;
  }

  /** Who waits for running handlers to end, and for which lanes. */
  private record Release(Set<Lane> lanes, CompletableFuture<Void> done) {}

  // ---- admission -------------------------------------------------------------------------------

  @Override
  public int offer(List<? extends Delivery> deliveries) {
    int taken = 0;
    Effects effects = new Effects();
    lock.lock();
    try {
      while (taken < deliveries.size() && admit(deliveries.get(taken))) {
        taken++;
      }
      effects.workers = workersToStart();
    } finally {
      lock.unlock();
    }
    effects.run();
    return taken;
  }

  private boolean admit(Delivery delivery) {
    if (closed || paused) {
      refused = true;
      return false;
    }
    int size = delivery.size();
    if (inFlight >= bounds.inFlight || (inFlight > 0 && bytes + size > bounds.inFlightBytes)) {
      refused = true;
      return false;
    }
    Object key = Lane.keyOf(delivery);
    Lane lane = lanes.get(key);
    if (lane == null) {
      lane = new Lane(key);
      lanes.put(key, lane);
      ready.add(lane);
    } else if (lane.load >= bounds.laneCapacity) {
      lane.refused = true;
      return false;
    }
    lane.waiting.add(road.apply(delivery));
    lane.load++;
    inFlight++;
    bytes += size;
    return true;
  }

  // ---- running ---------------------------------------------------------------------------------

  private void work() {
    boolean first = true;
    List<Passage> turn = new ArrayList<>(TURN);
    for (Lane lane = take(first, turn); lane != null; lane = take(first, turn)) {
      first = false;
      run(lane, turn, 0);
      turn = new ArrayList<>(TURN);
    }
  }

  private @Nullable Lane take(boolean first, List<Passage> turn) {
    lock.lock();
    try {
      if (first) {
        starting--;
      }
      Lane lane = running < bounds.concurrency ? ready.poll() : null;
      if (lane != null) {
        running++;
        lane.state = Lane.State.RUNNING;
        while (turn.size() < TURN && !lane.waiting.isEmpty()) {
          turn.add(lane.waiting.remove());
        }
        lane.turn = turn;
      }
      return lane;
    } finally {
      lock.unlock();
    }
  }

  /** Runs a lane's turn from this index on; returns when it is over, or waits for a handler. */
  private void run(Lane lane, List<Passage> turn, int from) {
    for (int i = from; i < turn.size(); i++) {
      Passage passage = turn.get(i);
      if (!passage.delivery.assignment().isHeld()) {
        continue;
      }
      if (i > from && closed) {
        endTurn(lane, turn, i, null);
        return;
      }
      CompletableFuture<Next> next = attempt(passage);
      if (!next.isDone()) {
        int waiting = i;
        var unused = next.whenComplete((value, fault) -> resume(lane, turn, waiting, next));
        return;
      }
      if (result(next) instanceof Next.Again again) {
        endTurn(lane, turn, i, again.delay());
        return;
      }
      passage.delivery.settle();
    }
    endTurn(lane, turn, turn.size(), null);
  }

  /** An asynchronous try has ended, on whatever thread; the lane's turn ends with it. */
  private void resume(Lane lane, List<Passage> turn, int index, CompletableFuture<Next> next) {
    if (result(next) instanceof Next.Again again) {
      endTurn(lane, turn, index, again.delay());
    } else {
      turn.get(index).delivery.settle();
      endTurn(lane, turn, index + 1, null);
    }
  }

  private static CompletableFuture<Next> attempt(Passage passage) {
    try {
      return passage.travel().toCompletableFuture();
    } catch (RuntimeException | Error fault) {
      return CompletableFuture.failedFuture(fault);
    }
  }

  /** What is next; a fault of the road itself is told and tried again, never dropped. */
  private static Next result(CompletableFuture<Next> next) {
    try {
      return next.join();
    } catch (RuntimeException fault) {
      LOG.log(Level.ERROR, "SP-API-006 The consume road failed; the event is tried again.", fault);
      return new Next.Again(AFTER_FAULT);
    }
  }

  /**
   * Ends a turn: the first {@code ended} passages leave, the others return to the front of their
   * lane, to go on at once or, with a delay, when that is over.
   */
  private void endTurn(Lane lane, List<Passage> turn, int ended, @Nullable Duration delay) {
    Effects effects = new Effects();
    lock.lock();
    try {
      running--;
      lane.turn = List.of();
      for (int i = turn.size() - 1; i >= 0; i--) {
        Passage passage = turn.get(i);
        if (i < ended || closed || !passage.delivery.assignment().isHeld()) {
          leave(lane, passage);
        } else {
          lane.waiting.addFirst(passage);
        }
      }
      if (lane.waiting.isEmpty()) {
        lanes.remove(lane.key);
      } else if (delay == null) {
        makeReady(lane);
      } else {
        lane.state = Lane.State.BACKOFF;
        var unused =
            scheduler.schedule(() -> delayOver(lane), delay.toNanos(), TimeUnit.NANOSECONDS);
      }
      effects.released = released(lane);
      effects.room = roomAgain(lane);
      effects.workers = workersToStart();
    } finally {
      lock.unlock();
    }
    effects.run();
  }

  private void delayOver(Lane lane) {
    Effects effects = new Effects();
    lock.lock();
    try {
      // A lane that was emptied meanwhile is gone, and its key may have a new one.
      if (lane.state == Lane.State.BACKOFF && lanes.get(lane.key) == lane) {
        makeReady(lane);
      }
      effects.workers = workersToStart();
    } finally {
      lock.unlock();
    }
    effects.run();
  }

  private void makeReady(Lane lane) {
    lane.state = Lane.State.READY;
    ready.add(lane);
  }

  private void leave(Lane lane, Passage passage) {
    lane.load--;
    inFlight--;
    bytes -= passage.size;
  }

  // ---- release, pause, close -------------------------------------------------------------------

  @Override
  public CompletableFuture<Void> release(Collection<Assignment> assignments) {
    Set<Assignment> ended = new HashSet<>(assignments);
    return release(passage -> ended.contains(passage.delivery.assignment()));
  }

  /**
   * Takes nothing more and starts nothing more (rule D10). What waits is left for redelivery.
   *
   * @return completes when no handler is running any more
   */
  public CompletableFuture<Void> close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    return release(passage -> true);
  }

  /** Drops what waits and is meant; returns when the lanes that may be running it are done. */
  private CompletableFuture<Void> release(Predicate<Passage> meant) {
    Effects effects = new Effects();
    CompletableFuture<Void> done = new CompletableFuture<>();
    lock.lock();
    try {
      Set<Lane> busy = new HashSet<>();
      for (Iterator<Lane> all = lanes.values().iterator(); all.hasNext(); ) {
        Lane lane = all.next();
        lane.waiting.removeIf(
            passage -> {
              boolean drop = meant.test(passage);
              if (drop) {
                leave(lane, passage);
              }
              return drop;
            });
        if (lane.state == Lane.State.RUNNING) {
          if (lane.turn.stream().anyMatch(meant)) {
            busy.add(lane);
          }
        } else if (lane.waiting.isEmpty()) {
          ready.remove(lane);
          all.remove();
        }
        effects.room |= roomAgain(lane);
      }
      if (busy.isEmpty()) {
        effects.released = List.of(done);
      } else {
        releases.add(new Release(busy, done));
      }
    } finally {
      lock.unlock();
    }
    effects.run();
    return done;
  }

  private List<CompletableFuture<Void>> released(Lane lane) {
    if (releases.isEmpty()) {
      return List.of();
    }
    List<CompletableFuture<Void>> done = new ArrayList<>();
    releases.removeIf(
        release -> {
          release.lanes.remove(lane);
          if (release.lanes.isEmpty()) {
            done.add(release.done);
          }
          return release.lanes.isEmpty();
        });
    return done;
  }

  /** Takes nothing until {@link #resume()}; what was taken goes on. */
  public void pause() {
    lock.lock();
    try {
      paused = true;
    } finally {
      lock.unlock();
    }
  }

  /** Takes deliveries again. */
  public void resume() {
    lock.lock();
    try {
      paused = false;
      refused = false;
    } finally {
      lock.unlock();
    }
    onRoom.run();
  }

  /**
   * How many deliveries are in flight.
   *
   * @return at most the bound
   */
  public int inFlight() {
    lock.lock();
    try {
      return inFlight;
    } finally {
      lock.unlock();
    }
  }

  // ---- what the lock's holder finds to do after it

  /** Room is told of when a quarter of the bound, or half of a lane's share, is free again. */
  private boolean roomAgain(Lane lane) {
    boolean room = false;
    if (lane.refused && lane.load <= bounds.laneCapacity / 2) {
      lane.refused = false;
      room = true;
    }
    if (refused
        && !paused
        && inFlight <= bounds.inFlight - Math.max(1, bounds.inFlight / 4)
        && bytes <= bounds.inFlightBytes - bounds.inFlightBytes / 4) {
      refused = false;
      room = true;
    }
    return room && !closed;
  }

  private int workersToStart() {
    int workers = Math.min(ready.size(), bounds.concurrency - running) - starting;
    if (workers <= 0) {
      return 0;
    }
    starting += workers;
    return workers;
  }

  /** What is to be done outside the lock. */
  private final class Effects {
    int workers;
    boolean room;
    List<CompletableFuture<Void>> released = List.of();

    void run() {
      for (int i = 0; i < workers; i++) {
        executor.execute(Engine.this::work);
      }
      for (CompletableFuture<Void> done : released) {
        done.complete(null);
      }
      if (room) {
        onRoom.run();
      }
    }
  }
}
