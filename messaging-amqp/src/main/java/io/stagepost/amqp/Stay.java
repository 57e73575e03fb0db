package io.stagepost.amqp;

import static java.util.Objects.requireNonNull;

import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.Consumer.BatchContext;
import com.rabbitmq.client.amqp.Consumer.Context;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Message;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The stay of one queue with one receiver, from attaching to it to detaching from it: an
 * assignment. Belongs to the receiver's thread, but for {@link #settled}.
 */
final class Stay {
  private final String address;
  private final String queue;
  private final Assignment assignment;

  /** Called when something was settled, from any thread. */
  private final Runnable onSettled;

  /** Received and not taken by the intake yet. */
  private final ArrayDeque<AmqpDelivery> held = new ArrayDeque<>();

  private final ConcurrentLinkedQueue<AmqpDelivery> settled = new ConcurrentLinkedQueue<>();

  /** How many were taken by the intake and are not settled. */
  private final AtomicInteger inHand = new AtomicInteger();

  private @Nullable Consumer consumer;
  private boolean refused;

  /** Whether it has the permit of the process, to handle a suspect alone. */
  private boolean alone;

  /** The suspect that is handled. */
  private @Nullable Message underWay;

  /** Whether a suspect was put back with its mark, and has not come again. */
  private boolean awaited;

  private boolean lost;

  /** Whether it is over: what is settled from now on changes nothing (D11). */
  private volatile boolean over;

  Stay(String address, String queue, Runnable onSettled) {
    this.address = address;
    this.queue = queue;
    this.assignment = new Assignment(queue);
    this.onSettled = onSettled;
  }

  String address() {
    return address;
  }

  String queue() {
    return queue;
  }

  Assignment assignment() {
    return assignment;
  }

  void attached(Consumer consumer) {
    this.consumer = consumer;
  }

  boolean isOver() {
    return over;
  }

  /** Whether it was lost otherwise than with its connection: its queue may be gone. */
  boolean isToBeDeclared() {
    return lost;
  }

  // ---- received, offered

  /**
   * A message has come.
   *
   * @param events one, unless it holds a batch
   * @param time when it was sent
   * @param suspicion that it kills the process; null if there is none
   * @param context settles it
   */
  void received(
      List<Message> events,
      @Nullable Instant time,
      @Nullable Suspicion suspicion,
      Context context) {
    if (!assignment.isHeld()) {
      return; // it goes back to the queue with all that is unsettled
    }
    if (events.isEmpty()) {
      context.accept();
    }
    AtomicInteger left = new AtomicInteger(events.size());
    List<AmqpDelivery> all = new ArrayList<>(events.size());
    for (Message event : events) {
      all.add(new AmqpDelivery(event, time, this, context, suspicion, left));
    }
    if (awaited && suspicion != null && suspicion.marked()) { // it was put back, and is first again
      awaited = false;
      Collections.reverse(all);
      all.forEach(held::addFirst);
    } else {
      held.addAll(all);
    }
  }

  /**
   * Offers what it holds, unless the intake refused it and has had no room since.
   *
   * @param process its one permit is had by who handles a suspect: nothing else begins then
   * @return whether it waits for somebody else who handles a suspect
   */
  boolean offer(Intake intake, boolean room, Semaphore process) {
    AmqpDelivery first = held.peekFirst();
    if (first == null || awaited || (refused && !room)) {
      return false;
    }
    if (first.isSuspect()) {
      return !offerAlone(first, intake, process);
    }
    if (alone) {
      if (inHand.get() > 0) {
        return false;
      }
      leave(process);
    } else if (process.availablePermits() == 0) {
      return true;
    }
    List<AmqpDelivery> next = new ArrayList<>(held.size());
    for (AmqpDelivery each : held) {
      if (each.isSuspect()) {
        break;
      }
      next.add(each);
    }
    refused = take(next, intake) < next.size();
    return false;
  }

  /** Whether it was not hindered by somebody else. */
  private boolean offerAlone(AmqpDelivery suspect, Intake intake, Semaphore process) {
    if (inHand.get() > 0) {
      return true; // it goes on when that is settled
    }
    if (!alone && !process.tryAcquire()) {
      return false;
    }
    alone = true;
    Suspicion suspicion = requireNonNull(suspect.suspicion());
    if (!suspicion.marked()) {
      held.removeIf(each -> each.context() == suspect.context());
      awaited = true;
      suspect.context().requeue(Map.of(Suspicion.MARK, suspicion.mark()));
      return true;
    }
    underWay = suspect.message();
    refused = take(List.of(suspect), intake) == 0;
    if (refused) {
      leave(process);
    }
    return true;
  }

  private int take(List<AmqpDelivery> next, Intake intake) {
    inHand.addAndGet(next.size()); // before somebody settles one of them
    int taken = intake.offer(next);
    inHand.addAndGet(taken - next.size());
    for (int i = 0; i < taken; i++) {
      held.removeFirst();
    }
    return taken;
  }

  /** Whether a suspect is with it: then others wait, and it is to be looked at again. */
  boolean isSuspicious() {
    AmqpDelivery first = held.peekFirst();
    return alone || (first != null && first.isSuspect());
  }

  /** What was put back has not come again: somebody else has it. */
  void awaitNoLonger(Semaphore process) {
    if (awaited) {
      awaited = false;
      leave(process);
    }
  }

  /** Whether something was put back, and has not come again. */
  boolean isAwaiting() {
    return awaited;
  }

  private void leave(Semaphore process) {
    if (alone) {
      alone = false;
      underWay = null;
      process.release();
    }
  }

  // ---- settled

  /**
   * From any thread.
   *
   * @param whole whether it was the last event of its message
   */
  void settled(AmqpDelivery delivery, boolean whole) {
    if (!over) {
      inHand.decrementAndGet();
      if (whole) {
        settled.add(delivery);
      }
      onSettled.run();
    }
  }

  /** Tells the broker what was settled since, in as few frames as possible. */
  void flush() {
    List<AmqpDelivery> all = new ArrayList<>();
    for (AmqpDelivery next = settled.poll(); next != null; next = settled.poll()) {
      all.add(next);
    }
    if (over || all.isEmpty()) {
      return;
    }
    if (all.size() == 1) {
      all.get(0).context().accept();
      return;
    }
    BatchContext batch = all.get(0).context().batch(all.size());
    all.forEach(delivery -> batch.add(delivery.context()));
    batch.accept();
  }

  // ---- over

  /** Nothing of it is started any more. */
  void release() {
    assignment.release();
    held.clear();
  }

  /** It is given back: what was settled until now is told, and no more. */
  void end(Semaphore process) {
    release();
    flush();
    over = true;
    if (consumer != null) {
      requireNonNull(consumer).close();
    }
    leave(process);
  }

  /** The connection, or the link, is gone. */
  void lost(Semaphore process) {
    over = true;
    lost = true;
    Message suspect = underWay;
    if (suspect != null && inHand.get() > 0) {
      Suspicion.survived(queue, suspect);
    }
    release();
    settled.clear();
    leave(process);
  }

  @Override
  public String toString() {
    return queue;
  }
}
