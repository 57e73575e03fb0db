package io.stagepost.internal.engine;

import io.stagepost.spi.Assignment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One schedule of everything that can happen to an engine, decided by a seed. Where the engine
 * calls out, other steps may happen before it goes on: so one thread shows what several could do.
 */
final class Schedule {
  private static final int DEEPEST = 4;

  /** The partitions, each at an address of its own, the more urgent first. */
  static final String FIRST = "p0";

  static final String SECOND = "p1";

  /** A partition: what it has assigned to the engine, and what of that is to be offered still. */
  private static final class Partition {
    Assignment assignment;
    final ArrayDeque<TestDelivery> queue = new ArrayDeque<>();
    final List<TestDelivery> taken = new ArrayList<>();

    /** Not after a refusal, until there is room. */
    boolean mayOffer = true;

    /** The orderly end of its assignment; null while it is held. */
    @Nullable CompletableFuture<Void> releasing;

    Partition(String name) {
      assignment = new Assignment(name);
    }
  }

  final Random random;
  final LateScheduler time = new LateScheduler();
  final List<Runnable> completions = new ArrayList<>();
  final RetryBudget budget;
  final ScheduleOracle oracle;
  final Engine engine;
  final ModelBatch batch;
  private final Engine.Bounds bounds;
  private final boolean batching;
  private final boolean rejecting;

  /** How seldom others go on in the middle of something. */
  private final int quiet;

  private final List<Runnable> tasks = new ArrayList<>();
  private final List<Partition> partitions = List.of(new Partition(FIRST), new Partition(SECOND));

  /** The ends of lost assignments that are waited for. */
  private final List<Loss> losses = new ArrayList<>();

  private record Loss(Assignment assignment, CompletableFuture<Void> ended) {}

  private int depth;
  private int number;
  private boolean paused;
  private boolean outage;
  private boolean healthy;
  private boolean allWait;
  private @Nullable CompletableFuture<Void> closed;

  Schedule(long seed) {
    random = new Random(seed * 0x9E3779B97F4A7C15L);
    int inFlight = 1 + random.nextInt(30);
    bounds =
        new Engine.Bounds(
            1 + random.nextInt(4),
            inFlight,
            1 + random.nextInt(100),
            1 + random.nextInt(inFlight),
            1 + random.nextInt(16),
            random.nextInt(3) == 0 ? 5 + random.nextInt(500) : Double.POSITIVE_INFINITY,
            random.nextBoolean()
                ? Map.of()
                : Map.of(
                    FIRST, random.nextBoolean() ? 16 : 4, SECOND, random.nextBoolean() ? 4 : 1));
    budget =
        new RetryBudget(
            new RetryBudget.Rules(
                random.nextInt(3) * 0.2,
                random.nextInt(2) == 0 ? random.nextInt(3) : 1_000,
                Duration.ofMillis(500),
                failed -> Duration.ofNanos(ScheduleOracle.PROBE_PAUSE * failed)),
            time::nanos,
            this::probes);
    oracle = new ScheduleOracle(bounds, budget, time::nanos);
    batching = random.nextInt(2) == 0;
    rejecting = random.nextInt(10) == 0;
    quiet = 1 + random.nextInt(5);
    engine =
        new Engine(
            bounds,
            budget,
            delivery -> new ScheduleStep(this, delivery),
            this::execute,
            time,
            time::nanos,
            this::roomAvailable);
    batch = new ModelBatch(this, 1 + random.nextInt(8));
  }

  void run() {
    int steps = 20 + random.nextInt(200);
    for (int i = 0; i < steps; i++) {
      step();
      checkBounds();
    }
    outage = false;
    if (closed == null && random.nextInt(3) == 0) {
      close();
    }
    if (closed != null) {
      finishClosed();
    } else {
      drain();
      recover();
      allSlotsAreFree();
    }
    oracle.throwFirst();
  }

  // ---- what passages ask

  boolean batches(TestDelivery delivery) {
    return batching && !allWait && delivery.number % 3 > 0;
  }

  boolean faults() {
    return !healthy && random.nextInt(15) == 0;
  }

  boolean fails() {
    return !healthy && random.nextInt(outage ? 2 : 8) == 0;
  }

  boolean succeeds() {
    return healthy || random.nextInt(10) > 0;
  }

  boolean isAsynchronous() {
    return allWait || random.nextBoolean();
  }

  void settled(TestDelivery delivery) {
    for (Partition partition : partitions) {
      if (partition.assignment == delivery.assignment()) {
        partition.taken.remove(delivery);
      }
    }
  }

  /** Others go on before the caller does. */
  void meanwhile() {
    if (depth < DEEPEST && !allWait && random.nextInt(quiet) == 0) {
      depth++;
      step();
      depth--;
    }
  }

  // ---- what the engine calls

  private void execute(Runnable task) {
    if (rejecting && !healthy && random.nextInt(4) == 0) {
      throw new RejectedExecutionException("full");
    }
    tasks.add(task);
    meanwhile();
  }

  private void roomAvailable() {
    partitions.forEach(partition -> partition.mayOffer = true);
    meanwhile();
  }

  private void probes(boolean begins) {
    oracle.probes(begins);
    meanwhile();
  }

  // ---- steps

  private void step() {
    // In the end everything is to be done, and nothing new to happen.
    switch (random.nextInt(healthy ? 15 : 18)) {
      case 0, 1, 2, 3 -> offer(partitions.get(random.nextInt(2)));
      case 4, 5, 6, 7 -> runTask();
      case 8, 9, 10 -> completeOne();
      case 11, 12 -> time.fireOne(random);
      case 13, 14 -> time.advance(random.nextInt(30_000_000));
      case 15 -> outage = random.nextInt(3) == 0;
      case 16 -> {
        if (random.nextInt(4) == 0) {
          pauseOrResume();
        }
        receive();
      }
      default -> {
        if (random.nextInt(50) == 0) {
          close();
        } else if (random.nextInt(4) == 0) {
          endAssignment(partitions.get(random.nextInt(2)));
        }
      }
    }
  }

  private boolean offer(Partition partition) {
    if (closed != null || !partition.mayOffer || partition.releasing != null) {
      return false;
    }
    if (partition.queue.isEmpty()) {
      if (healthy) {
        return false;
      }
      for (int i = random.nextInt(6); i >= 0; i--) {
        // A key belongs to one partition, as on a real broker.
        String key = random.nextInt(5) == 0 ? null : partition.assignment + "-" + random.nextInt(3);
        partition.queue.add(delivery(key, random.nextInt(20), partition));
      }
    }
    give(partition);
    return true;
  }

  /** As one thread of a receiver does: what is not taken waits until there is room. */
  private void give(Partition partition) {
    partition.mayOffer = false;
    Assignment assignment = partition.assignment;
    List<TestDelivery> offered = List.copyOf(partition.queue);
    partition.taken.addAll(offered);
    int before = depth;
    depth = DEEPEST; // no receiver loses or offers what it is just offering
    int count = engine.offer(offered);
    depth = before;
    oracle.check(!paused || count == 0, "takes while paused", count);
    oracle.check(closed == null || count == 0, "takes after close", count);
    oracle.check(partition.assignment == assignment, "the schedule is wrong");
    for (int i = 0; i < offered.size(); i++) {
      if (i < count) {
        partition.queue.remove();
      } else {
        partition.taken.remove(offered.get(i));
      }
    }
    if (count == offered.size()) {
      partition.mayOffer = true;
    }
  }

  private boolean runTask() {
    if (tasks.isEmpty()) {
      return false;
    }
    tasks.remove(random.nextInt(tasks.size())).run();
    return true;
  }

  private boolean completeOne() {
    if (completions.isEmpty()) {
      return false;
    }
    completions.remove(random.nextInt(completions.size())).run();
    return true;
  }

  private void pauseOrResume() {
    paused = !paused;
    if (paused) {
      engine.pause();
    } else {
      engine.resume();
    }
  }

  private void endAssignment(Partition partition) {
    if (partition.releasing != null) {
      return;
    }
    Assignment gone = partition.assignment;
    gone.release();
    if (random.nextBoolean()) {
      CompletableFuture<Void> promise = new CompletableFuture<>();
      partition.releasing = promise;
      var unused = engine.release(List.of(gone)).thenAccept(promise::complete);
    } else {
      CompletableFuture<Void> promise = new CompletableFuture<>();
      losses.add(new Loss(gone, promise));
      assignAnew(partition);
      var unused = engine.lose(List.of(gone)).thenAccept(promise::complete);
    }
  }

  /** What has been released in order is assigned anew once nothing of it runs. */
  private boolean receive() {
    boolean any = false;
    for (Partition partition : partitions) {
      CompletableFuture<Void> releasing = partition.releasing;
      if (releasing != null && releasing.isDone()) {
        checkQuiet(partition.assignment);
        partition.releasing = null;
        assignAnew(partition);
        any = true;
      }
    }
    for (Iterator<Loss> all = losses.iterator(); all.hasNext(); ) {
      Loss loss = all.next();
      if (loss.ended().isDone()) {
        checkQuiet(loss.assignment());
        all.remove();
        any = true;
      }
    }
    return any;
  }

  private void checkQuiet(Assignment ended) {
    for (TestDelivery delivery : oracle.active()) {
      oracle.check(
          delivery.assignment() != ended, "runs although its release is done", delivery.number);
    }
  }

  /** Everything unsettled of it comes again, in order. */
  private void assignAnew(Partition partition) {
    List<TestDelivery> open = new ArrayList<>(partition.taken);
    open.addAll(partition.queue);
    partition.taken.clear();
    partition.queue.clear();
    partition.assignment = new Assignment(partition.assignment.toString());
    partition.mayOffer = true;
    for (TestDelivery each : open) {
      partition.queue.add(delivery(each.keyText(), each.size(), partition));
    }
  }

  private TestDelivery delivery(@Nullable String key, int size, Partition partition) {
    Assignment assignment = partition.assignment;
    return new TestDelivery(number++, key, size, assignment, assignment.toString());
  }

  private void close() {
    if (closed == null) {
      CompletableFuture<Void> promise = new CompletableFuture<>();
      closed = promise;
      var unused = engine.close().thenAccept(promise::complete);
      oracle.closed = true;
      batch.close();
    }
  }

  // ---- what must hold at all times, and in the end

  private void checkBounds() {
    oracle.throwFirst();
    Engine.Load load = engine.load();
    oracle.check(load.inFlight() >= 0 && load.inFlight() <= bounds.inFlight(), "in flight", load);
    oracle.check(load.bytes() >= 0 && load.laneShare() <= 1, "bytes, or the share of a lane", load);
    int open = partitions.get(0).taken.size() + partitions.get(1).taken.size();
    oracle.check(closed != null || open <= load.inFlight() + released(), "in flight too few", load);
    oracle.check(load.inFlight() > 0 || load.bytes() == 0, "bytes of nothing", load);
  }

  /** What is taken of assignments that are being released may have left the engine already. */
  private int released() {
    return partitions.stream().mapToInt(p -> p.releasing == null ? 0 : p.taken.size()).sum();
  }

  private boolean makesProgress() {
    boolean progress = receive();
    int first = random.nextInt(3);
    for (int i = 0; i < 3 && !progress; i++) {
      progress =
          switch ((first + i) % 3) {
            case 0 -> runTask();
            case 1 -> completeOne();
            default -> time.fireOne(random);
          };
    }
    for (Partition partition : partitions) {
      progress |= !partition.queue.isEmpty() && offer(partition);
    }
    return progress;
  }

  private boolean isDrained() {
    return engine.load().inFlight() == 0
        && tasks.isEmpty()
        && losses.isEmpty()
        && partitions.stream().allMatch(p -> p.queue.isEmpty() && p.releasing == null);
  }

  private String describe() {
    StringBuilder text = new StringBuilder(engine.load().toString());
    for (Partition each : partitions) {
      text.append(", ")
          .append(each.assignment)
          .append(each.mayOffer ? " may offer " : " waits for room for ")
          .append(each.queue.size())
          .append(each.releasing == null ? "" : ", being released");
    }
    return text.append(", losses ").append(losses.size()).append(", ").append(bounds).toString();
  }

  private void drain() {
    healthy = true;
    if (paused) {
      pauseOrResume();
    }
    for (int i = 0; !isDrained(); i++) {
      oracle.check(i < 100_000, "never ends", engine.load());
      oracle.check(makesProgress() || time.advanceToNext(), "gets stuck", describe());
      checkBounds();
    }
    oracle.check(
        oracle.active().isEmpty() && oracle.running() == 0, "something runs", oracle.running());
    oracle.check(engine.begun().isEmpty(), "has turns without deliveries");
    partitions.forEach(p -> oracle.check(p.taken.isEmpty(), "lost", p.taken.size()));
  }

  /** Three successes, or a success of all that there is, end the probing. */
  private void recover() {
    if (budget.isProbing()) {
      offerSome(1);
      drain();
    }
    oracle.check(!budget.isProbing(), "probes although all there is has succeeded");
    long stoodStill = budget.stoodStill();
    time.advance(1_000_000_000);
    oracle.check(
        budget.stoodStill() == stoodStill, "clocks stand still although it does not probe");
  }

  /** As many run at once as may: no place leaked. */
  private void allSlotsAreFree() {
    allWait = true;
    int left = Ready.reserve(bounds.inFlight(), bounds.priorities().size() - 1);
    int most = Math.min(bounds.concurrency(), bounds.inFlight() - left);
    offerSome(most);
    while (completions.size() < most) {
      oracle.check(
          runTask() || time.fireOne(random) || time.advanceToNext(),
          "places for lanes leaked, left are",
          completions.size());
    }
    drain();
  }

  private void offerSome(int count) {
    Partition partition = partitions.get(0);
    for (int i = 0; i < count; i++) {
      partition.queue.add(delivery(null, 0, partition));
    }
    give(partition);
    oracle.check(partition.queue.isEmpty(), "refuses although it is empty", partition.queue.size());
  }

  private void finishClosed() {
    CompletableFuture<Void> ended = closed;
    Set<TestDelivery> before = new HashSet<>(oracle.active());
    while (ended != null && !ended.isDone()) {
      // Whatever still runs had begun before.
      oracle.check(makesProgress() || time.advanceToNext(), "close gets stuck", engine.load());
      oracle.check(before.containsAll(oracle.active()), "starts after close");
    }
    while (runTask() || time.fireOne(random) || time.advanceToNext()) {
      oracle.check(oracle.active().isEmpty(), "starts after close is done");
    }
    oracle.check(engine.load().inFlight() == 0, "in flight after close", engine.load());
    oracle.check(oracle.running() == 0, "runs after close", oracle.running());
    give(partitions.get(0));
  }
}
