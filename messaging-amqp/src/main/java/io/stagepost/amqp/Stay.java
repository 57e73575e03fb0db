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
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
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
  private @Nullable Consumer consumer;
  private boolean refused;
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
   * @param context settles it
   */
  void received(List<Message> events, @Nullable Instant time, Context context) {
    if (!assignment.isHeld()) {
      return; // it goes back to the queue with all that is unsettled
    }
    if (events.isEmpty()) {
      context.accept();
    }
    AtomicInteger left = new AtomicInteger(events.size());
    for (Message event : events) {
      held.add(new AmqpDelivery(event, time, this, context, left));
    }
  }

  /** Offers what it holds, unless the intake refused it and has had no room since. */
  void offer(Intake intake, boolean room) {
    if (held.isEmpty() || (refused && !room)) {
      return;
    }
    List<AmqpDelivery> next = List.copyOf(held);
    int taken = intake.offer(next);
    for (int i = 0; i < taken; i++) {
      held.removeFirst();
    }
    refused = taken < next.size();
  }

  // ---- settled

  /** From any thread. */
  void settled(AmqpDelivery delivery) {
    if (!over) {
      settled.add(delivery);
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

  /** It was lost, or is given back: what was settled until now is told, and no more. */
  void end() {
    release();
    flush();
    over = true;
    if (consumer != null) {
      requireNonNull(consumer).close();
    }
  }

  /** The connection, or the link, is gone. */
  void lost() {
    over = true;
    lost = true;
    release();
    settled.clear();
  }

  @Override
  public String toString() {
    return queue;
  }
}
