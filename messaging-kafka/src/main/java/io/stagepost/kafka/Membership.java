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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/**
 * One consumer's membership in its group, from subscribing to leaving: polls, offers, commits, and
 * hands partitions over. The receiver's thread runs all of it; {@link #roomAvailable()} and {@link
 * #stop()} may be called by any.
 */
final class Membership implements ConsumerRebalanceListener {
  /** How far a partition is read ahead of its first unsettled event (rule D09). */
  static final int SPAN = 10_000;

  static final Duration COMMIT_INTERVAL = Duration.ofSeconds(1);

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration LEAVE = Duration.ofSeconds(5);
  private static final Logger LOG = System.getLogger("io.stagepost.kafka.Receiver");

  private final Consumer<byte @Nullable [], byte @Nullable []> consumer;
  private final Reception reception;
  private final Intake intake;
  private final Duration maxPollInterval;

  private final Map<TopicPartition, Flow> flows = new HashMap<>();

  /** The flows that hold something, in the order in which they are offered again. */
  private final ArrayDeque<Flow> holding = new ArrayDeque<>();

  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private volatile boolean room;
  private volatile boolean polling;
  private long lastCommit = System.nanoTime();
  private boolean commitsFail;

  Membership(
      Consumer<byte @Nullable [], byte @Nullable []> consumer,
      Reception reception,
      Intake intake,
      Duration maxPollInterval) {
    this.consumer = consumer;
    this.reception = reception;
    this.intake = intake;
    this.maxPollInterval = maxPollInterval;
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

  /** Only a poll that waits is woken: elsewhere the loop looks at the flags before it polls. */
  private void wake() {
    if (polling) {
      consumer.wakeup();
    }
  }

  // ---- the loop --------------------------------------------------------------------------------

  /** Runs until stopped, or until something unexpected happens. */
  void run() {
    consumer.subscribe(reception.addresses(), this);
    while (!stopped.isDone()) {
      if (room) {
        room = false;
        offerHeld();
      }
      flows.values().forEach(this::pauseOrResume);
      receive(poll());
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
    }
  }

  private void receive(ConsumerRecords<byte @Nullable [], byte @Nullable []> records) {
    for (TopicPartition partition : records.partitions()) {
      Flow flow = flows.get(partition);
      if (flow == null) {
        throw new IllegalStateException("Records of " + partition + ", which is not assigned");
      }
      List<ConsumerRecord<byte @Nullable [], byte @Nullable []>> fetched =
          records.records(partition);
      List<KafkaDelivery> deliveries = new ArrayList<>(fetched.size());
      for (ConsumerRecord<byte @Nullable [], byte @Nullable []> record : fetched) {
        KafkaDelivery delivery = new KafkaDelivery(record, flow.assignment);
        flow.ledger.append(delivery);
        deliveries.add(delivery);
      }
      boolean held = flow.isHolding();
      flow.hold(deliveries);
      if (!held) {
        flow.taken(intake.offer(flow.held()));
        if (flow.isHolding()) {
          holding.add(flow);
        }
      }
    }
    records
        .nextOffsets()
        .forEach(
            (partition, next) -> {
              Flow flow = flows.get(partition);
              if (flow != null) {
                flow.ledger.reached(next.offset());
              }
            });
  }

  /** Each in turn: who got something goes to the end, so that all partitions get their share. */
  private void offerHeld() {
    for (Flow flow : List.copyOf(holding)) {
      int taken = intake.offer(flow.held());
      if (taken > 0) {
        flow.taken(taken);
        holding.remove(flow);
        if (flow.isHolding()) {
          holding.add(flow);
        }
      }
    }
  }

  private void pauseOrResume(Flow flow) {
    long unused = flow.ledger.committable(); // lets go of what is settled, before it grows old
    boolean pause = flow.isHolding() || flow.ledger.span() > SPAN;
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
    flows.values().forEach(flow -> flow.ledger.sweep());
    List<Flow> committing = List.copyOf(flows.values());
    Map<TopicPartition, OffsetAndMetadata> offsets = committable(committing);
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

  private static Map<TopicPartition, OffsetAndMetadata> committable(Collection<Flow> of) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (Flow flow : of) {
      long offset = flow.ledger.committable();
      if (offset > flow.committed) {
        offsets.put(flow.partition, new OffsetAndMetadata(offset));
      }
    }
    return offsets;
  }

  private void committed(List<Flow> of, Map<TopicPartition, OffsetAndMetadata> offsets) {
    commitsFail = false;
    for (Flow flow : of) {
      OffsetAndMetadata offset = offsets.get(flow.partition);
      if (offset != null) {
        flow.committed = Math.max(flow.committed, offset.offset());
      }
    }
  }

  /**
   * Told once until it works again: a commit is tried again a second later, and nothing is lost.
   */
  private void commitFailed(Exception failure) {
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

  /** Commits now. A wake-up that was meant for a poll does not break it. */
  private void commitNow(List<Flow> of, Duration within) {
    Map<TopicPartition, OffsetAndMetadata> offsets = committable(of);
    long deadline = System.nanoTime() + within.toNanos();
    while (!offsets.isEmpty()) {
      try {
        consumer.commitSync(offsets, Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
        committed(of, offsets);
        return;
      } catch (WakeupException woken) {
        if (System.nanoTime() - deadline > 0) {
          commitFailed(woken);
          return;
        }
      } catch (KafkaException failure) {
        commitFailed(failure);
        return;
      }
    }
  }

  // ---- assignments -----------------------------------------------------------------------------

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      flows.put(partition, new Flow(partition));
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
    handOver(remove(partitions), maxPollInterval.dividedBy(4));
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    List<Flow> lost = remove(partitions);
    if (lost.isEmpty()) {
      return;
    }
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
    ending.forEach(flow -> flow.assignment.release());
    return intake.release(ending.stream().map(flow -> flow.assignment).toList());
  }

  /** As {@link #release}, and cancels what runs: somebody else may be handling it already. */
  private CompletableFuture<Void> lose(List<Flow> ending) {
    ending.forEach(flow -> flow.assignment.release());
    return intake.lose(ending.stream().map(flow -> flow.assignment).toList());
  }

  /** An orderly end: nothing new starts, what runs is waited for, what is settled is committed. */
  private void handOver(List<Flow> ending, Duration commit) {
    if (ending.isEmpty()) {
      return;
    }
    // Who takes longer than the poll interval for it has lost its partitions before the commit.
    Duration limit = maxPollInterval.dividedBy(2);
    Duration drain = reception.drain().compareTo(limit) < 0 ? reception.drain() : limit;
    if (!await(release(ending), drain) && !stopped.isDone()) {
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
    commitNow(ending, commit);
    LOG.log(
        Level.INFO, () -> "Subscription " + reception.subscription() + ": handed over " + ending);
  }

  /** Waits until done, the limit, or the receiver is stopped. */
  private boolean await(CompletableFuture<Void> quiet, Duration limit) {
    try {
      CompletableFuture.anyOf(quiet, stopped).get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    }
    return quiet.isDone();
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
