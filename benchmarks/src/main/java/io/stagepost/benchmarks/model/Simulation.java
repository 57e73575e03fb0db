package io.stagepost.benchmarks.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.DoubleSupplier;

/**
 * A discrete-event simulation of one subscription: partitions are offered in order and stop at what
 * is refused; a key's events wait in its lane; a worker takes up to a turn of a lane, one event
 * after the other, each first on a processor and then waiting as its handler does; what a turn has
 * handled leaves at its end. Rules of refusal and of telling that there is room are the engine's.
 * The network, commits and the threads' scheduler are left out: what is fetched is there at once.
 * Deterministic. For one thread, and one run.
 */
final class Simulation {
  /**
   * What a run came to.
   *
   * @param seconds from the first arrival to the last end
   * @param rate events a second
   * @param busy the share of the workers' time in which they had a turn
   * @param waiting seconds from arrival to the handler's start, on average
   * @param mostInFlight events in flight at once
   */
  record Outcome(double seconds, double rate, double busy, double waiting, int mostInFlight) {}

  private static final class Lane {
    final int key;
    final Deque<Integer> waiting = new ArrayDeque<>();
    int load;
    boolean refused;
    int turn;
    int left;

    Lane(int key) {
      this.key = key;
    }
  }

  /** A lane's worker is done with an event. */
  private record End(double at, long number, Lane lane) implements Comparable<End> {
    @Override
    public int compareTo(End other) {
      int byTime = Double.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  private final Shape shape;
  private final Source source;
  private final DoubleSupplier waits;
  private final List<Deque<Integer>> partitions = new ArrayList<>();

  /** The partitions as they are offered: who was taken from goes last. */
  private final Deque<Integer> order = new ArrayDeque<>();

  /** The partitions of which something was refused, and that were not told of room since. */
  private final boolean[] stopped;

  private final Map<Integer, Lane> lanes = new HashMap<>();
  private final Deque<Lane> ready = new ArrayDeque<>();
  private final PriorityQueue<End> ends = new PriorityQueue<>();
  private final PriorityQueue<Double> processors = new PriorityQueue<>();

  private double now;
  private long number;
  private int running;
  private int inFlight;
  private int mostInFlight;
  private boolean refused;
  private double busy;
  private double waited;

  private Simulation(Shape shape, Source source, DoubleSupplier waits) {
    this.shape = shape;
    this.source = source;
    this.waits = waits;
    this.stopped = new boolean[source.partitionCount()];
    for (int i = 0; i < stopped.length; i++) {
      partitions.add(new ArrayDeque<>());
      order.add(i);
    }
    for (int i = 0; i < shape.processors(); i++) {
      processors.add(0.0);
    }
  }

  /**
   * Runs until everything is handled.
   *
   * @param waits the seconds for which the next handler waits
   */
  static Outcome run(Shape shape, Source source, DoubleSupplier waits) {
    return new Simulation(shape, source, waits).run();
  }

  private Outcome run() {
    int arrived = 0;
    double[] arrivals = source.arrivals();
    while (arrived < arrivals.length || !ends.isEmpty()) {
      End end = ends.peek();
      if (arrived < arrivals.length && (end == null || arrivals[arrived] <= end.at)) {
        now = arrivals[arrived];
        while (arrived < arrivals.length && arrivals[arrived] == now) {
          partitions.get(source.partitions()[arrived]).add(arrived);
          arrived++;
        }
        offer();
      } else {
        now = ends.remove().at;
        ended(end.lane);
      }
      startTurns();
    }
    double seconds = now - arrivals[0];
    int events = source.events();
    return new Outcome(
        seconds,
        events / seconds,
        busy / (seconds * shape.workers()),
        waited / events,
        mostInFlight);
  }

  // ---- admission

  private void offer() {
    for (int i : List.copyOf(order)) {
      Deque<Integer> partition = partitions.get(i);
      int held = partition.size();
      while (!stopped[i] && !partition.isEmpty()) {
        stopped[i] = !admit(partition.element());
        if (!stopped[i]) {
          partition.remove();
        }
      }
      if (partition.size() < held) {
        order.removeFirstOccurrence(i);
        order.add(i);
      }
    }
  }

  private boolean admit(int event) {
    int key = source.keys()[event];
    Lane lane = lanes.get(key);
    if (lane != null && lane.load >= shape.laneCapacity()) {
      lane.refused = true;
      return false;
    }
    if (inFlight >= shape.inFlight()) {
      refused = true;
      return false;
    }
    if (lane == null) {
      lane = new Lane(key);
      lanes.put(key, lane);
      ready.add(lane);
    }
    lane.waiting.add(event);
    lane.load++;
    inFlight++;
    mostInFlight = Math.max(mostInFlight, inFlight);
    return true;
  }

  // ---- turns

  private void startTurns() {
    while (running < shape.workers() && !ready.isEmpty()) {
      Lane lane = ready.remove();
      running++;
      busy -= now;
      lane.turn = Math.min(shape.turn(), lane.waiting.size());
      lane.left = lane.turn;
      handle(lane);
    }
  }

  private void handle(Lane lane) {
    double free = Math.max(now, processors.remove());
    waited += free - source.arrivals()[lane.waiting.remove()];
    processors.add(free + shape.cpu());
    ends.add(new End(free + shape.cpu() + waits.getAsDouble(), number++, lane));
  }

  private void ended(Lane lane) {
    lane.left--;
    if (lane.left > 0) {
      handle(lane);
      return;
    }
    running--;
    busy += now;
    lane.load -= lane.turn;
    inFlight -= lane.turn;
    if (lane.waiting.isEmpty()) {
      lanes.remove(lane.key);
    } else {
      ready.add(lane);
    }
    if (hasRoomAgain(lane)) {
      Arrays.fill(stopped, false);
      offer();
    }
  }

  private boolean hasRoomAgain(Lane lane) {
    boolean again = false;
    if (lane.refused && lane.load <= shape.laneCapacity() / 2) {
      lane.refused = false;
      again = true;
    }
    if (refused && inFlight <= shape.inFlight() - Math.max(1, shape.inFlight() / 4)) {
      refused = false;
      again = true;
    }
    return again;
  }
}
