package io.stagepost.kafka;

import io.stagepost.spi.Intake;
import io.stagepost.spi.Reception;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.OffsetMetadataTooLarge;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/**
 * One consumer's membership in its group, from subscribing to leaving: polls, offers, commits, and
 * hands partitions over. The receiver's thread runs all of it; {@link #roomAvailable()} and {@link
 * #stop()} may be called by any.
 */
final class Membership implements ConsumerRebalanceListener {
  static final Duration COMMIT_INTERVAL = Duration.ofSeconds(1);

  private static final Duration POLL = Duration.ofMillis(100);

  /**
   * How long the loop waits for room before it pauses partitions and polls all the same: while the
   * intake is full nobody else could go on; while only some keys have their share, others may.
   *
   * <p>It waits because a pause costs more than it seems: the broker is asked for the others then,
   * and where those have nothing the answer takes {@code fetch.max.wait.ms}; so long nobody asks
   * for what was paused, though there may be room for it at once.
   */
  private static final Duration PATIENCE_IF_FULL = Duration.ofMillis(500);

  private static final Duration PATIENCE = Duration.ofMillis(100);

  private static final Duration LEAVE = Duration.ofSeconds(5);
  private static final Duration DECLARE = Duration.ofSeconds(5);

  /** How long the last commit of a revoked partition may take. */
  private static final Duration HAND_OVER = Duration.ofSeconds(15);

  private static final Logger LOG = System.getLogger("io.stagepost.kafka.Receiver");

  private final Consumer<byte @Nullable [], byte @Nullable []> consumer;
  private final Reception reception;
  private final Intake intake;
  private final Duration maxPollInterval;

  /** Had by the one partition of this process that handles suspects alone. */
  private final Semaphore process;

  private final Map<TopicPartition, Flow> flows = new HashMap<>();

  /** The flows that hold something, in the order in which they are offered again. */
  private final ArrayDeque<Flow> holding = new ArrayDeque<>();

  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private volatile boolean room;
  private volatile boolean polling;
  private volatile @Nullable Thread waiting;
  private long lastPoll = System.nanoTime();
  private long lastCommit = System.nanoTime();
  private boolean commitsFail;

  /** Whether the broker keeps less metadata than we would write. */
  private boolean brief;

  Membership(
      Consumer<byte @Nullable [], byte @Nullable []> consumer,
      Reception reception,
      Intake intake,
      Duration maxPollInterval,
      Semaphore process) {
    this.consumer = consumer;
    this.reception = reception;
    this.intake = intake;
    this.maxPollInterval = maxPollInterval;
    this.process = process;
  }

  // ---- from any thread -------------------------------------------------------------------------

  void roomAvailable() {
    room = true;
    wake();
  }

  void stop() {
    stopped.complete(null);
    wake();
  }

  /** Only who waits is woken: elsewhere the loop looks at the flags before it polls. */
  private void wake() {
    if (polling) {
      consumer.wakeup();
    } else {
      LockSupport.unpark(waiting);
    }
  }

  // ---- the loop --------------------------------------------------------------------------------

  /** Runs until stopped, or until something unexpected happens. */
  void run() {
    consumer.subscribe(reception.addresses(), this);
    while (!stopped.isDone()) {
      while (offerHeld()) {
        // as long as it takes some
      }
      if (!isToPause() || !awaitRoom()) {
        flows.values().forEach(this::pauseOrResume);
        receive(poll());
      }
      if (System.nanoTime() - lastCommit >= COMMIT_INTERVAL.toNanos()) {
        commitLater();
      }
    }
  }

  private ConsumerRecords<byte @Nullable [], byte @Nullable []> poll() {
    polling = true;
    try {
      return room || stopped.isDone() ? ConsumerRecords.empty() : consumer.poll(POLL);
    } catch (WakeupException woken) {
      return ConsumerRecords.empty();
    } finally {
      polling = false;
      lastPoll = System.nanoTime();
    }
  }

  private void receive(ConsumerRecords<byte @Nullable [], byte @Nullable []> records) {
    for (TopicPartition partition : records.partitions()) {
      Flow flow = flows.get(partition);
      if (flow == null) {
        throw new IllegalStateException("Records of " + partition + ", which is not assigned");
      }
      flow.fetched(records.records(partition));
      if (!holding.contains(flow)) {
        holding.add(flow);
      }
    }
    records
        .nextOffsets()
        .forEach(
            (partition, next) -> {
              Flow flow = flows.get(partition);
              if (flow != null) {
                flow.reached(next.offset());
              }
            });
  }

  /**
   * Offers what is held; whether any was taken. Each in turn: who got something goes to the end, so
   * that all partitions get their share.
   */
  private boolean offerHeld() {
    letOthersBegin();
    boolean again = room;
    if (again) {
      room = false; // before they are offered: what becomes free from here on is told again
    }
    List<Flow> next = new ArrayList<>();
    for (Flow flow : holding) {
      if (flow.hasNext(again)) {
        next.add(flow);
      }
    }
    next.removeAll(undeclared(next));
    boolean taken = false;
    for (Flow flow : next) {
      if (flow.offer(intake)) {
        holding.remove(flow);
        if (flow.isHolding()) {
          holding.add(flow);
        }
        taken = true;
      }
    }
    return taken;
  }

  /** Once what was handled alone is over, and a commit says so. */
  private void letOthersBegin() {
    for (Flow flow : List.copyOf(flows.values())) {
      if (flow.isToLeave()
          && commitNow(List.of(flow), toCommit(List.of(flow), false), DECLARE) == Commit.DONE) {
        flow.leave();
      }
    }
  }

  /** Commits what has to be known before they are offered; those that it did not work for. */
  private List<Flow> undeclared(List<Flow> next) {
    List<Flow> declaring = next.stream().filter(Flow::mustDeclare).toList();
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (Flow flow : declaring) {
      offsets.put(flow.partition, metadata(flow.toDeclare()));
    }
    if (commitNow(declaring, offsets, DECLARE) == Commit.DONE) {
      return List.of();
    }
    declaring.forEach(Flow::notDeclared);
    return declaring;
  }

  private boolean isToPause() {
    for (Flow flow : holding) {
      if (!flow.paused && flow.isFull()) {
        return true;
      }
    }
    return false;
  }

  /** Whether there is room soon, or the end. Meanwhile what was asked for goes on coming in. */
  private boolean awaitRoom() {
    long now = System.nanoTime();
    long end = lastPoll + (intake.hasRoom() ? PATIENCE : PATIENCE_IF_FULL).toNanos();
    waiting = Thread.currentThread();
    while (!room && !stopped.isDone() && end - now > 0) {
      LockSupport.parkNanos(this, end - now);
      now = System.nanoTime();
    }
    waiting = null;
    return room || stopped.isDone();
  }

  private void pauseOrResume(Flow flow) {
    flow.advance();
    boolean pause = flow.isFull();
    if (pause != flow.paused) {
      flow.paused = pause;
      if (pause) {
        consumer.pause(List.of(flow.partition));
      } else {
        consumer.resume(List.of(flow.partition));
      }
    }
  }

  // ---- commits ---------------------------------------------------------------------------------

  private void commitLater() {
    lastCommit = System.nanoTime();
    flows.values().forEach(Flow::sweep);
    List<Flow> committing = List.copyOf(flows.values());
    Map<TopicPartition, OffsetAndMetadata> offsets = toCommit(committing, false);
    if (!offsets.isEmpty()) {
      consumer.commitAsync(
          offsets,
          (done, failure) -> {
            if (failure == null) {
              committed(committing, done);
            } else {
              commitFailed(failure);
            }
          });
    }
  }

  private Map<TopicPartition, OffsetAndMetadata> toCommit(Collection<Flow> of, boolean ending) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (Flow flow : of) {
      Checkpoint checkpoint = flow.toCommit(ending);
      if (checkpoint != null) {
        offsets.put(flow.partition, metadata(checkpoint));
      }
    }
    return offsets;
  }

  private OffsetAndMetadata metadata(Checkpoint checkpoint) {
    return (brief ? checkpoint.shortened() : checkpoint).toCommit();
  }

  private void committed(List<Flow> of, Map<TopicPartition, OffsetAndMetadata> offsets) {
    commitsFail = false;
    for (Flow flow : of) {
      OffsetAndMetadata offset = offsets.get(flow.partition);
      if (offset != null) {
        flow.committed(offset);
      }
    }
  }

  /**
   * Told once until it works again: a commit is tried again a second later, and nothing is lost.
   */
  private void commitFailed(Exception failure) {
    if (failure instanceof OffsetMetadataTooLarge && !brief) {
      brief = true;
      LOG.log(
          Level.WARNING,
          () ->
              "SP-KAFKA-037 Subscription "
                  + reception.subscription()
                  + " cannot keep what is settled out of order with its commits, since the broker's"
                  + " offset.metadata.max.bytes is below 4096. It commits without that: after a"
                  + " rebalance or a crash more events are redelivered. Raise it.");
      return;
    }
    // while the group rebalances, nobody may commit: nothing to worry about
    boolean usual = commitsFail || failure instanceof RebalanceInProgressException;
    LOG.log(
        usual ? Level.DEBUG : Level.WARNING,
        () ->
            "SP-KAFKA-030 Subscription "
                + reception.subscription()
                + " could not commit what it has settled ("
                + failure.getClass().getSimpleName()
                + "); it tries again. Events may be redelivered if it ends before that.",
        failure);
    commitsFail |= !usual;
  }

  /** What came of a commit that was waited for. */
  private enum Commit {
    DONE,
    FAILED,
    /** Others have the partitions already. */
    LOST
  }

  /** Commits now. A wake-up that was meant for a poll does not break it. */
  private Commit commitNow(
      List<Flow> of, Map<TopicPartition, OffsetAndMetadata> offsets, Duration within) {
    if (offsets.isEmpty()) {
      return Commit.DONE;
    }
    long deadline = System.nanoTime() + within.toNanos();
    while (true) {
      try {
        consumer.commitSync(offsets, Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
        committed(of, offsets);
        return Commit.DONE;
      } catch (WakeupException woken) {
        if (System.nanoTime() - deadline > 0) {
          commitFailed(woken);
          return Commit.FAILED;
        }
      } catch (CommitFailedException | FencedInstanceIdException lost) {
        LOG.log(Level.DEBUG, "A commit found out that the partitions are lost", lost);
        return Commit.LOST;
      } catch (KafkaException failure) {
        commitFailed(failure);
        return Commit.FAILED;
      }
    }
  }

  /** What the group has committed. */
  private Map<TopicPartition, OffsetAndMetadata> committed(Collection<TopicPartition> partitions) {
    while (true) {
      try {
        return consumer.committed(Set.copyOf(partitions));
      } catch (WakeupException woken) {
        if (stopped.isDone()) {
          throw woken;
        }
      }
    }
  }

  // ---- assignments -----------------------------------------------------------------------------

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    if (!partitions.isEmpty()) {
      Map<TopicPartition, OffsetAndMetadata> committed = committed(partitions);
      for (TopicPartition partition : partitions) {
        flows.put(
            partition, new Flow(partition, committed.get(partition), this::roomAvailable, process));
      }
    }
    // Kafka forgets a pause when a partition is assigned anew.
    for (Flow flow : flows.values()) {
      if (flow.paused) {
        consumer.pause(List.of(flow.partition));
      }
    }
    if (!partitions.isEmpty()) {
      LOG.log(
          Level.INFO,
          () -> "Subscription " + reception.subscription() + ": assigned " + partitions);
    }
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    Duration limit = maxPollInterval.dividedBy(4);
    handOver(remove(partitions), limit.compareTo(HAND_OVER) < 0 ? limit : HAND_OVER);
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    List<Flow> lost = remove(partitions);
    if (!lost.isEmpty()) {
      lost(lost);
    }
  }

  private void lost(List<Flow> lost) {
    var unused = lose(lost);
    LOG.log(
        Level.WARNING,
        () ->
            "SP-KAFKA-031 Subscription "
                + reception.subscription()
                + " has lost "
                + lost
                + ": its session expired or it did not poll in time. Unsettled events are"
                + " redelivered to whoever has them now; a handler that still runs may overlap.");
  }

  /** Somebody else has its partitions already, though Kafka's client does not say so. */
  void lostAll() {
    onPartitionsLost(List.copyOf(flows.keySet()));
  }

  private List<Flow> remove(Collection<TopicPartition> partitions) {
    List<Flow> ending = new ArrayList<>(partitions.size());
    for (TopicPartition partition : partitions) {
      Flow flow = flows.remove(partition);
      if (flow != null) {
        holding.remove(flow);
        ending.add(flow);
      }
    }
    return ending;
  }

  private CompletableFuture<Void> release(List<Flow> ending) {
    ending.forEach(Flow::end);
    return intake.release(ending.stream().map(flow -> flow.assignment).toList());
  }

  /** As {@link #release}, and cancels what runs: somebody else may be handling it already. */
  private CompletableFuture<Void> lose(List<Flow> ending) {
    ending.forEach(Flow::end);
    return intake.lose(ending.stream().map(flow -> flow.assignment).toList());
  }

  /**
   * An orderly end: nothing new starts, what runs is waited for, what is settled is committed.
   * Kafka's client, which waits for us, cannot tell meanwhile that the partitions are lost: a
   * commit finds out.
   */
  private void handOver(List<Flow> ending, Duration commit) {
    if (ending.isEmpty()) {
      return;
    }
    // Who takes longer than the poll interval for it has lost its partitions before the commit.
    Duration limit = maxPollInterval.dividedBy(2);
    Duration drain = reception.drain().compareTo(limit) < 0 ? reception.drain() : limit;
    CompletableFuture<Void> quiet = release(ending);
    long end = System.nanoTime() + drain.toNanos();
    long left = drain.toNanos();
    while (left > 0 && !await(quiet, Math.min(left, COMMIT_INTERVAL.toNanos()))) {
      left = end - System.nanoTime();
      if (left > 0 && isLost(ending, Math.min(left, DECLARE.toNanos()))) {
        lost(ending);
        return;
      }
      left = end - System.nanoTime();
    }
    if (!quiet.isDone() && !stopped.isDone()) {
      var unused = lose(ending);
      LOG.log(
          Level.WARNING,
          () ->
              "SP-KAFKA-032 Subscription "
                  + reception.subscription()
                  + " hands over "
                  + ending
                  + " while handlers of their events still run, after waiting for "
                  + drain
                  + ": such an event is redelivered and may overlap. Raise Limits.drain(...) or"
                  + " make the handler quicker.");
    }
    if (commitNow(ending, toCommit(ending, true), commit) == Commit.LOST) {
      lost(ending);
      return;
    }
    LOG.log(
        Level.INFO, () -> "Subscription " + reception.subscription() + ": handed over " + ending);
  }

  /** Commits what is settled so far, or once more what was; whether others have it already. */
  private boolean isLost(List<Flow> ending, long within) {
    Map<TopicPartition, OffsetAndMetadata> offsets = toCommit(ending, false);
    if (offsets.isEmpty()) {
      ending.forEach(
          flow -> flow.lastCommit().ifPresent(last -> offsets.put(flow.partition, last)));
    }
    return commitNow(ending, offsets, Duration.ofNanos(within)) == Commit.LOST;
  }

  /** Waits until done, or the receiver is stopped; false after so many nanoseconds. */
  private boolean await(CompletableFuture<Void> quiet, long limit) {
    try {
      CompletableFuture.anyOf(quiet, stopped).get(limit, TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException late) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return true;
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Leaves the group: in order as far as it goes. The membership is over then. */
  void end() {
    try {
      handOver(remove(List.copyOf(flows.keySet())), LEAVE);
    } finally {
      consumer.close(CloseOptions.timeout(LEAVE));
    }
  }
}
