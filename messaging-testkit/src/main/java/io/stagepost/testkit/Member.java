package io.stagepost.testkit;

import io.stagepost.spi.Assignment;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A receiver: one member of a group, and the feeding of its intake. Whatever calls the intake runs
 * between deliveries, one thing after another, and without the broker's lock. Thread-safe.
 */
final class Member implements Receiver {
  private static final int BATCH = 64;

  final InMemoryTransport transport;
  private final Broker broker;
  private final Group group;
  private final Reception reception;
  private final Intake intake;
  private final AtomicBoolean feeding = new AtomicBoolean();
  private final AtomicBoolean room = new AtomicBoolean();

  /** In the order in which they were assigned. Guarded by the broker's lock. */
  final List<Flow> flows = new ArrayList<>();

  private volatile boolean closed;

  Member(
      InMemoryTransport transport, Broker broker, Group group, Reception reception, Intake intake) {
    this.transport = transport;
    this.broker = broker;
    this.group = group;
    this.reception = reception;
    this.intake = intake;
  }

  Set<String> addresses() {
    return reception.addresses();
  }

  // ---- feeding ---------------------------------------------------------------------------------

  /** There may be something to offer. */
  void wake() {
    if (!feeding.getAndSet(true)) {
      broker.loop.deliver(this::feed);
    }
  }

  private void feed() {
    feeding.set(false);
    boolean more = false;
    for (Flow flow : broker.lockedGet(() -> List.copyOf(flows))) {
      more |= feed(flow);
    }
    if (more) {
      wake();
    }
  }

  /** Offers a few; tells whether there is more that may be offered. */
  private boolean feed(Flow flow) {
    Duration pause = broker.faults.deliveryDelay();
    List<MemoryDelivery> offered =
        broker.lockedGet(
            () ->
                flow.isReady() ? flow.fetch(pause.isZero() ? BATCH : 1, broker.faults) : List.of());
    if (offered.isEmpty()) {
      return false;
    }
    int taken = intake.offer(offered);
    if (!pause.isZero()) {
      broker.locked(() -> flow.delayed = true);
      var unused =
          broker.loop.deliverAfter(
              pause,
              () -> {
                broker.locked(() -> flow.delayed = false);
                wake();
              });
    }
    return broker.lockedGet(
        () -> {
          if (flow.state != Flow.State.ACTIVE) {
            return false;
          }
          flow.taken(taken);
          if (taken < offered.size()) {
            if (broker.has(Capability.PARTIAL_PAUSE)) {
              flow.blocked = true;
            } else {
              flows.forEach(each -> each.blocked = true);
            }
          }
          return flow.isReady();
        });
  }

  @Override
  public void roomAvailable() {
    if (!room.getAndSet(true)) {
      broker.loop.deliver(
          () -> {
            room.set(false);
            broker.locked(() -> flows.forEach(flow -> flow.blocked = false));
            wake();
          });
    }
  }

  void settle(Flow flow, long offset) {
    boolean later =
        broker.lockedGet(
            () -> {
              if (flow.state == Flow.State.ENDED) {
                return false;
              }
              flow.progress.settle(offset);
              return broker.settled(flow.progress);
            });
    if (later) {
      group.commitLater();
    }
  }

  // ---- assignments -----------------------------------------------------------------------------

  /** An orderly end: what runs is waited for, then what was settled is kept. */
  void handOver(List<Flow> ending) {
    CompletableFuture<Void> quiet = intake.release(released(ending));
    if (quiet.isDone()) {
      broker.loop.deliver(() -> handedOver(ending));
      return;
    }
    Duration drain = broker.has(Capability.ORDERLY_HAND_OVER) ? reception.drain() : Duration.ZERO;
    Future<?> limit = broker.loop.deliverAfter(drain, () -> drained(ending));
    var unused =
        quiet.whenComplete(
            (ok, failure) -> {
              limit.cancel(false);
              broker.loop.deliver(() -> handedOver(ending));
            });
  }

  /** The drain limit is over: what still runs may overlap, and is cancelled. */
  private void drained(List<Flow> ending) {
    List<Flow> late =
        broker.lockedGet(
            () -> ending.stream().filter(flow -> flow.state != Flow.State.ENDED).toList());
    if (!late.isEmpty()) {
      var unused = intake.lose(released(late));
      handedOver(late);
    }
  }

  private void handedOver(List<Flow> ending) {
    end(ending, Progress::handOver);
    group.plan();
  }

  private static List<Assignment> released(List<Flow> ending) {
    List<Assignment> assignments = ending.stream().map(flow -> flow.assignment).toList();
    assignments.forEach(Assignment::release);
    return assignments;
  }

  private void end(List<Flow> ending, Consumer<Progress> with) {
    broker.locked(
        () -> {
          for (Flow flow : ending) {
            if (flow.state != Flow.State.ENDED) {
              with.accept(flow.progress);
              flow.end();
            }
          }
          flows.removeAll(ending);
        });
  }

  /** Has lost everything, without warning: nothing that is settled from now on counts. */
  void lose() {
    List<Flow> lost = broker.lockedGet(() -> List.copyOf(flows));
    end(lost, Progress::forget);
    if (!lost.isEmpty()) {
      var unused = intake.lose(released(lost));
    }
  }

  // ---- membership: joining, the connection, the end --------------------------------------------

  void join() {
    if (!closed && !transport.isDown()) {
      group.join(this);
    }
  }

  /** The connection is gone, and so is the membership. */
  void disconnect() {
    lose();
    group.leave(this);
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    broker.loop.call(
        () -> {
          List<Flow> ending = broker.lockedGet(() -> List.copyOf(flows));
          if (!ending.isEmpty()) {
            var unused = intake.release(released(ending));
          }
          end(ending, Progress::handOver);
          group.leave(this);
        });
    transport.forget(this);
  }

  @Override
  public String toString() {
    return "member of " + group + " by " + transport;
  }
}
